import { skipBlanks } from './blanks';
import { readCheckbox, type Checkbox } from './checkbox';
import { readFrontMatter } from './front-matter';
import { needsPerson } from './human';
import { eachLine, type Line } from './lines';
import { readMarker } from './markers';
import { misplaced, misspelt, type Misread } from './misread';
import type { Marker, PlaybookDocument, Step, StepSettings } from './playbook';
import { readSetting } from './step-settings';
import { unclosedFrontMatter } from './unclosed';

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

const MINUS = 0x2d;
const ASTERISK = 0x2a;
const PLUS = 0x2b;
const HASH = 0x23;
const LESS_THAN = 0x3c;

const HEADING = /^#{1,6}(?:\s|$)/;
const MOST_INDENT_OF_A_HEADING = 3;
const LONGEST_HEADING_MARK = 8;
const QUOTED = 80;
const MOST_WARNINGS = 50;

const quoted = (text: string): string => (text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);

/** Reads a document by its lines, in linear time. It never fails: what is odd becomes a warning. */
export function parseDocument(name: string, text: string): PlaybookDocument {
	const steps: Step[] = [];
	const markers: Marker[] = [];
	const front = readFrontMatter(text);
	const warnings: string[] = [...(front?.warnings ?? unclosedFrontMatter(text))];
	const emptyChecks: number[] = [...(front?.emptyChecks ?? [])];
	let open: OpenStep | undefined;

	const close = (end: number): void => {
		if (open === undefined) return;
		const { box, line, start, detailsFrom, settings } = open;
		steps.push({ index: steps.length, line, isDone: box.isDone, text: box.text, details: text.slice(detailsFrom, end), mark: box.mark, block: { start, end }, settings });
		open = undefined;
	};

	const set = (step: OpenStep, line: number, content: string): boolean => {
		const found = readSetting(content);
		if (found === undefined) return false;
		if (found.name === 'verify' && found.settings === undefined) emptyChecks.push(line);
		if (found.settings === undefined) warnings.push(`Line ${line}: the value of "${found.name}" is not understood; it is left aside.`);
		else if (step.settings[found.name] !== undefined) warnings.push(`Line ${line}: "${found.name}" is said twice for one step; the first holds.`);
		else step.settings = { ...step.settings, ...found.settings };
		return true;
	};

	const warnOfPlace = (step: OpenStep | undefined, line: number, name: string | undefined): void => {
		if (step === undefined || name === undefined) return;
		warnings.push(`Line ${line}: "${name}" is not read here, and is left aside at the step on line ${step.line}. Write it indented right below that step, before any blank line.`);
	};

	const warnOfSpelling = (step: OpenStep, line: number, found: Misread | undefined): void => {
		if (found === undefined) return;
		warnings.push(`Line ${line}: "${found.written}:" as it is written here is no setting, and is left aside at the step on line ${step.line}. If "${found.meant}" is meant, write "${found.meant}: " and then its value.`);
	};

	const readComment = (line: Readonly<Line>): void => {
		const content = text.slice(line.content, line.end).trimEnd();
		// One comment, and nothing else on the line.
		if (content.indexOf('-->') !== content.length - '-->'.length) {
			warnOfPlace(open, line.number, misplaced(text, skipBlanks(text, line.content + '<!--'.length, line.end)));
			return;
		}
		const marker = readMarker(content, line.number);
		if (marker !== undefined) markers.push(marker);
		else if (open !== undefined && !set(open, line.number, content)) warnOfSpelling(open, line.number, misspelt(content));
	};

	const readPlain = (step: OpenStep, line: Readonly<Line>, isIndented: boolean): void => {
		const content = text.slice(line.content, line.end).trimEnd();
		if (!isIndented) warnOfPlace(step, line.number, misplaced(text, line.content));
		else if (!set(step, line.number, content)) warnOfSpelling(step, line.number, misspelt(content));
	};

	const readLine = (line: Readonly<Line>): void => {
		const kind = kindOf(text, line);
		const isInRun = open !== undefined && open.runEndsAt === line.number - 1;
		if (kind === 'other' && !isInRun) {
			warnOfPlace(open, line.number, misplaced(text, line.content));
			return;
		}
		if (kind === 'bullet') {
			const box = readCheckbox(text, line);
			if (box !== undefined) {
				close(line.start);
				if (!box.isDone && needsPerson(box.text)) warnings.push(`Line ${line.number}: this reads as a step that only a person can do: "${quoted(box.text)}".`);
				open = { box, line: line.number, start: line.start, detailsFrom: line.next, settings: {}, runEndsAt: line.number };
				return;
			}
			warnOfPlace(open, line.number, misplaced(text, skipBlanks(text, line.content + 1, line.end)));
		}
		if (kind === 'heading') close(line.start);
		if (kind === 'comment') readComment(line);
		if (open === undefined || !isInRun) return;
		const isIndented = line.content > line.start && line.content < line.end;
		if (kind === 'other') readPlain(open, line, isIndented);
		if (kind === 'comment' || isIndented) open.runEndsAt = line.number;
	};

	const unclosed = eachLine(text, readLine, front);
	close(text.length);
	if (unclosed !== undefined) warnings.push(`Line ${unclosed}: this fence is never closed; no step below it is seen.`);
	return { name, text, frontMatter: front?.frontMatter ?? {}, steps, markers, warnings: bounded(warnings), emptyChecks };
}

function bounded(warnings: readonly string[]): readonly string[] {
	const more = warnings.length - MOST_WARNINGS;
	return more <= 0 ? warnings : [...warnings.slice(0, MOST_WARNINGS), `There are ${more} more of these.`];
}

type Kind = 'bullet' | 'heading' | 'comment' | 'other';

/** What a line may be, by its first character that is no blank. */
function kindOf(text: string, { start, content, end }: Readonly<Line>): Kind {
	switch (content < end ? text.charCodeAt(content) : 0) {
		case MINUS:
		case ASTERISK:
		case PLUS:
			return 'bullet';
		case HASH:
			return content - start <= MOST_INDENT_OF_A_HEADING && HEADING.test(text.slice(content, Math.min(end, content + LONGEST_HEADING_MARK))) ? 'heading' : 'other';
		case LESS_THAN:
			return text.startsWith('<!--', content) ? 'comment' : 'other';
		default:
			return 'other';
	}
}
