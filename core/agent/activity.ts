import type { Redact } from '../redact';
import type { AgentActivity } from './agent';
import type { AgentEvent } from './events';

const MAX_CHARACTERS = 200;
const EVERY_MS = 300;
/** What of a tool's input says best what it does. */
const TELLING = ['command', 'file_path', 'pattern', 'path', 'url', 'query', 'skill', 'description'];

function describeTool(name: string, input: unknown): string {
	if (typeof input !== 'object' || input === null) return name;
	for (const [key, value] of Object.entries(input)) {
		if (TELLING.includes(key) && typeof value === 'string') return `${name}: ${value}`;
	}
	return name;
}

/** One line about an event, not yet redacted, or undefined where it says nothing about what the agent does. */
export function describe(event: AgentEvent): string | undefined {
	if (event.type === 'system' && event.subtype === 'api_retry') return `Waiting to try again (${event.error || 'no answer'}, attempt ${event.attempt})`;
	if (event.type !== 'assistant') return undefined;
	const block = event.message.content.at(-1);
	if (block?.name !== undefined) return describeTool(block.name, block.input);
	return block?.text === undefined || block.text.trim() === '' ? undefined : block.text;
}

export function oneLine(text: string, redact: Redact): string {
	// Redacted before it is cut: half a secret would not be recognised. The first cut only bounds the work.
	const line = redact(text.slice(0, 20 * MAX_CHARACTERS)).replaceAll(/\s+/g, ' ').trim();
	return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
}

/** Passes on the newest activity, at most one every 300 ms. */
export class ActivityFeed {
	private waiting: AgentActivity | undefined;

	private timer: NodeJS.Timeout | undefined;

	constructor(private readonly onActivity: (activity: AgentActivity) => void) {}

	push(activity: AgentActivity): void {
		this.waiting = activity;
		if (this.timer === undefined) this.pass();
	}

	stop(): void {
		clearTimeout(this.timer);
		if (this.waiting !== undefined) this.onActivity(this.waiting);
		this.waiting = undefined;
	}

	private pass(): void {
		this.timer = undefined;
		if (this.waiting === undefined) return;
		this.onActivity(this.waiting);
		this.waiting = undefined;
		this.timer = setTimeout(() => this.pass(), EVERY_MS);
	}
}
