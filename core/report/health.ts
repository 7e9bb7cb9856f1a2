import { STALE_MS } from '../task/leases';
import type { Run } from '../task/records';
import type { Line, Page } from './page';

/** One thing that was tried. */
export interface Check {
	readonly name: string;
	readonly ok: boolean;
	readonly message: string;
	/** What to do; empty where it is well. */
	readonly advice: string;
	/** It is not known, and nobody would hear of it: no failure, and nothing that passed. */
	readonly unwatched?: boolean;
}

export type Finding = Omit<Check, 'name'>;

const GB = 1024 ** 3;
const MB = 1024 ** 2;
const DAY_MS = 24 * 60 * 60_000;
/** Reconcile looks each minute and mends a run that lost its holder; what it has left for so long it does not see. */
const LEFT_ALONE_MS = STALE_MS + 10 * 60_000;

export function well(message: string): Finding {
	return { ok: true, message, advice: '' };
}

export function wrong(message: string, advice: string): Finding {
	return { ok: false, message, advice };
}

/** `expiresAt`: null where nobody knows of a date. */
export function judgeExpiry(what: string, expiresAt: Date | null, warnDays: number, now: Date, advice: string): Finding {
	if (expiresAt === null) return { ...well(`No date is known on which ${what} expires`), unwatched: true };
	const date = expiresAt.toISOString().slice(0, 10);
	const days = Math.floor((expiresAt.getTime() - now.getTime()) / DAY_MS);
	if (expiresAt.getTime() <= now.getTime()) return wrong(`${what} expired on ${date}`, advice);
	const left = days === 0 ? 'in less than a day' : days === 1 ? 'in a day' : `in ${days} days`;
	return days < warnDays ? wrong(`${what} expires ${left}, on ${date}`, advice) : well(`${what} expires ${left}, on ${date}`);
}

/** Both scopes let Maestro push; `public_repo` only where everyone may read. */
export function judgeScopes(login: string, scopes: readonly string[]): Finding {
	const have = `The token of ${login} has the scopes ${scopes.join(', ')}`;
	const advice = 'Make a classic token with the scopes repo and admin:repo_hook, and enter it in the Maestro GitHub API credential.';
	if (scopes.length === 0) return wrong(`The token of ${login} has no scopes: it is a fine-grained one, which cannot read checks, or may do nothing`, advice);
	return scopes.includes('repo') || scopes.includes('public_repo') ? well(have) : wrong(`${have}, and not repo`, advice);
}

export function judgeDisk(free: number, minimumGb: number): Finding {
	const message = `${(free / GB).toFixed(1)} GB are free where Maestro keeps its files`;
	return free >= minimumGb * GB ? well(message) : wrong(`Only ${message}`, 'Make room there, or give MAESTRO_DATA_DIR another disk: without room agents, git and transcripts fail.');
}

/** `bytes`: undefined where n8n does not say. */
export function judgeTables(bytes: number | undefined, limit: number, warnPercent: number): Finding {
	if (bytes === undefined) return { ...well('This n8n does not say how large its data tables are'), unwatched: true };
	const used = bytes < MB ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MB).toFixed(1)} MB`;
	const message = `${used} of ${(limit / MB).toFixed(0)} MB are used by data tables`;
	if (bytes * 100 < limit * warnPercent) return well(message);
	return wrong(message, 'Above the limit n8n refuses every new row. Raise N8N_DATA_TABLES_MAX_SIZE_BYTES of n8n, or keep the timeline for fewer days in Maestro Reconcile.');
}

/** `runs`: those that count as running. */
export function judgeSessions(runs: readonly Pick<Run, 'taskId' | 'heartbeatAt'>[], now: Date): Finding {
	const stale = runs.filter(({ heartbeatAt }) => heartbeatAt === null || now.getTime() - Date.parse(heartbeatAt) > LEFT_ALONE_MS);
	if (stale.length === 0) return well(`${runs.length} at work, none of them stale`);
	const tasks = [...new Set(stale.map(({ taskId }) => (taskId === 0 ? 'none' : String(taskId))))].slice(0, 20).join(', ');
	return wrong(
		`${stale.length} of ${runs.length} sessions that count as running gave no sign of life for more than ten minutes (tasks: ${tasks})`,
		'Look whether the workflow "Maestro: reconcile" is published and its executions succeed: it starts again what died.',
	);
}

function lineOf({ name, ok, message, advice, unwatched = false }: Check): Line {
	return [unwatched ? '– ' : ok ? '✔ ' : '✘ ', { outside: name }, ': ', { outside: message }, ...(advice === '' ? [] : ['. ', { outside: advice }])];
}

/** What is wrong comes first. */
export function healthPage(checks: readonly Check[]): Page {
	const bad = checks.filter(({ ok }) => !ok);
	const good = checks.filter(({ ok, unwatched = false }) => ok && !unwatched);
	const unknown = checks.filter(({ ok, unwatched = false }) => ok && unwatched);
	const title = bad.length === 0 ? 'Maestro is healthy' : `Maestro: ${bad.length} of ${checks.length} checks failed`;
	const sections = [
		{ heading: 'Failed', lines: bad.map(lineOf) },
		{ heading: 'Passed', lines: good.map(lineOf) },
		{ heading: 'Not watched', lines: unknown.map(lineOf) },
	];
	return { title, sections: sections.filter(({ lines }) => lines.length > 0) };
}
