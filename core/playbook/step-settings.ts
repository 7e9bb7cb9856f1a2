import { EXPECTATIONS, type StepSettings } from './playbook';
import { readAmount, readBoolean, readCount, readList, readText, readWord, unquote } from './values';

const MOST_TURNS = 10_000;

/** What one setting's value means, as the part of the settings that it fills; undefined when it is malformed. */
const READERS: Readonly<Record<keyof StepSettings, (value: string) => StepSettings | undefined>> = {
	verify: (value) => filled(readText(value), (verify) => ({ verify })),
	expect: (value) => filled(readWord(value, EXPECTATIONS), (expect) => ({ expect })),
	model: (value) => filled(readText(value), (model) => ({ model })),
	maxTurns: (value) => filled(readCount(value, MOST_TURNS), (maxTurns) => ({ maxTurns })),
	maxBudgetUsd: (value) => filled(readAmount(value), (maxBudgetUsd) => ({ maxBudgetUsd })),
	allowedPaths: (value) => filled(readList(value), (allowedPaths) => ({ allowedPaths })),
	change: (value) => filled(readBoolean(value), (change) => ({ change })),
	report: (value) => filled(readWord(value, ['plan']), (report) => ({ report })),
};

function filled<T>(value: T | undefined, into: (value: T) => StepSettings): StepSettings | undefined {
	return value === undefined ? undefined : into(value);
}

const isSetting = (name: string): name is keyof StepSettings => Object.hasOwn(READERS, name);

export const STEP_SETTINGS: readonly (keyof StepSettings)[] = Object.keys(READERS).filter(isSetting);

/** Is the value one that this setting may have? */
export const readsAs = (name: keyof StepSettings, value: string): boolean => READERS[name](unquote(value)) !== undefined;

/** A line such as `verify: npm test`. Only these names, so that the prose of a playbook is not misread. */
const PLAIN = /^([a-zA-Z]+):(?:\s+(.*))?$/;
const COMMENT = /^<!--\s*([a-zA-Z]+):\s([^]*)-->$/;
const LONGEST_LINE = 10_000;

export interface ReadSetting {
	readonly name: keyof StepSettings;
	/** Undefined: the value is malformed. */
	readonly settings: StepSettings | undefined;
}

/** The setting that a line is, if it is one; `line` is without the blanks around it. */
export function readSetting(line: string): ReadSetting | undefined {
	if (line.length > LONGEST_LINE) return undefined;
	const [, name = '', value = ''] = (line.startsWith('<!--') ? COMMENT : PLAIN).exec(line) ?? [];
	if (!isSetting(name)) return undefined;
	return { name, settings: READERS[name](unquote(value.trim())) };
}
