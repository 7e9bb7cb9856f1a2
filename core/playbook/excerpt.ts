import type { PlaybookDocument, Range, Step } from './playbook';

/** A bound on what of a playbook goes into a prompt, in UTF-16 units. */
export const MOST_IN_PROMPT = 200_000;
const INTRODUCTION = 20_000;
const STEP = 100_000;
const LONG_LINE = 2_000;

export interface Excerpt {
	readonly text: string;
	readonly isWhole: boolean;
}

/** The document as it goes into the prompt: all of it, or its introduction and the step with what stands around it. */
export function excerptOf({ text, steps }: PlaybookDocument, { block }: Step): Excerpt {
	if (text.length <= MOST_IN_PROMPT) return { text, isWhole: true };
	const introduction: Range = { start: 0, end: lineStartBefore(text, Math.min(INTRODUCTION, steps[0]?.block.start ?? 0)) };
	const around = (MOST_IN_PROMPT - introduction.end) / 2;
	const start = lineStartBefore(text, Math.max(introduction.end, Math.floor(block.start - around)));
	const end = Math.min(text.length, start + MOST_IN_PROMPT - introduction.end);
	const parts = [text.slice(introduction.start, introduction.end), start > introduction.end ? leftOut(start - introduction.end) : '', text.slice(start, end), end < text.length ? leftOut(text.length - end) : ''];
	return { text: parts.filter((part) => part !== '').join('\n'), isWhole: false };
}

/** The step's lines as they are written, up to a bound. */
export function blockOf(text: string, { block }: Step): Excerpt {
	const whole = text.slice(block.start, block.end).trimEnd();
	if (whole.length <= STEP) return { text: whole, isWhole: true };
	return { text: `${whole.slice(0, STEP)}\n${leftOut(whole.length - STEP)}`, isWhole: false };
}

const leftOut = (count: number): string => `[Maestro left out ${count} characters here]`;

/** The beginning of the line that holds `index`, where it is near. */
function lineStartBefore(text: string, index: number): number {
	const start = index <= 0 ? 0 : text.lastIndexOf('\n', index - 1) + 1;
	return index - start > LONG_LINE ? index : start;
}
