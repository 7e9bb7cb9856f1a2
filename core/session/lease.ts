import { heartbeat, HEARTBEAT_MS } from '../task/leases';
import type { Run } from '../task/records';
import type { TaskTools } from '../task/tools';

/** What the agent last did, for the row of the run. */
export interface Progress {
	pid: number;
	turns: number;
	lastActivity: string;
}

/** The row as it is now, while it is still ours: the epoch fences, the version only moved when an answer of n8n was lost. */
export async function stillHeld(tools: TaskTools, run: Run, signal: AbortSignal): Promise<Run | undefined> {
	const [now] = await tools.store.runs.find({ id: { eq: run.id } }, { limit: 1 }, signal);
	return now?.epoch === run.epoch && now.status === 'running' ? now : undefined;
}

/**
 * Keeps the lease of a run while the agent works. `lost` is aborted when the run was given to another; a heartbeat that
 * cannot be written is tried again at the next, since n8n may only be slow.
 */
export class LeaseKeeper {
	private readonly controller = new AbortController();

	private readonly ending = new AbortController();

	private readonly beating: Promise<void>;

	readonly lost = this.controller.signal;

	constructor(
		private readonly tools: TaskTools,
		private run: Run,
		private readonly progress: Progress,
	) {
		this.beating = this.beat();
	}

	private async beat(): Promise<void> {
		for (;;) {
			try {
				await this.tools.pause(HEARTBEAT_MS, this.ending.signal);
			} catch {
				// The end of the run is the only thing that ends this pause.
				return;
			}
			try {
				const next = await heartbeat(this.tools, this.run, { ...this.progress }, AbortSignal.timeout(HEARTBEAT_MS));
				const held = next === 'lost' ? await stillHeld(this.tools, this.run, AbortSignal.timeout(HEARTBEAT_MS)) : next;
				if (held === undefined) {
					this.controller.abort(new Error('The lease of the run was lost'));
					return;
				}
				this.run = held;
			} catch {
				continue;
			}
		}
	}

	isLost(): boolean {
		return this.lost.aborted;
	}

	/** Ends the heartbeat and gives the row as it stands, for the last write. */
	async stop(): Promise<Run> {
		this.ending.abort();
		await this.beating;
		return this.run;
	}
}
