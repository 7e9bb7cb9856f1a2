import { MaestroError, messageOf } from '../errors';
import type { z } from '../schema';
import { brokenResponseError, type GithubResponse, type Purpose, rateLimitedUntil, rateLimitError, responseError, unavailableError } from './failures';

/** One request. Every status is an answer; what is thrown is a failed connection or the signal's reason. */
export type Send = (route: string, parameters: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<GithubResponse>;

export interface Effects {
	readonly now: () => number;
	readonly random: () => number;
	readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Call extends Purpose {
	readonly route: string;
	readonly parameters: Readonly<Record<string, unknown>>;
	readonly signal: AbortSignal;
	/** Doing it twice does no harm, so a lost answer is asked for again. */
	readonly repeatable: boolean;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 400;
const LONGEST_LIMIT_WAIT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;

type Outcome = { readonly response: GithubResponse } | { readonly failure: MaestroError };
type Read<T> = (response: GithubResponse) => { readonly value: T } | { readonly failure: MaestroError };

interface Validated<T> {
	readonly data: T;
	readonly headers: GithubResponse['headers'];
}

/** Sends calls with bounded retries, and checks what comes back. */
export class Connection {
	readonly calls = { graphql: 0, rest: 0 };

	constructor(
		private readonly send: Send,
		private readonly effects: Effects,
	) {}

	/** The answer, validated; a broken one of a repeatable call is asked for again. */
	async ask<T>(call: Call, schema: z.ZodType<T, z.ZodTypeDef, unknown>): Promise<T> {
		return (await this.askWithHeaders(call, schema)).data;
	}

	async askWithHeaders<T>(call: Call, schema: z.ZodType<T, z.ZodTypeDef, unknown>): Promise<Validated<T>> {
		return await this.attempts<Validated<T>>(call, (response) => {
			const parsed = schema.safeParse(response.data);
			if (!parsed.success) return { failure: brokenResponseError(call, issuesOf(parsed.error)) };
			return { value: { data: parsed.data, headers: response.headers } };
		});
	}

	/** The answer as it came, for calls whose body is a stream or does not matter. */
	async raw(call: Call): Promise<GithubResponse> {
		return await this.attempts(call, (response) => ({ value: response }));
	}

	private async attempts<T>(call: Call, read: Read<T>): Promise<T> {
		let waited = 0;
		for (let attempt = 1; ; attempt += 1) {
			const outcome = await this.once(call);
			const until = 'response' in outcome ? rateLimitedUntil(outcome.response, this.effects.now()) : undefined;
			if (until !== undefined) {
				// A limit refuses before anything is done, so that also a call that must not be repeated may go again.
				const wait = until - this.effects.now();
				if (waited + wait > LONGEST_LIMIT_WAIT_MS || attempt >= ATTEMPTS) throw rateLimitError(call, until);
				waited += wait;
				await this.pause(wait + this.effects.random() * 500, call);
				continue;
			}
			const result = 'failure' in outcome ? outcome : outcome.response.status >= 400 ? { failure: responseError(outcome.response, call) } : read(outcome.response);
			if ('value' in result) return result.value;
			const passing = result.failure.code === 'github_unavailable' || result.failure.code === 'github_broken_response';
			if (!passing || !call.repeatable || attempt >= ATTEMPTS) throw result.failure;
			await this.pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + this.effects.random()), call);
		}
	}

	private async once(call: Call): Promise<Outcome> {
		if (isStopped(call)) throw cancelled(call);
		if (call.route === 'POST /graphql') this.calls.graphql += 1;
		else this.calls.rest += 1;
		const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
		try {
			return { response: await this.send(call.route, call.parameters, AbortSignal.any([call.signal, limit])) };
		} catch (error) {
			if (isStopped(call)) throw cancelled(call, error);
			const why = limit.aborted ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s` : messageOf(error);
			return { failure: unavailableError(call, why, error) };
		}
	}

	private async pause(ms: number, call: Call): Promise<void> {
		try {
			await this.effects.sleep(ms, call.signal);
		} catch (error) {
			throw cancelled(call, error);
		}
	}
}

function isStopped(call: Call): boolean {
	return call.signal.aborted;
}

function cancelled(purpose: Purpose, cause?: unknown): MaestroError {
	return new MaestroError('cancelled', `Stopped while ${purpose.what}`, 'Start it again: what was done already is not done twice.', {}, cause);
}

function issuesOf(error: z.ZodError): string {
	return error.issues
		.slice(0, 3)
		.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`)
		.join('; ');
}

/** `owner/name` as the two parameters of a route. */
export function ownerAndName(repository: string): { readonly owner: string; readonly repo: string } {
	const [owner = '', repo = '', ...rest] = repository.split('/');
	if (owner === '' || repo === '' || rest.length > 0) throw new MaestroError('bad_parameter', `"${repository}" is not a repository`, 'Write it as owner/name.');
	return { owner, repo };
}
