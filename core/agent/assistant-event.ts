/**
 * The model's messages. They come by the thousand, and a schema takes five times as long as their JSON does: these guards do the same
 * by hand. Anything missing becomes its default.
 */

export interface Usage {
	readonly input_tokens: number;
	readonly output_tokens: number;
	readonly cache_read_input_tokens: number;
	readonly cache_creation_input_tokens: number;
}

export interface Block {
	readonly type: string;
	readonly text?: string;
	/** Of a tool call. */
	readonly name?: string;
	readonly input?: unknown;
}

export interface AssistantEvent {
	readonly type: 'assistant';
	readonly message: { readonly id: string; readonly content: readonly Block[]; readonly usage: Usage };
	/** The class of an API failure that the CLI reports as a message. */
	readonly error: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NONE: Fields = {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function readUsage(value: unknown): Usage {
	const usage = isRecord(value) ? value : NONE;
	return {
		input_tokens: numberOf(usage['input_tokens']),
		output_tokens: numberOf(usage['output_tokens']),
		cache_read_input_tokens: numberOf(usage['cache_read_input_tokens']),
		cache_creation_input_tokens: numberOf(usage['cache_creation_input_tokens']),
	};
}

function readBlocks(value: unknown): Block[] {
	if (!Array.isArray(value)) return [];
	const blocks: Block[] = [];
	for (const block of value) {
		if (!isRecord(block)) continue;
		blocks.push({ type: textOf(block['type']), text: optionalText(block['text']), name: optionalText(block['name']), input: block['input'] });
	}
	return blocks;
}

/** Undefined where the event carries no message at all. */
export function readAssistant(event: Fields): AssistantEvent | undefined {
	const { message, error } = event;
	if (!isRecord(message)) return undefined;
	return {
		type: 'assistant',
		message: { id: textOf(message['id']), content: readBlocks(message['content']), usage: readUsage(message['usage']) },
		error: optionalText(error),
	};
}
