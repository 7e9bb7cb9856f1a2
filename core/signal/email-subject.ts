import { cut } from './text-characters';
import { visibleLine } from './text';

export interface Subject {
	/** Without what mail programs put before it. */
	readonly title: string;
	readonly kind: 'new' | 'reply' | 'forward';
}

/** English, German, Dutch, Scandinavian, French, Spanish, Italian, Portuguese, Polish; `Re[2]:`, `RE (2):` and `Re^2:` as well. */
const REPLY = /^(?:re|aw|antw|antwort|sv|vs|ref|rép|rif|res|odp|r)(?:\s*[[(^]\s*\d{1,3}\s*[\])]?)?\s*[:：]\s*/i;
const FORWARD = /^(?:fwd?|wg|weitergeleitet|doorst|vb|vl|tr|rv|enc|i|pd)(?:\s*[[(^]\s*\d{1,3}\s*[\])]?)?\s*[:：]\s*/i;
/** What companies put before the subject of a mail from outside. */
const WARNING = /^\[(?:ext|extern|external|external sender|extern!)\]\s*/i;
const LONGEST_TITLE = 250;

export function readSubject(subject: string): Subject {
	let title = visibleLine(subject.slice(0, 10_000));
	let kind: Subject['kind'] = 'new';
	for (;;) {
		const [reply] = REPLY.exec(title) ?? [];
		const [forward] = FORWARD.exec(title) ?? [];
		const prefix = reply ?? forward ?? WARNING.exec(title)?.[0];
		if (prefix === undefined) return { title: cut(title, LONGEST_TITLE).trim(), kind };
		// The first one says what was done last.
		if (kind === 'new') kind = reply !== undefined ? 'reply' : forward !== undefined ? 'forward' : kind;
		title = title.slice(prefix.length);
	}
}
