import type { Buffer } from 'node:buffer';
import { LineSplitter } from '../process';
import { readEvent, type AgentEvent } from './events';

/** Longer than any event of use; a longer line is counted as broken and never held in memory. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

export interface EventReader {
	push(chunk: Buffer): void;
	end(): void;
	/** How many lines were no event. */
	brokenLines(): number;
}

/**
 * Turns stream-json into events. `onEvent` gets those that Maestro uses; `onLine` gets every line (a view that is valid only during the
 * call).
 */
export function eventReader(handlers: { onEvent(event: AgentEvent): void; onLine?(line: Buffer): void }): EventReader {
	let broken = 0;
	const splitter = new LineSplitter((line) => {
		handlers.onLine?.(line);
		const event = readEvent(line);
		if (event === 'broken') broken++;
		else if (event !== 'ignored') handlers.onEvent(event);
	}, MAX_LINE_BYTES);
	return {
		push: (chunk) => splitter.push(chunk),
		end: () => splitter.end(),
		brokenLines: () => broken + splitter.tooLong,
	};
}
