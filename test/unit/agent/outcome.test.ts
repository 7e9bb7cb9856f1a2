import type { AgentOutcome } from '../../../core/agent/agent';
import { addEvent, noFacts } from '../../../core/agent/facts';
import { readEvent } from '../../../core/agent/events';
import { decideOutcome, type EndedBy, type Ending } from '../../../core/agent/outcome';

const NOW = new Date('2026-01-01T12:00:00Z');
const result = (fields: object) => ({ type: 'result', subtype: 'success', is_error: false, num_turns: 2, terminal_reason: 'completed', result: 'text', ...fields });
const apiError = (fields: object) => result({ is_error: true, terminal_reason: 'api_error', ...fields });
const apiMessage = (error: string) => ({ type: 'assistant', error, message: { id: 'x', content: [] } });
const rejected = { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: NOW.getTime() / 1000 + 60, rateLimitType: 'five_hour' } };
const retry = (error_status: number) => ({ type: 'system', subtype: 'api_retry', attempt: 1, error_status, error: 'overloaded' });
const denied = { permission_denials: [{ tool_name: 'Write', tool_input: {} }] };
const report = (status: string) => ({ structured_output: { status, summary: 'Said.' } });

interface Seen {
	events?: readonly object[];
	exitCode?: number | null;
	signal?: NodeJS.Signals;
	stderr?: string;
	endedBy?: EndedBy;
	schemaAsked?: boolean;
}

function outcomeOf({ events = [], exitCode = 0, signal, stderr = '', endedBy, schemaAsked = false }: Seen): AgentOutcome {
	const facts = noFacts();
	for (const seen of events) {
		const event = readEvent(Buffer.from(JSON.stringify(seen)));
		if (typeof event === 'string') throw new Error(`${event}: ${JSON.stringify(seen)}`);
		addEvent(facts, event);
	}
	const end: Ending['end'] = { kind: 'exited', exitCode: signal ? null : exitCode, signal: signal ?? null, stderr, cancelled: endedBy !== undefined, durationMs: 1 };
	return decideOutcome({ facts, end, endedBy, schemaAsked, now: NOW });
}

const inMinutes = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

describe('a run is completed', () => {
	it.each<[string, Seen]>([
		['with a success', { events: [result({})] }],
		['with the structured output that was asked for', { events: [result(report('done'))], schemaAsked: true }],
		['when a tool was denied and the report says done', { events: [result({ ...denied, ...report('done') })], schemaAsked: true }],
		['when a tool was denied and the agent asks a question', { events: [result({ ...denied, ...report('needs_input') })], schemaAsked: true }],
		['when a tool was denied and the caller\'s own schema is met', { events: [result({ ...denied, structured_output: { answer: 1 } })], schemaAsked: true }],
		['when an earlier result was an error: the last one counts', { events: [apiError({ api_error_status: 529 }), result({})] }],
	])('%s', (_, seen) => expect(outcomeOf(seen)).toEqual({ kind: 'completed' }));
});

describe('a run is stopped', () => {
	it.each<[string, Seen]>([
		['though it exits with 0 and no result', { endedBy: 'caller' }],
		['though it exits with 0 and a success', { endedBy: 'caller', events: [result({})] }],
		['by its abort', { endedBy: 'caller', events: [result({ is_error: true, terminal_reason: 'aborted_tools' })] }],
	])('%s', (_, seen) => expect(outcomeOf(seen)).toEqual({ kind: 'stopped' }));
});

describe('a run is paused', () => {
	it.each<[string, Seen, object]>([
		['by a usage limit, until the time named', { events: [rejected, apiError({ api_error_status: 429, api_error: 'usage_limit_reached' })] }, { reason: 'usage_limit', resumeAt: inMinutes(1) }],
		['by a usage limit that an older CLI does not name', { events: [rejected, apiError({ api_error_status: 429 })] }, { reason: 'usage_limit', resumeAt: inMinutes(1) }],
		['by a usage limit without a time, for an hour', { events: [apiError({ api_error: 'usage_limit_reached' })] }, { reason: 'usage_limit', resumeAt: inMinutes(60) }],
		['by a rate limit', { events: [apiMessage('rate_limit'), apiError({ api_error_status: 429 })] }, { reason: 'rate_limit', resumeAt: inMinutes(5) }],
		['by an overloaded service', { events: [apiMessage('server_error'), apiError({ api_error_status: 529 })] }, { reason: 'overloaded', resumeAt: inMinutes(5) }],
		['by a service that is away', { events: [apiError({ api_error_status: 503 })] }, { reason: 'overloaded' }],
		['by its time limit while the service was overloaded', { events: [retry(529)], endedBy: 'first_event_timeout' }, { reason: 'overloaded' }],
		['by its time limit while the rate was limited', { events: [retry(429)], endedBy: 'total_timeout' }, { reason: 'rate_limit' }],
	])('%s', (_, seen, paused) => expect(outcomeOf({ exitCode: 1, ...seen })).toMatchObject({ kind: 'paused', ...paused }));
});

describe('a run has failed', () => {
	it.each<[string, Seen, string]>([
		['too many turns', { events: [result({ subtype: 'error_max_turns', is_error: true })] }, 'max_turns'],
		['budget spent', { events: [result({ subtype: 'error_max_budget_usd', is_error: true })] }, 'max_budget'],
		['schema never met', { events: [result({ subtype: 'error_max_structured_output_retries', is_error: true })] }, 'schema_retries'],
		['token refused', { events: [apiMessage('authentication_failed'), apiError({ api_error_status: 401 })] }, 'auth'],
		['token revoked', { events: [apiError({ api_error_status: 403 })] }, 'auth'],
		['token expired, no status', { events: [apiMessage('authentication_failed'), apiError({ api_error_status: null })] }, 'auth'],
		['token refused again and again', { endedBy: 'auth_refused' }, 'auth'],
		['no credit', { events: [apiMessage('billing_error'), apiError({ api_error_status: 400 })] }, 'billing'],
		['unknown model', { events: [apiMessage('model_not_found'), apiError({ api_error_status: 404 })] }, 'model_not_found'],
		['prompt too long', { events: [apiError({ terminal_reason: 'prompt_too_long', api_error_status: 400 })] }, 'prompt_too_long'],
		['conversation too long', { events: [apiError({ terminal_reason: 'blocking_limit' })] }, 'prompt_too_long'],
		['server error', { events: [apiMessage('server_error'), apiError({ api_error_status: 500 })] }, 'server_error'],
		['connection dropped', { events: [apiMessage('server_error'), apiError({ api_error_status: null, api_error: 'connection_failed' })] }, 'server_error'],
		['request refused', { events: [apiMessage('invalid_request'), apiError({ api_error_status: 400 })] }, 'bad_configuration'],
		['session to resume missing, as an error', { events: [result({ is_error: true, subtype: 'error_during_execution', errors: ['No conversation found with session ID: x'] })] }, 'session_missing'],
		['session to resume missing, on stderr', { stderr: 'No conversation found with session ID: x' }, 'session_missing'],
		['session id in use', { stderr: 'Error: Session ID x is already in use.' }, 'session_in_use'],
		['bad flag', { stderr: 'error: unknown option' }, 'bad_configuration'],
		['tool denied without a report', { exitCode: 0, events: [result(denied)] }, 'tool_denied'],
		['tool denied and the agent blocked', { exitCode: 0, events: [result({ ...denied, ...report('blocked') })], schemaAsked: true }, 'tool_denied'],
		['no structured output', { exitCode: 0, events: [result({})], schemaAsked: true }, 'schema_missing'],
		['no turn taken', { exitCode: 0, events: [result({ num_turns: 0 })] }, 'nothing_done'],
		['interrupted from outside', { exitCode: 0, events: [result({ terminal_reason: 'aborted_streaming' })] }, 'crashed'],
		['ended by SIGTERM', { exitCode: 143 }, 'crashed'],
		['ended by SIGKILL', { signal: 'SIGKILL' }, 'crashed'],
		['ended by SIGKILL after its result', { signal: 'SIGKILL', events: [result({})] }, 'crashed'],
		['gone without a word', { exitCode: 0 }, 'crashed'],
		['silent from the start', { endedBy: 'first_event_timeout' }, 'first_event_timeout'],
		['silent later', { endedBy: 'idle_timeout', events: [apiMessage('x')] }, 'idle_timeout'],
		['out of time, with a success', { endedBy: 'total_timeout', exitCode: 0, events: [result({})] }, 'total_timeout'],
	])('%s', (_, seen, failure) => {
		const outcome = outcomeOf({ exitCode: 1, ...seen });
		expect(outcome).toMatchObject({ kind: 'failed', failure });
		if (outcome.kind === 'failed') expect([outcome.message, outcome.advice]).not.toContain('');
	});
});
