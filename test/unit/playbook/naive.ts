/** The rules of the format once more, written from its description and not from the parser: slow, and plain enough to be checked by eye. */
export interface NaiveStep {
	readonly line: number;
	readonly isDone: boolean;
	readonly text: string;
}

const TASK = /^\s*[-*+]\s*\[(\s*|[xX✓✔])\](.+)$/su;
const FENCE = /^\s*([`~]{3,})/u;

export function naiveSteps(document: string): NaiveStep[] {
	let fence = '';
	const steps: NaiveStep[] = [];
	for (const [index, line] of document.split(/\r\n|\r|\n/).entries()) {
		const mark = FENCE.exec(line)?.[1] ?? '';
		if (fence !== '') {
			if (mark[0] === fence[0] && mark.length >= fence.length) fence = '';
			continue;
		}
		if (mark !== '') {
			fence = mark;
			continue;
		}
		const [, box, text] = TASK.exec(line) ?? [];
		if (box !== undefined && text !== undefined) steps.push({ line: index + 1, isDone: box.trim() !== '', text: text.trim() });
	}
	return steps;
}
