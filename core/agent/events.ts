/**
 * The CLI's stream-json events, as far as Maestro uses them. Shapes change between versions: a field that is missing or of another type
 * than expected becomes its default, an unknown event is ignored, and a line that is no JSON object is counted by the caller.
 */
import { Buffer } from 'node:buffer';
import { z } from '../schema';
import { isRecord, readAssistant, type AssistantEvent } from './assistant-event';

const text = z.string().catch('');
const number = z.number().catch(0);

const usage = z
	.object({
		input_tokens: number,
		output_tokens: number,
		cache_read_input_tokens: number,
		cache_creation_input_tokens: number,
	})
	.catch({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 });

const init = z.object({
	type: z.literal('system'),
	subtype: z.literal('init'),
	session_id: text,
	model: text,
	claude_code_version: text,
	slash_commands: z.array(z.string()).catch([]),
	mcp_servers: z.array(z.object({ name: text, status: text })).catch([]),
});

const apiRetry = z.object({
	type: z.literal('system'),
	subtype: z.literal('api_retry'),
	attempt: number,
	error_status: z.number().nullish().catch(null),
	error: text,
});

const modelFallback = z.object({ type: z.literal('system'), subtype: z.literal('model_fallback') });

const rateLimit = z.object({
	type: z.literal('rate_limit_event'),
	rate_limit_info: z.object({
		status: text,
		/** Seconds since 1970. */
		resetsAt: z.number().optional().catch(undefined),
		rateLimitType: text,
	}),
});

const result = z.object({
	type: z.literal('result'),
	subtype: text,
	is_error: z.boolean().catch(true),
	terminal_reason: text,
	api_error_status: z.number().nullish().catch(null),
	api_error: text,
	result: text,
	errors: z.array(z.string()).catch([]),
	structured_output: z.unknown(),
	num_turns: number,
	session_id: text,
	total_cost_usd: number,
	usage,
	permission_denials: z.array(z.object({ tool_name: text, tool_input: z.unknown() })).catch([]),
});

export type InitEvent = z.infer<typeof init>;
export type ResultEvent = z.infer<typeof result>;
export type { AssistantEvent };
export type AgentEvent =
	| InitEvent
	| AssistantEvent
	| ResultEvent
	| z.infer<typeof apiRetry>
	| z.infer<typeof modelFallback>
	| z.infer<typeof rateLimit>;

/** Tool results come back in `user` events, which hold most of a stream's bytes and nothing that is used: they are not even parsed. */
const SKIPPED = ['{"type":"user"', '{"type":"stream_event"'].map((prefix) => Buffer.from(prefix));
const CLOSING_BRACE = 0x7d;

function isSkipped(line: Buffer): boolean {
	return SKIPPED.some((prefix) => line.length > prefix.length && line.compare(prefix, 0, prefix.length, 0, prefix.length) === 0);
}

function schemaFor(event: Readonly<Record<string, unknown>>): z.ZodType<AgentEvent, z.ZodTypeDef, unknown> | undefined {
	switch (event['type']) {
		case 'result':
			return result;
		case 'rate_limit_event':
			return rateLimit;
		case 'system':
			if (event['subtype'] === 'init') return init;
			if (event['subtype'] === 'api_retry') return apiRetry;
			return event['subtype'] === 'model_fallback' ? modelFallback : undefined;
		default:
			return undefined;
	}
}

/** `ignored`: well-formed and of no use. `broken`: no JSON object, or one of ours without its core. */
export function readEvent(line: Buffer): AgentEvent | 'ignored' | 'broken' {
	if (isSkipped(line)) return line.at(-1) === CLOSING_BRACE ? 'ignored' : 'broken';
	let event: unknown;
	try {
		event = JSON.parse(line.toString('utf8'));
	} catch {
		// Counted by the caller; one bad line must not cost a run.
		return 'broken';
	}
	if (!isRecord(event)) return 'broken';
	if (event['type'] === 'assistant') return readAssistant(event) ?? 'broken';
	const schema = schemaFor(event);
	if (schema === undefined) return 'ignored';
	const read = schema.safeParse(event);
	return read.success ? read.data : 'broken';
}
