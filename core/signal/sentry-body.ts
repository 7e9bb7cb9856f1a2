import type { SentryFacts } from './sentry-facts';
import type { StackPlace } from './sentry-frames';

const LONGEST_BODY = 12_000;

/** Whole lines, so that no mark of code stays open. */
function cut(text: string): string {
	return text.length <= LONGEST_BODY ? text : text.slice(0, text.lastIndexOf('\n', LONGEST_BODY));
}

/** Text from outside as code: nothing in it is a link, a mention or a heading, neither to a reader on GitHub nor to anything that renders it. */
function code(text: string): string {
	const runs = text.match(/`+/g) ?? [];
	const ticks = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
	const pad = text.startsWith('`') || text.endsWith('`') || /^ .* $/.test(text) ? ' ' : '';
	return `${ticks}${pad}${text}${pad}${ticks}`;
}

function entry(label: string, text: string): string[] {
	return text === '' ? [] : [`- ${label}: ${code(text)}`];
}

function seen({ count, users, firstSeen, lastSeen }: SentryFacts): string[] {
	const times = count === undefined ? '' : `${count} ${count === 1 ? 'time' : 'times'}`;
	const people = users === undefined ? '' : `by ${users} ${users === 1 ? 'user' : 'users'}`;
	const often = [times, people].filter((part) => part !== '').join(', ');
	return [...(often === '' ? [] : [`- Seen: ${often}`]), ...entry('First seen', firstSeen), ...entry('Last seen', lastSeen)];
}

function place({ path, line, function: called, code: source, known }: StackPlace): string {
	const at = path === '' ? '' : code(line === 0 ? path : `${path}:${line}`);
	const within = called === '' ? '' : `in ${code(called)}`;
	const missing = known === false ? '(no such file in the repository)' : '';
	const where = [at, within, missing].filter((part) => part !== '').join(' ');
	return `1. ${where}${source === '' ? '' : `\n   ${code(source)}`}`;
}

function stack(places: readonly StackPlace[]): string[] {
	if (places.length === 0) return [];
	const own = places.some(({ inApp }) => inApp);
	const title = own ? "The project's code on the stack, the innermost call first:" : 'Nothing on the stack counts as code of the project; the innermost calls are:';
	return [[title, '', ...places.map(place)].join('\n')];
}

/** The text of a signal of Sentry in plain markdown: what a person or an agent needs to find the cause. Bounded. */
export function sentryBody(facts: SentryFacts, rule: string): string {
	const [thrown, ...before] = facts.errors;
	const errors = [thrown, ...before].flatMap((error, index) => {
		if (error === undefined) return [];
		const said = [error.type, error.value].filter((part) => part !== '').join(': ');
		return [`${index === 0 ? 'Thrown' : 'It came of'}: ${code(said)}`];
	});
	const tags = facts.tags.map(({ key, value }) => code(`${key}: ${value}`)).join(', ');
	const list = [
		...entry('Where', facts.culprit),
		...entry('Level', facts.level),
		...entry('Environment', facts.environment),
		...entry('Release', facts.release),
		...entry('Platform', facts.platform),
		...seen(facts),
		...entry('Sentry project', facts.project),
		...entry('Alert', rule),
		...(facts.url === '' ? [] : [`- In Sentry${facts.shortId === '' ? '' : ` (${code(facts.shortId)})`}: <${facts.url}>`]),
		...(tags === '' ? [] : [`- Tags: ${tags}`]),
	];
	return cut([...errors, list.join('\n'), ...stack(facts.places)].join('\n\n'));
}
