import { readCheckbox, type Checkbox } from './checkbox';
import { readFrontMatter } from './front-matter';
import { needsPerson } from './human';
import { eachLine, type Line } from './lines';
import { readMarker } from './markers';
import type { Marker, PlaybookDocument, Step, StepSettings } from './playbook';
import { readSetting } from './step-settings';

/** A step whose end has not been reached. */
interface OpenStep {
	readonly box: Checkbox;
	readonly line: number;
	readonly start: number;
	readonly detailsFrom: number;
	settings: StepSettings;
	/** The last line of the unbroken run of indented lines below it, in which its settings stand. */
	runEndsAt: number;
}

const HEADING = /^#{1,6}(?:\s|$)/;
const MOST_INDENT_OF_A_HEADING = 3;
const LONGEST_HEADING_MARK = 8;
const QUOTED = 80;

const quoted = (text: string): string => (text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);

/** Reads a document by its lines, in linear time. It never fails: what is odd becomes a warning. */
export function parseDocument(name: string, text: string): PlaybookDocument {
	const steps: Step[] = [];
	const markers: Marker[] = [];
	const front = readFrontMatter(text);
	const warnings: string[] = [...(front?.warnings ?? [])];
	let open: OpenStep | undefined;

	const close = (end: number): void => {
		if (open === undefined) return;
		const { box, line, start, detailsFrom, settings } = open;
		steps.push({ index: steps.length, line, ...box, details: text.slice(detailsFrom, end), block: { start, end }, settings });
		open = undefined;
	};

	const set = (step: OpenStep, line: number, content: string): boolean => {
		const found = readSetting(content);
		if (found === undefined) return false;
		if (found.settings === undefined) warnings.push(`Line ${line}: the value of "${found.name}" is not understood; it is left aside.`);
		else if (step.settings[found.name] !== undefined) warnings.push(`Line ${line}: "${found.name}" is said twice for one step; the first holds.`);
		else step.settings = { ...step.settings, ...found.settings };
		return true;
	};

	const readComment = (line: Readonly<Line>): void => {
		const content = text.slice(line.content, line.end).trimEnd();
		const marker = readMarker(content, line.number);
		if (marker !== undefined) markers.push(marker);
		else if (open !== undefined) set(open, line.number, content);
	};

	const unclosed = eachLine(
		text,
		(line) => {
			const isInRun = open?.runEndsAt === line.number - 1;
			switch (text.charAt(line.content)) {
				case '-':
				case '*':
				case '+': {
					const box = readCheckbox(text, line);
					if (box === undefined) break;
					close(line.start);
					if (!box.isDone && needsPerson(box.text)) warnings.push(`Line ${line.number}: this reads as a step that only a person can do: "${quoted(box.text)}".`);
					open = { box, line: line.number, start: line.start, detailsFrom: line.next, settings: {}, runEndsAt: line.number };
					return;
				}
				case '#':
					if (!isHeading(text, line)) break;
					close(line.start);
					return;
				case '<':
					if (text.startsWith('<!--', line.content)) readComment(line);
					break;
				default:
					if (open !== undefined && isInRun && line.content > line.start && line.content < line.end) set(open, line.number, text.slice(line.content, line.end).trimEnd());
			}
			const goesOn = line.content < line.end && (line.content > line.start || text.charAt(line.content) === '<');
			if (open !== undefined && isInRun && goesOn) open.runEndsAt = line.number;
		},
		front,
	);
	close(text.length);
	if (unclosed !== undefined) warnings.push(`Line ${unclosed}: this fence is never closed; no step below it is seen.`);
	return { name, text, frontMatter: front?.frontMatter ?? {}, steps, markers, warnings };
}

function isHeading(text: string, { start, content, end }: Readonly<Line>): boolean {
	return content - start <= MOST_INDENT_OF_A_HEADING && HEADING.test(text.slice(content, Math.min(end, content + LONGEST_HEADING_MARK)));
}
