import { Gathering } from '../../core/task/gather';
import type { Services } from '../shared/services';

const TIMEOUT_MS = 30_000;
const SHORTLY = { keepMs: 15_000, most: 1_000 };
const NEVER = new AbortController().signal;

/**
 * What every webhook of a burst asks n8n for: one look at a time for all who ask, and its answer holds for a moment where `keeps`
 * says so. What a person has to mend is asked for each time.
 */
export class Remembered<T> {
	private readonly kept = new Map<string, { readonly value: T; readonly until: number }>();
	private readonly looking = new Gathering<string, T>();

	constructor(
		private readonly keeps: (value: T) => boolean,
		private readonly limits: { readonly keepMs: number; readonly most: number } = SHORTLY,
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
		if (this.kept.size >= this.limits.most) this.kept.clear();
		if (this.keeps(value)) this.kept.set(key, { value, until: now + this.limits.keepMs });
		else this.kept.delete(key);
		return { value };
	}
}
