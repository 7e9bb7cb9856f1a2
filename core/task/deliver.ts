import { messageOf } from '../errors';
import { compareAndSet } from './compare-and-set';
import { appendEvents, FIRST_DELIVERY_MS, MAX_MESSAGE, type EventDraft } from './events';
import type { Project, Session, Subscription, Task, TimelineEvent } from './records';
import { later, type TaskTools } from './tools';

/** What a subscriber receives. `task` is the whole row with its version, so that it can be claimed without a read. */
export interface EventPayload {
	readonly event: { id: number; type: string; at: string | null; message: string; detail: unknown };
	readonly task?: Task;
	readonly session?: Session;
	readonly project?: Project;
}

/** Hands an event to one subscriber; rejects when it was not taken. */
export type Deliver = (subscription: Subscription, payload: EventPayload, signal: AbortSignal) => Promise<void>;

const MAX_ATTEMPTS = 8;
const MOST_BACKOFF_MS = 30 * 60_000;
const MAX_SUBSCRIPTIONS = 500;
const BATCH = 50;

export function wants(subscription: Subscription, type: string, projectId: number): boolean {
	if (subscription.projectId !== 0 && subscription.projectId !== projectId) return false;
	const types = subscription.events.split(',').map((name) => name.trim());
	return types.includes('*') || types.includes(type);
}

export async function allSubscriptions({ store }: Pick<TaskTools, 'store'>, signal: AbortSignal): Promise<Subscription[]> {
	return await store.subscriptions.find({}, { limit: MAX_SUBSCRIPTIONS }, signal);
}

function parsed(json: string): unknown {
	if (json === '') return {};
	try {
		return JSON.parse(json);
	} catch {
		// A person may have edited the row; the text itself then still serves a reader.
		return { text: json };
	}
}

function backOffMs(attempts: number): number {
	return Math.min(MOST_BACKOFF_MS, 30_000 * 2 ** attempts);
}

/** Rows that a caller has in hand, by id; missing ones are read. */
export interface Known {
	readonly tasks?: readonly Task[];
	readonly sessions?: readonly Session[];
	readonly projects?: readonly Project[];
	readonly subscriptions?: readonly Subscription[];
}

function byId<R extends { id: number }>(rows: readonly R[]): Map<number, R> {
	return new Map(rows.map((row) => [row.id, row]));
}

async function complete<R extends { id: number }>(
	known: readonly R[],
	ids: readonly number[],
	read: (missing: number[]) => Promise<R[]>,
): Promise<Map<number, R>> {
	const rows = byId(known);
	const missing = [...new Set(ids)].filter((id) => id > 0 && !rows.has(id));
	for (const row of missing.length > 0 ? await read(missing) : []) rows.set(row.id, row);
	return rows;
}

/** Sends pending events to who wants them, and notes what came of it. Never throws for a subscriber that failed. */
export async function deliverEvents(
	tools: TaskTools,
	events: readonly TimelineEvent[],
	known: Known,
	deliver: Deliver,
	signal: AbortSignal,
): Promise<void> {
	const pending = events.filter((event) => event.delivery === 'pending');
	if (pending.length === 0) return;
	const { store } = tools;
	const subscriptions = known.subscriptions ?? (await allSubscriptions(tools, signal));
	const ids = (values: number[]): { anyOf: Array<{ id: { eq: number } }> } => ({ anyOf: values.map((id) => ({ id: { eq: id } })) });
	const anyWanted = pending.some((event) => subscriptions.some((subscription) => wants(subscription, event.type, subscription.projectId)));
	const tasks = await complete(known.tasks ?? [], anyWanted ? pending.map((event) => event.taskId) : [], async (missing) =>
		await store.tasks.find(ids(missing), { limit: missing.length }, signal));
	const sessions = await complete(known.sessions ?? [], anyWanted ? pending.map((event) => event.sessionId) : [], async (missing) =>
		await store.sessions.find(ids(missing), { limit: missing.length }, signal));
	const projects = byId(known.projects ?? []);
	for (const event of pending) {
		const task = tasks.get(event.taskId);
		const project = projects.get(task?.projectId ?? 0);
		const session = sessions.get(event.sessionId);
		const takers = subscriptions.filter((subscription) => wants(subscription, event.type, task?.projectId ?? 0));
		const payload: EventPayload = {
			event: { id: event.id, type: event.type, at: event.at, message: event.message, detail: parsed(event.detail) },
			...(task === undefined ? {} : { task }),
			...(session === undefined ? {} : { session }),
			...(project === undefined ? {} : { project }),
		};
		const failures: string[] = [];
		for (const taker of takers) {
			await deliver(taker, payload, signal).catch((error: unknown) => {
				signal.throwIfAborted();
				failures.push(`workflow ${taker.workflowId}: ${messageOf(error)}`);
			});
		}
		const attempts = event.deliveryAttempts + 1;
		const gaveUp = failures.length > 0 && attempts >= MAX_ATTEMPTS;
		const message = failures.length === 0 ? event.message : `${event.message.split('\n')[0] ?? ''}\nNot delivered: ${failures.join('; ')}`.slice(0, MAX_MESSAGE);
		await compareAndSet(
			store.events,
			event,
			{
				delivery: takers.length === 0 ? 'none' : failures.length === 0 ? 'delivered' : gaveUp ? 'failed' : 'pending',
				deliveryAttempts: attempts,
				nextDeliveryAt: failures.length === 0 || gaveUp ? null : later(tools, backOffMs(attempts)),
				message,
			},
			tools.newToken(),
			signal,
		);
	}
}

/** Writes events and delivers at once those that can be. */
export async function emitEvents(
	tools: TaskTools,
	drafts: readonly EventDraft[],
	known: Known,
	deliver: Deliver,
	signal: AbortSignal,
): Promise<TimelineEvent[]> {
	const events = await appendEvents(tools, drafts, signal);
	await deliverEvents(tools, events, known, deliver, signal);
	return events;
}

/** Delivers what is still pending and due, each event claimed first, so that two sweeps send it once. Gives how many. */
export async function redeliverDue(tools: TaskTools, deliver: Deliver, signal: AbortSignal): Promise<number> {
	const now = tools.clock.now().toISOString();
	const due = await tools.store.events.find({ delivery: { eq: 'pending' }, nextDeliveryAt: { lte: now } }, { limit: BATCH }, signal);
	const claimed: TimelineEvent[] = [];
	for (const event of due) {
		const mine = await compareAndSet(tools.store.events, event, { nextDeliveryAt: later(tools, FIRST_DELIVERY_MS) }, tools.newToken(), signal);
		if (mine !== undefined) claimed.push(mine);
	}
	const projects = claimed.length > 0 ? await tools.store.projects.find({}, { limit: 500 }, signal) : [];
	await deliverEvents(tools, claimed, { projects }, deliver, signal);
	return claimed.length;
}
