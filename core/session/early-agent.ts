import type { AgentResult } from '../agent/agent';

/**
 * An agent whose process starts up while the rows of its run are written. It is told nothing before they are there, so that until then it
 * can do nothing, and ends by itself where whoever started it dies.
 */
export class EarlyAgent {
	private readonly ending = new AbortController();

	private tell: (may: boolean) => void = () => undefined;

	private readonly result: Promise<AgentResult>;

	/** `mayBegin` comes true when the agent may be told what it is to do; `ended` asks it to end. */
	constructor(start: (mayBegin: Promise<boolean>, ended: AbortSignal) => Promise<AgentResult>) {
		const mayBegin = new Promise<boolean>((resolve) => {
			this.tell = resolve;
		});
		this.result = start(mayBegin, this.ending.signal);
		// Looked at by `work`; until then a failure must not count as unhandled.
		this.result.catch(() => undefined);
	}

	/** Lets it work to its end, or until `lost` is aborted. */
	async work(lost: AbortSignal): Promise<AgentResult> {
		const end = (): void => this.ending.abort();
		lost.addEventListener('abort', end, { once: true });
		if (lost.aborted) end();
		this.tell(true);
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
