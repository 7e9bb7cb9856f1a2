import { isMaestroError, messageOf } from '../../core/errors';

/** What came of one thing that was tried, in words for a person. */
export interface Finding {
	readonly what: string;
	readonly ok: boolean;
	readonly detail: string;
}

export type Look = () => Promise<{ readonly ok: boolean; readonly detail: string }>;

/** Tries one thing after the other; what fails is a finding like the others, and keeps none of them from being tried. */
export class Findings {
	readonly all: Finding[] = [];

	constructor(
		private readonly redact: (text: string) => string,
		private readonly signal: AbortSignal,
	) {}

	async attempt(what: string, look: Look): Promise<boolean> {
		const found = await look().catch((error: unknown) => {
			this.signal.throwIfAborted();
			const advice = isMaestroError(error) ? ` ${error.advice}` : '';
			return { ok: false, detail: this.redact(`${messageOf(error)}.${advice}`) };
		});
		this.all.push({ what, ...found });
		return found.ok;
	}

	get message(): string {
		return this.all.map(({ what, ok, detail }) => `${ok ? '✔' : '✘'} ${what}: ${detail}`).join('\n');
	}

	get ready(): boolean {
		return this.all.every(({ ok }) => ok);
	}
}
