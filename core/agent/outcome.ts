/** Decides how a run ended, from what was seen of it. Pure; the cases are those measured on the real CLI. */
import type { ProcessEnd } from '../process';
import type { AgentFailure, AgentOutcome } from './agent';
import type { ResultEvent } from './events';
import type { RunFacts } from './facts';
import { readReport } from './report';

/** Why Maestro itself ended the run, if it did. */
export type EndedBy = 'caller' | 'first_event_timeout' | 'idle_timeout' | 'total_timeout' | 'auth_refused';

export interface Ending {
	readonly facts: RunFacts;
	readonly end: Extract<ProcessEnd, { kind: 'exited' }>;
	readonly endedBy: EndedBy | undefined;
	readonly schemaAsked: boolean;
	readonly now: Date;
}

const MINUTE_MS = 60_000;
/** Guesses, for where the service named no time. */
const USAGE_LIMIT_MS = 60 * MINUTE_MS;
const RATE_LIMIT_MS = 5 * MINUTE_MS;
const OVERLOADED_MS = 5 * MINUTE_MS;

const ADVICE: Readonly<Record<AgentFailure, string>> = {
	auth: 'Make a new token with "claude setup-token" (or a new API key) and enter it in the Maestro Claude credential, field "Token".',
	billing: 'Check the plan and the credit balance of the account behind the Maestro Claude credential.',
	model_not_found: 'Choose a model that this account may use, in the node\'s field "Model" or in the project.',
	prompt_too_long: 'Shorten the prompt or the issue, or start a new session: this one may have grown too long.',
	max_turns: 'Raise "Max Turns", or split the task. The work so far is in the worktree; running again goes on from there.',
	max_budget: 'Raise "Max Budget (USD)", or split the task. The work so far is in the worktree; running again goes on from there.',
	schema_retries: 'The model could not meet the output schema: simplify it.',
	schema_missing: 'The model gave no structured output: say in the prompt that it must, or simplify the schema.',
	tool_denied: 'Allow the tools that were denied (see permissionDenials), or change "Permission Mode".',
	session_missing: 'The session to resume is gone from this host: start a new one.',
	session_in_use: 'Another process uses this session: wait for it to end, or start a new session.',
	bad_configuration: 'Check the node\'s options against the message; it is the CLI\'s own.',
	server_error: 'The service failed or cannot be reached. Check the network, any proxy and the credential\'s "Base URL", then run again.',
	nothing_done: 'The model was never asked: the prompt may have been taken for a command that does nothing here.',
	first_event_timeout: 'The model did not answer at all: check the network and the service, or raise "First Event Timeout".',
	idle_timeout: 'The agent went silent: raise "Idle Timeout" if one of its commands is that slow. Running again goes on in the same session.',
	total_timeout: 'Raise "Total Timeout", or split the task. Running again goes on in the same session.',
	crashed: 'Run again: the session goes on. If it happens again, look for an out-of-memory kill and at the transcript.',
};

export function failed(failure: AgentFailure, message: string): AgentOutcome {
	return { kind: 'failed', failure, message, advice: ADVICE[failure] };
}

const paused = (reason: 'usage_limit' | 'rate_limit' | 'overloaded', resumeAt: Date): AgentOutcome => ({ kind: 'paused', reason, resumeAt });
const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

function endedByUs({ facts, now }: Ending, endedBy: EndedBy): AgentOutcome {
	// A time limit that struck while the CLI waited for a busy service: that is a pause, not the agent's slowness.
	if (endedBy.endsWith('_timeout') && facts.waitingOn === 429) return paused('rate_limit', facts.limitResetsAt ?? after(now, RATE_LIMIT_MS));
	if (endedBy.endsWith('_timeout') && facts.waitingOn === 529) return paused('overloaded', after(now, OVERLOADED_MS));
	switch (endedBy) {
		case 'caller':
			return { kind: 'stopped' };
		case 'auth_refused':
			return failed('auth', 'The token was refused');
		case 'first_event_timeout':
			return failed(endedBy, 'No answer came from the model within the time limit');
		case 'idle_timeout':
			return failed(endedBy, `Nothing came from the agent within the time limit, after ${facts.turns} turns`);
		case 'total_timeout':
			return failed(endedBy, `The run was not done within its time limit, after ${facts.turns} turns`);
	}
}

/** Without a result event only the exit and stderr are left to tell. */
function withoutResult({ end }: Ending): AgentOutcome {
	const said = end.stderr.trim();
	if (end.exitCode === 1) {
		if (/No conversation found/i.test(said)) return failed('session_missing', said);
		if (/already in use/i.test(said)) return failed('session_in_use', said);
		return failed('bad_configuration', said === '' ? 'The CLI ended with exit code 1 and said nothing' : said);
	}
	const how = end.signal === null ? `with exit code ${end.exitCode}` : `by ${end.signal}`;
	return failed('crashed', `The CLI ended ${how} without a result${said === '' ? '' : `: ${said}`}`);
}

function apiFailure(ending: Ending, result: ResultEvent): AgentOutcome {
	const { facts, now } = ending;
	const message = result.result || result.errors.join('; ') || 'The service gave no reason';
	const status = result.api_error_status ?? 0;
	// Versions before 2.1.329 do not name it; only a usage limit comes with the time when it ends.
	const isUsageLimit = result.api_error === 'usage_limit_reached' || (status === 429 && facts.limitResetsAt !== undefined);
	if (isUsageLimit) return paused('usage_limit', facts.limitResetsAt ?? after(now, USAGE_LIMIT_MS));
	if (facts.apiError === 'authentication_failed' || status === 401 || status === 403) return failed('auth', message);
	if (facts.apiError === 'billing_error' || status === 402) return failed('billing', message);
	if (status === 429 || facts.apiError === 'rate_limit') return paused('rate_limit', after(now, RATE_LIMIT_MS));
	if (status === 529 || status === 503 || facts.apiError === 'overloaded') return paused('overloaded', after(now, OVERLOADED_MS));
	if (facts.apiError === 'model_not_found') return failed('model_not_found', message);
	if (status >= 500 || status === 0) return failed('server_error', message);
	return failed('bad_configuration', message);
}

function withError(ending: Ending, result: ResultEvent): AgentOutcome {
	const message = result.errors[0] ?? result.result;
	switch (result.subtype) {
		case 'error_max_turns':
			return failed('max_turns', message);
		case 'error_max_budget_usd':
			return failed('max_budget', message);
		case 'error_max_structured_output_retries':
			return failed('schema_retries', message);
	}
	if (/No conversation found/i.test(message)) return failed('session_missing', message);
	if (result.terminal_reason === 'prompt_too_long' || result.terminal_reason === 'blocking_limit') return failed('prompt_too_long', message);
	return apiFailure(ending, result);
}

/**
 * A denied tool ends in success all the same. What the agent then reports decides: `done`, a question or an answer in the caller's own
 * schema stand; `blocked` or no report mean that the denial stood in its way.
 */
function withSuccess(ending: Ending, result: ResultEvent): AgentOutcome {
	if (result.num_turns === 0) return failed('nothing_done', result.result || 'The CLI ended without a turn');
	const output = result.structured_output;
	const denied = [...new Set(result.permission_denials.map((denial) => denial.tool_name))].join(', ');
	if (denied !== '' && (output === undefined || readReport(output)?.status === 'blocked')) {
		return failed('tool_denied', `The agent was denied: ${denied}`);
	}
	if (ending.schemaAsked && output === undefined) return failed('schema_missing', 'The run ended without the structured output that was asked for');
	return { kind: 'completed' };
}

export function decideOutcome(ending: Ending): AgentOutcome {
	// First: an interrupted CLI may exit with 0, and a run that was ended is never a success.
	if (ending.endedBy !== undefined) return endedByUs(ending, ending.endedBy);
	const { result } = ending.facts;
	if (result === undefined) return withoutResult(ending);
	if (result.terminal_reason.startsWith('aborted_')) return failed('crashed', 'The CLI was interrupted from outside');
	if (result.is_error || result.subtype.startsWith('error_')) return withError(ending, result);
	if (ending.end.signal !== null) return failed('crashed', `The CLI was ended by ${ending.end.signal}`);
	return withSuccess(ending, result);
}
