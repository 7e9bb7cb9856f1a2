import { AUTHOR_TRUST, SEVERITIES, SIGNAL_SOURCES, type AuthorTrust, type Severity, type SignalSource } from '../signal/signal';
import { trustedAtLeast } from '../signal/trust';

/**
 * How far the work on a task may go, from the most to the least. `triage`: no agent with tools. `root_cause`: an agent that reads. `branch`:
 * commits on a branch. The first stands in the rows of tasks from before there was a ladder.
 */
export const REACHES = ['pull_request', 'branch', 'root_cause', 'triage'] as const;
export type Reach = (typeof REACHES)[number];

/** Whether `reach` goes at least as far as `wanted`. */
export function reachesAtLeast(reach: Reach, wanted: Reach): boolean {
	return REACHES.indexOf(reach) <= REACHES.indexOf(wanted);
}

export function lowerReach(left: Reach, right: Reach): Reach {
	return reachesAtLeast(left, right) ? right : left;
}

interface Rung {
	readonly source: SignalSource;
	/** Undefined: whoever the project trusts enough. */
	readonly trust: AuthorTrust | undefined;
	/** Undefined: any. */
	readonly severity: Severity | undefined;
	readonly reach: Reach;
}

export interface Ladder {
	readonly rungs: readonly Rung[];
	/** For a person; while there is one, nothing goes beyond triage. */
	readonly problems: readonly string[];
}

/** What holds for a source that a project's ladder does not name. A mail can be sent by anybody, so that its author has to be let in by name. */
const DEFAULTS: Readonly<Record<SignalSource, Reach>> = { github: 'pull_request', sentry: 'pull_request', manual: 'pull_request', email: 'triage' };

const LINE = /^(\w+)((?:[ \t]+\w+){0,2})[ \t]*:[ \t]*(\w+)$/;

function readRung(line: string): Rung | undefined {
	const [, name, words = '', last] = LINE.exec(line.toLowerCase()) ?? [];
	const source = SIGNAL_SOURCES.find((each) => each === name);
	const reach = REACHES.find((each) => each === last);
	if (source === undefined || reach === undefined) return undefined;
	let rung: Rung = { source, reach, trust: undefined, severity: undefined };
	for (const word of words.split(/[ \t]+/).filter((each) => each !== '')) {
		const trust = word === 'anyone' ? 'none' : AUTHOR_TRUST.find((each) => each === word);
		const severity = SEVERITIES.find((each) => each === word);
		if (trust !== undefined && rung.trust === undefined) rung = { ...rung, trust };
		else if (severity !== undefined && rung.severity === undefined) rung = { ...rung, severity };
		else return undefined;
	}
	return rung;
}

/**
 * Reads a project's ladder: one rule a line, such as `sentry: pull_request`, `email anyone: triage` or `sentry high: branch`. Trust and severity mean
 * "at least"; of the rules that fit a signal the one that reaches farthest counts.
 */
export function readLadder(text: string): Ladder {
	const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
	const read = lines.map((line) => ({ line, rung: readRung(line) }));
	return {
		rungs: read.flatMap(({ rung }) => rung ?? []),
		problems: read.filter(({ rung }) => rung === undefined).map(({ line }) => `"${line.slice(0, 100)}" is no rule such as "sentry: pull_request" or "email anyone: triage"`),
	};
}

/** What of a signal counts on the ladder. Nothing of its text does. */
export interface Claimant {
	readonly source: SignalSource;
	readonly authorTrust: AuthorTrust;
	readonly severity: Severity;
}

/** Undefined: no rule lets this author in, and a person has to. */
export function reachOf({ source, authorTrust, severity }: Claimant, { rungs, problems }: Ladder, minimumTrust: AuthorTrust): Reach | undefined {
	const own = rungs.filter((rung) => rung.source === source);
	const isTrusted = trustedAtLeast(authorTrust, minimumTrust);
	const isLetIn = isTrusted || own.some(({ trust }) => trust !== undefined && trustedAtLeast(authorTrust, trust));
	if (!isLetIn) return undefined;
	if (problems.length > 0) return 'triage';
	if (own.length === 0) return DEFAULTS[source];
	const fitting = own.filter((rung) => {
		const isAbove = rung.trust === undefined ? isTrusted : trustedAtLeast(authorTrust, rung.trust);
		return isAbove && (rung.severity === undefined || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(rung.severity));
	});
	return fitting.reduce<Reach>((farthest, { reach }) => (reachesAtLeast(reach, farthest) ? reach : farthest), 'triage');
}

/** How far a signal's task may go, and why a person has to look at it first; empty: it may start by itself. */
export interface Allowed {
	readonly reach: Reach;
	readonly blockedBecause: string;
}

/** Where a person changes a task: workflows/maestro-tasks.json. */
const FORM = 'in the form "Maestro: tasks" (form/maestro-tasks)';

export const TRIAGE_ONLY = `No agent may work on this (reach "triage"). To have it worked on, start it ${FORM} and choose how far it may go. The ladder of the project, in the set-up form, says what may start by itself.`;

function whyNotTrusted({ source, authorTrust }: Claimant, author: string, minimumTrust: AuthorTrust, reach: Reach): string {
	const who = author === '' ? `A signal of ${source}` : `The author ${author}`;
	const cure = reach === 'triage' ? TRIAGE_ONLY : `To let it run, start it ${FORM}.`;
	return `${who} is "${authorTrust}" to the repository and the project asks for "${minimumTrust}". ${cure}`;
}

export function allowedFor(claimant: Claimant & { readonly author: string }, project: { readonly ladder: string; readonly minimumTrust: AuthorTrust }): Allowed {
	const ladder = readLadder(project.ladder);
	const reach = reachOf(claimant, ladder, project.minimumTrust);
	if (reach === undefined) {
		// Who lets it run vouches for its author, and for no more than that.
		const vouched = reachOf({ ...claimant, authorTrust: project.minimumTrust }, ladder, project.minimumTrust) ?? 'triage';
		return { reach: vouched, blockedBecause: whyNotTrusted(claimant, claimant.author, project.minimumTrust, vouched) };
	}
	const [problem] = ladder.problems;
	if (problem !== undefined) return { reach: 'triage', blockedBecause: `The ladder of the project cannot be read: ${problem}. Mend it in the set-up form, and start the task ${FORM} with how far it may go.` };
	return { reach, blockedBecause: reach === 'triage' ? TRIAGE_ONLY : '' };
}
