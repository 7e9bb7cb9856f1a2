import type { AgentResult } from '../agent/agent';

/**
 * An agent whose process starts up while the rows of its run are written. It is told nothing before they are there, so that until then it
 * can do nothing, and ends by itself where whoever started it dies.
 */
export class EarlyAgent {
	private readonly ending = new AbortController();

	private tell: (may: boolean) => void = () => undefined;

	private readonly result: Promise<AgentResult>;

	private readonly ended: AbortSignal;

	/** `mayBegin` comes true when the agent may be told what it is to do; `ended` asks it to end, as do `stops`. */
	constructor(start: (mayBegin: Promise<boolean>, ended: AbortSignal) => Promise<AgentResult>, stops: readonly AbortSignal[]) {
		this.ended = AbortSignal.any([this.ending.signal, ...stops]);
		const mayBegin = new Promise<boolean>((resolve) => {
			this.tell = resolve;
		});
		this.result = start(mayBegin, this.ended);
		// Looked at by `work`; until then a failure must not count as unhandled.
		this.result.catch(() => undefined);
	}

	/** Lets it work to its end, or until `lost` is aborted. What was to end while the rows were written is told nothing any more. */
	async work(lost: AbortSignal): Promise<AgentResult> {
		const end = (): void => this.ending.abort();
		lost.addEventListener('abort', end, { once: true });
		if (lost.aborted) end();
		this.tell(!this.ended.aborted);
		try {
			return await this.result;
		} finally {
			lost.removeEventListener('abort', end);
		}
	}

	/** It is not to work after all: gone when this settles, whatever became of it. */
	async cancel(): Promise<void> {
		this.ending.abort();
		this.tell(false);
		await this.result.catch(() => undefined);
	}
}
