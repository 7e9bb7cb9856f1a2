import type { AgentTimeouts } from './agent';

export type Expiry = 'first_event_timeout' | 'idle_timeout' | 'total_timeout';

/** Node takes no longer timer. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The three limits of a run. The CLI greets by itself, so the first event is the first from the model's side; until then that limit
 * alone applies, afterwards the idle limit.
 */
export class Watchdog {
	private readonly timers = new Map<Expiry, NodeJS.Timeout>();

	private lastHeard = 0;

	private modelSpoke = false;

	private stopped = false;

	constructor(
		private readonly limits: AgentTimeouts,
		private readonly onExpiry: (expiry: Expiry) => void,
	) {}

	/** The agent has been asked: from now on it is waited for. */
	begin(): void {
		if (this.stopped) return;
		this.arm('total_timeout', this.limits.totalMs);
		if (!this.modelSpoke) this.arm('first_event_timeout', this.limits.firstEventMs);
	}

	/** Cheap: it moves no timer, for a stream may bring thousands of events a second. */
	heard(from: 'cli' | 'model'): void {
		this.lastHeard = Date.now();
		if (from === 'cli' || this.modelSpoke) return;
		this.modelSpoke = true;
		this.disarm('first_event_timeout');
		this.arm('idle_timeout', this.limits.idleMs);
	}

	stop(): void {
		this.stopped = true;
		for (const expiry of [...this.timers.keys()]) this.disarm(expiry);
	}

	private arm(expiry: Expiry, ms: number): void {
		this.timers.set(expiry, setTimeout(() => this.expire(expiry), Math.min(ms, LONGEST_MS)));
	}

	private disarm(expiry: Expiry): void {
		clearTimeout(this.timers.get(expiry));
		this.timers.delete(expiry);
	}

	private expire(expiry: Expiry): void {
		const left = expiry === 'idle_timeout' ? this.lastHeard + this.limits.idleMs - Date.now() : 0;
		if (left > 0) {
			this.arm(expiry, left);
			return;
		}
		this.stop();
		this.onExpiry(expiry);
	}
}
