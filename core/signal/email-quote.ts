import { HISTORY_MARK } from './email-page';

export interface OwnWords {
	/** What the sender wrote in this mail. */
	readonly text: string;
	/** What the sender passes on, as it was written; empty when nothing is. */
	readonly forwarded: string;
	readonly cut: readonly ('history' | 'signature')[];
}

/** English, German, French, Spanish, Italian, Dutch, Swedish, Danish, Portuguese. */
const ORIGINAL = /^\s*[-_*]{2,}\s*(?:Original Message|Original Appointment|Urspr(?:ü|ue)ngliche (?:Nachricht|Mail)|Original-?Nachricht|Message d'origine|Message original|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Ursprungligt meddelande|Oprindelig meddelelse|Mensagem original)\s*[-_*]{2,}/i;
const FORWARDED = /^\s*(?:[-_*]{2,}\s*(?:Forwarded [Mm]essage|Weitergeleitete (?:Nachricht|Mail)|Message transféré|Mensaje reenviado|Messaggio inoltrato|Doorgestuurd bericht|Vidarebefordrat meddelande|Videresendt meddelelse|Mensagem encaminhada)|(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Début du message transféré|Début du message réexpédié|Inicio del mensaje reenviado|Inizio messaggio inoltrato)\s*:)/i;
const FROM = /^\s*\*?(?:From|Von|De|Da|Van|Från|Fra)\s*:\*?\s+\S/i;
const FIELD = /^\s*\*?(?:Sent|Date|To|Cc|Subject|Reply-To|Gesendet|Datum|An|Betreff|Kopie|Envoyé|Date|À|Objet|Enviado(?: el)?|Fecha|Para|Asunto|Inviato|Data|A|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Assunto)\s*:/i;
const ATTRIBUTION = /^\s*(?:(?:On|Am|Le|El|Il|Op|Den|Em)\b.*\b(?:wrote|schrieb|(?:a\s+)?écrit|escribió|ha scritto|schreef|skrev|escreveu)\b.*:|.{1,200}\b(?:wrote|schrieb(?: am .*)?)\s*(?:on .*)?:)\s*$/i;
const ATTRIBUTION_BEGINS = /^\s*(?:(?:On|Am|Le|El|Il|Op|Den|Em)\s+\S|[^:]{0,100}<[^\s<>]+@[^\s<>]+>\s*(?:schrieb|wrote)\b)/i;
/** `The log wrote:` is no attribution: one says when. */
const DATED = /^\s*(?:On|Am|Le|El|Il|Op|Den|Em)\b.*(?:\d{1,2}[:.]\d{2}|\d{4})|<[^\s<>]+@[^\s<>]+>.*\d/i;
const ATTRIBUTION_LINES = 4;
const LONGEST_ATTRIBUTION = 600;
const FIELD_LINES = 6;
const QUOTED = /^\s?>/;
const DIVIDER = /^\s*[_-]{10,}\s*$/;
const SIGNATURE = /^(?:--|__)\s*$/;
const LIST_FOOTER = /^_{30,}\s*$/;
const PHONE = /^\s*(?:Sent from (?:my|Mail for|Outlook for|Yahoo|Proton)\b.{0,60}|Get Outlook for .{0,60}|Von meinem .{1,40} gesendet\.?|Gesendet (?:von|mit|aus) .{1,60}|Diese Nachricht wurde von meinem .{1,80} gesendet\.?|Envoyé de(?:puis)? mon .{1,40})$/i;
/** A quoted question says what an answer below it is about. */
const CONTEXT_LINES = 4;

function isBlank(line: string | undefined): boolean {
	return (line ?? '').trim() === '';
}

/** A header of a mail within the text: its sender, and two more fields close by. */
function isHeader(lines: readonly string[], at: number): boolean {
	if (!FROM.test(lines[at] ?? '')) return false;
	const near = lines.slice(at + 1, at + 1 + FIELD_LINES);
	return near.filter((line) => FIELD.test(line)).length >= 2;
}

/** How many lines from `at` on say who wrote what is quoted; 0: none. Mail programs break long ones. */
function attributionLines(lines: readonly string[], at: number): number {
	const first = lines[at] ?? '';
	if (first.length > LONGEST_ATTRIBUTION || (!ATTRIBUTION_BEGINS.test(first) && !ATTRIBUTION.test(first))) return 0;
	for (let count = 1; count <= ATTRIBUTION_LINES; count += 1) {
		const part = lines.slice(at, at + count);
		if (part.slice(1).some(isBlank)) return 0;
		const joined = part.join(' ');
		if (joined.length <= LONGEST_ATTRIBUTION && ATTRIBUTION.test(joined)) return count;
	}
	return 0;
}

type Break = { readonly kind: 'history' | 'forward'; readonly at: number };

/** Where the sender's own words end for good. */
function findBreak(lines: readonly string[], isForward: boolean): Break | undefined {
	for (const [at, line] of lines.entries()) {
		if (FORWARDED.test(line.replace(/^[\s>]+/, ''))) return { kind: 'forward', at };
		if (QUOTED.test(line)) continue;
		if (line === HISTORY_MARK || ORIGINAL.test(line) || isHeader(lines, at)) return { kind: isForward ? 'forward' : 'history', at };
		const count = attributionLines(lines, at);
		const next = lines.slice(at + count, at + count + FIELD_LINES).findIndex((each) => !isBlank(each));
		// With `>` before it, a quote ends by itself and answers may stand below.
		const isDated = DATED.test(lines.slice(at, at + count).join(' '));
		if (count > 0 && isDated && next !== -1 && !QUOTED.test(lines[at + count + next] ?? '')) return isForward ? undefined : { kind: 'history', at };
	}
	return undefined;
}

/** Takes quotes out; of one that is answered below, the last lines stay. */
function withoutQuotes(lines: readonly string[]): { readonly kept: string[]; readonly cut: boolean } {
	const kept: string[] = [];
	let quote: string[] = [];
	let cut = false;
	for (let at = 0; at < lines.length; ) {
		const count = attributionLines(lines, at);
		const after = lines.slice(at + count, at + count + 2);
		if (count > 0 && after.some((line) => QUOTED.test(line))) {
			cut = true;
			at += count;
			continue;
		}
		const line = lines[at] ?? '';
		at += 1;
		if (QUOTED.test(line)) {
			quote.push(line);
			continue;
		}
		if (isBlank(line) && quote.length > 0) continue;
		if (quote.length > 0) {
			const own = quote.filter((each) => !/^\s?>\s?>/.test(each) && !isBlank(each.replace(/^\s?>/, '')));
			cut ||= own.length > CONTEXT_LINES || own.length < quote.length;
			kept.push(...own.slice(-CONTEXT_LINES), '');
			quote = [];
		}
		kept.push(line);
	}
	return { kept, cut: cut || quote.some((line) => !isBlank(line.replace(/^[\s>]+/, ''))) };
}

function withoutSignature(lines: readonly string[]): { readonly kept: readonly string[]; readonly cut: boolean } {
	const at = lines.findIndex((line) => SIGNATURE.test(line) || LIST_FOOTER.test(line));
	const own = (at === -1 ? lines : lines.slice(0, at)).filter((line) => !PHONE.test(line));
	return { kept: own, cut: own.length < lines.length };
}

function tidy(lines: readonly string[]): string {
	return lines.filter((line) => line !== HISTORY_MARK).map((line) => line.trimEnd()).join('\n').replace(/\n{3,}/g, '\n\n').trim();
}

/** A quote around all that is passed on is taken off. */
function unquoted(lines: readonly string[]): readonly string[] {
	const full = lines.filter((line) => !isBlank(line));
	const quoted = full.filter((line) => QUOTED.test(line));
	return quoted.length >= full.length - 2 ? lines.map((line) => line.replace(/^\s?> ?/, '')) : lines;
}

/**
 * The sender's own words out of the plain text of a mail: without the mails that came before, and without a signature.
 *
 * `isForward`: the subject says that the mail passes another one on; what would be history is then what it is about.
 */
export function ownWords(text: string, isForward: boolean): OwnWords {
	const lines = text.split('\n');
	const found = findBreak(lines, isForward);
	const above = found === undefined ? lines : lines.slice(0, found.at);
	while (above.length > 0 && (isBlank(above.at(-1)) || (found !== undefined && DIVIDER.test(above.at(-1) ?? '')))) above.pop();
	const quotes = withoutQuotes(above);
	const own = withoutSignature(quotes.kept);
	const forwarded = found?.kind === 'forward' ? tidy(unquoted(lines.slice(found.at))) : '';
	const cut: OwnWords['cut'][number][] = [];
	if (found?.kind === 'history' || quotes.cut) cut.push('history');
	if (own.cut) cut.push('signature');
	const words = tidy(own.kept);
	// Nothing of one's own, but a quote: then the quote is what was sent.
	if (words === '' && forwarded === '') return { text: '', forwarded: tidy(unquoted(lines)), cut: [] };
	return { text: words, forwarded, cut };
}
