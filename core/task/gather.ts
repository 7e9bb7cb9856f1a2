interface Waiting<A, R> {
	readonly ask: A;
	resolve(answer: R): void;
	reject(error: unknown): void;
	/** It does the work for all who wait now. */
	lead(): void;
}

/** Does the work for all of them; the answers are in the order of the asks. */
export type Together<A, R> = (asks: readonly A[], signal: AbortSignal) => Promise<readonly R[]>;

/**
 * Puts together what is asked for at the same time under one key. The first starts at once; those who come while it is at
 * work wait and are then done all in one go by one of them, so that fifty copies of a signal cost two turns and not fifty,
 * each of which would get in the way of the others.
 */
export class Gathering<A, R> {
	private readonly queues = new Map<string, Waiting<A, R>[]>();

	async ask(key: string, ask: A, together: Together<A, R>, signal: AbortSignal): Promise<R> {
		const queue = this.queues.get(key);
		if (queue === undefined) {
			this.queues.set(key, []);
			return await this.lead(key, ask, [], together, signal);
		}
		return await new Promise<R>((resolve, reject) => {
			const waiting: Waiting<A, R> = {
				ask,
				resolve,
				reject,
				lead: () => {
					const others = queue.splice(0).filter((each) => each !== waiting);
					this.lead(key, ask, others, together, signal).then(resolve, reject);
				},
			};
			queue.push(waiting);
		});
	}

	private async lead(key: string, ask: A, others: readonly Waiting<A, R>[], together: Together<A, R>, signal: AbortSignal): Promise<R> {
		try {
			const [answer, ...answers] = await together([ask, ...others.map((other) => other.ask)], signal);
			if (answer === undefined || answers.length !== others.length) throw new Error('Not every ask was answered');
			answers.forEach((each, index) => others[index]?.resolve(each));
			return answer;
		} catch (error) {
			// Who was stopped takes no one along: the others do it without it.
			if (signal.aborted) this.queues.get(key)?.unshift(...others);
			else for (const other of others) other.reject(error);
			throw error;
		} finally {
			const next = this.queues.get(key)?.[0];
			if (next === undefined) this.queues.delete(key);
			else next.lead();
		}
	}
}
