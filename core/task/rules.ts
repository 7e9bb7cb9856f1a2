import { REGRESSED, SEVERITIES, type Severity } from '../signal/signal';
import type { Task } from './records';

/** What a signal must meet to make a new task, so that a storm cannot spend money. 0: no limit. */
export interface TaskRules {
	/** As its source counts; a signal that carries no count meets it. */
	readonly minimumCount: number;
	readonly minimumSeverity: Severity;
	/** A task that was completed less than so long ago gets no successor. */
	readonly coolDownMs: number;
	/** New tasks in an hour, of one source in one repository. */
	readonly maxPerHour: number;
	/** New tasks in an hour, of all sources in one repository. */
	readonly maxPerHourInProject: number;
}

export const NO_RULES: TaskRules = { minimumCount: 0, minimumSeverity: 'low', coolDownMs: 0, maxPerHour: 0, maxPerHourInProject: 0 };
export const HOUR_MS = 3600_000;

/** What of a signal the rules look at. */
export interface RuledSignal {
	readonly kind: string;
	readonly severity: Severity;
	/** How often its source has seen it; undefined: it does not say. */
	readonly count: number | undefined;
	/** Maestro itself wrote what it is about. */
	readonly own: boolean;
	/** Somebody opened what it is about again. */
	readonly reopened: boolean;
	/** When it came in, ISO 8601. */
	readonly receivedAt: string;
}

/** What is known of the thing that a signal is about. */
export interface Known {
	/** The task that it belongs to; undefined: none. */
	readonly task: Pick<Task, 'id' | 'status' | 'finishedAt'> | undefined;
	/** When tasks were made lately, ISO 8601: of the same source in the repository, and of all sources there. */
	readonly madeBySource: readonly string[];
	readonly madeInProject: readonly string[];
}

export type Ruling =
	| { readonly kind: 'create'; readonly regressionOf: number }
	/** It is one more signal for the task that is there. */
	| { readonly kind: 'count' }
	| { readonly kind: 'ignore'; readonly reason: string };

/** It says that something is over, so that nothing is to be done. */
const RESOLVED = 'issue.resolved';

const ignore = (reason: string): Ruling => ({ kind: 'ignore', reason });

function withinHour(made: readonly string[], now: Date): number {
	return made.filter((at) => now.getTime() - Date.parse(at) < HOUR_MS).length;
}

/** The cause of a completed task is back, and the signal is younger than its end. A cancelled one was given up by a person. */
function isBack({ kind, reopened, receivedAt }: RuledSignal, { status, finishedAt }: NonNullable<Known['task']>): boolean {
	if ((kind !== REGRESSED && !reopened) || status !== 'completed') return false;
	return finishedAt === null || Date.parse(receivedAt) > Date.parse(finishedAt);
}

function isCoolingDown({ finishedAt }: NonNullable<Known['task']>, { coolDownMs }: TaskRules, now: Date): boolean {
	return finishedAt !== null && now.getTime() - Date.parse(finishedAt) < coolDownMs;
}

/** Whether so many tasks were made in the last hour that there is no new one. Also asked before a turn is waited for. */
export function whyTooMany({ madeBySource, madeInProject }: Pick<Known, 'madeBySource' | 'madeInProject'>, rules: TaskRules, now: Date): string | undefined {
	const { maxPerHour, maxPerHourInProject } = rules;
	if (maxPerHour > 0 && withinHour(madeBySource, now) >= maxPerHour) return `there are ${maxPerHour} new tasks of this source in an hour, and no more are asked for`;
	if (maxPerHourInProject > 0 && withinHour(madeInProject, now) >= maxPerHourInProject) return `there are ${maxPerHourInProject} new tasks in this project in an hour, and no more are asked for`;
	return undefined;
}

/** What becomes of a signal. Pure; all limits are the owner's, and nothing of the signal's text counts. */
export function rule(signal: RuledSignal, known: Known, rules: TaskRules, now: Date): Ruling {
	const { task } = known;
	if (signal.kind === RESOLVED) return ignore('it says that this is resolved');
	if (task !== undefined && (!isBack(signal, task) || isCoolingDown(task, rules, now))) return { kind: 'count' };
	if (signal.own) return ignore('Maestro wrote it itself');
	if (SEVERITIES.indexOf(signal.severity) < SEVERITIES.indexOf(rules.minimumSeverity)) return ignore(`the severity is below ${rules.minimumSeverity}`);
	if (signal.count !== undefined && signal.count < rules.minimumCount) return ignore(`it was seen less than ${rules.minimumCount} times`);
	const tooMany = whyTooMany(known, rules, now);
	return tooMany === undefined ? { kind: 'create', regressionOf: task?.id ?? 0 } : ignore(tooMany);
}
