import { Gathering } from '../../core/task/gather';
import type { Services } from '../shared/services';

const TIMEOUT_MS = 30_000;

export interface Keeping {
	readonly keepMs: number;
	/** The oldest goes first. What was kept last stays, whatever its weight. */
	readonly most: number;
}

const SHORTLY: Keeping = { keepMs: 15_000, most: 1_000 };
const NEVER = new AbortController().signal;

/**
 * What every webhook of a burst asks n8n for: one look at a time for all who ask, and its answer holds for a moment where `keeps`
 * says so. What a person has to mend is asked for each time.
 */
export class Remembered<T> {
	/** The oldest first. */
	private readonly kept = new Map<string, { readonly value: T; readonly until: number; readonly weight: number }>();
	private weight = 0;
	private readonly looking = new Gathering<string, T>();

	constructor(
		private readonly keeps: (value: T) => boolean,
		private readonly limits: Keeping = SHORTLY,
		/** How much of `most` a value takes. */
		private readonly weigh: (value: T) => number = () => 1,
	) {}

	async get({ instance, clock }: Pick<Services, 'instance' | 'clock'>, about: string, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
		const key = `${instance} ${about}`;
		const known = this.recall(key, clock.now().getTime());
		if (known !== undefined) return known.value;
		return await this.looking.ask(key, key, async (asks) => {
			const now = clock.now().getTime();
			const { value } = this.recall(key, now) ?? this.keep(key, await look(AbortSignal.timeout(TIMEOUT_MS)), now);
			return asks.map(() => value);
		}, NEVER);
	}

	private recall(key: string, now: number): { readonly value: T } | undefined {
		const known = this.kept.get(key);
		return known !== undefined && known.until > now ? known : undefined;
	}

	private keep(key: string, value: T, now: number): { readonly value: T } {
		this.drop(key);
		if (!this.keeps(value)) return { value };
		const weight = this.weigh(value);
		// What has run out goes too: some of it is large, and some of it secret.
		for (const [oldest, { until }] of this.kept) {
			if (until > now && this.weight + weight <= this.limits.most) break;
			this.drop(oldest);
		}
		this.kept.set(key, { value, until: now + this.limits.keepMs, weight });
		this.weight += weight;
		return { value };
	}

	private drop(key: string): void {
		this.weight -= this.kept.get(key)?.weight ?? 0;
		this.kept.delete(key);
	}
}
