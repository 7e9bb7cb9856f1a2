/** What is known of a run, gathered event by event. The last `result` counts: background work can give several. */
import type { Usage } from './assistant-event';
import type { AgentEvent, ResultEvent } from './events';

export interface RunFacts {
	sessionId: string;
	model: string;
	cliVersion: string;
	/** Answers of the model so far. */
	turns: number;
	/** Of the answers so far; the result's own figure is better where there is one. */
	tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
	/** The class of the last API failure, for example `authentication_failed`. */
	apiError: string;
	/** When a rejected limit ends. */
	limitResetsAt: Date | undefined;
	retries: number;
	/** The status that the CLI waits on before it asks again; 0: it does not wait. */
	waitingOn: number;
	/** A retry after a refused token: it would only be refused again. */
	authRetries: number;
	fellBack: boolean;
	failedMcpServers: string[];
	lastText: string;
	result: ResultEvent | undefined;
	brokenLines: number;
}

export function noFacts(): RunFacts & { lastMessageId: string } {
	return {
		sessionId: '',
		model: '',
		cliVersion: '',
		turns: 0,
		tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
		apiError: '',
		limitResetsAt: undefined,
		retries: 0,
		waitingOn: 0,
		authRetries: 0,
		fellBack: false,
		failedMcpServers: [],
		lastText: '',
		result: undefined,
		brokenLines: 0,
		lastMessageId: '',
	};
}

const LAST_TEXT_LIMIT = 64 * 1024;

function addUsage(tokens: RunFacts['tokens'], usage: Usage): void {
	tokens.input += usage.input_tokens;
	tokens.output += usage.output_tokens;
	tokens.cacheRead += usage.cache_read_input_tokens;
	tokens.cacheWrite += usage.cache_creation_input_tokens;
}

/** Adds one event. Changes `facts` in place: a stream may hold a million of them. */
export function addEvent(facts: ReturnType<typeof noFacts>, event: AgentEvent): void {
	switch (event.type) {
		case 'system':
			addSystemEvent(facts, event);
			return;
		case 'assistant':
			facts.waitingOn = 0;
			if (event.error !== undefined) facts.apiError = event.error;
			// Each block of a message is an event of its own with the same usage.
			if (event.message.id !== facts.lastMessageId && event.error === undefined) {
				facts.lastMessageId = event.message.id;
				facts.turns++;
				addUsage(facts.tokens, event.message.usage);
			}
			for (const { text } of event.message.content) {
				if (text !== undefined && text !== '') facts.lastText = text.slice(0, LAST_TEXT_LIMIT);
			}
			return;
		case 'rate_limit_event': {
			const { status, resetsAt } = event.rate_limit_info;
			if (status === 'rejected' && resetsAt !== undefined) facts.limitResetsAt = new Date(resetsAt * 1000);
			return;
		}
		case 'result':
			facts.result = event;
			if (event.session_id !== '') facts.sessionId = event.session_id;
	}
}

function addSystemEvent(facts: RunFacts, event: Extract<AgentEvent, { type: 'system' }>): void {
	switch (event.subtype) {
		case 'init':
			facts.sessionId = event.session_id;
			facts.model = event.model;
			facts.cliVersion = event.claude_code_version;
			facts.failedMcpServers = event.mcp_servers.filter(({ status }) => status === 'failed' || status === 'needs-auth').map(({ name }) => name);
			return;
		case 'api_retry':
			facts.retries++;
			facts.waitingOn = event.error_status ?? 0;
			if (event.error === 'authentication_failed' || event.error_status === 401 || event.error_status === 403) facts.authRetries++;
			return;
		case 'model_fallback':
			facts.fellBack = true;
	}
}
