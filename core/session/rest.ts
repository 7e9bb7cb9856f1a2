import { appendEvents, type EventDraft } from '../task/events';
import type { Session } from '../task/records';
import type { TaskTools } from '../task/tools';

/** The last writes must not hang on the signal that ended the run. */
export const LAST_WRITES_MS = 30_000;

/**
 * What is left to write of a run whose own row says already how it ended: the row of its session, under way, and lines of the timeline,
 * which a caller can write together with its own.
 */
export class RunRest {
	constructor(
		private readonly tools: TaskTools,
		private readonly session: Promise<Session>,
		private lines: readonly EventDraft[],
	) {
		// Looked at by `settle`; until then a failure must not count as unhandled.
		session.catch(() => undefined);
	}

	/** The lines, for whoever writes them now. */
	take(): readonly EventDraft[] {
		const { lines } = this;
		this.lines = [];
		return lines;
	}

	/** Writes the lines that nobody took; gives the session as it stands then. */
	async settle(): Promise<Session> {
		const [session] = await Promise.all([this.session, appendEvents(this.tools, this.take(), AbortSignal.timeout(LAST_WRITES_MS))]);
		return session;
	}
}
