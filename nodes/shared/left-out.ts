import { change } from '../../core/task/compare-and-set';
import { appendEvents } from '../../core/task/events';
import { Gathering } from '../../core/task/gather';
import type { TimelineEvent } from '../../core/task/records';
import type { Services } from './services';

const SAME_LINE_MS = 3600_000;
const TIMEOUT_MS = 30_000;
const TYPE = 'signal.ignored';
const NEVER = new AbortController().signal;

const gathering = new Gathering<string, boolean>();

function countOf({ detail }: TimelineEvent): number {
	return Number(/"count":(\d{1,9})/.exec(detail)?.[1] ?? 1);
}

async function write(services: Services, message: string, count: number): Promise<void> {
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const since = new Date(services.clock.now().getTime() - SAME_LINE_MS).toISOString();
	const [row] = await services.store.events.find({ type: { eq: TYPE }, message: { eq: message }, at: { gt: since } }, { limit: 1, newestFirst: true }, signal);
	if (row === undefined) await appendEvents(services, [{ type: TYPE, message, detail: { count } }], signal);
	else await change(services, services.store.events, row.id, (now) => ({ detail: JSON.stringify({ count: countOf(now) + count }) }), signal);
}

/** Counts a signal that nobody chose to leave out, in one line of maestro_events for each reason and hour. */
export async function countLeftOut(services: Services, message: string): Promise<void> {
	await gathering.ask(
		`${services.instance} ${message}`,
		message,
		async (messages) => {
			await write(services, message, messages.length);
			return messages.map(() => true);
		},
		NEVER,
	);
}
