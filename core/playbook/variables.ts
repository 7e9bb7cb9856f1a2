/** By name in capitals. */
export type Variables = Readonly<Record<string, string>>;

export interface Filled {
	readonly text: string;
	/** Each once, as it is written in the text. */
	readonly unknown: readonly string[];
}

const VARIABLE = /\{\{[ \t]{0,20}([A-Za-z_][A-Za-z0-9_]*)[ \t]{0,20}\}\}/g;
const BRACES = '{{}}'.length;
const MOST_UNKNOWN = 20;
const LOOP_DIGITS = 5;

/** Puts values in place of `{{NAME}}` or `{{ NAME }}`, whatever its case. A value is not looked through again, so that none can bring in another. */
export function fillVariables(text: string, variables: Variables): Filled {
	const unknown = new Set<string>();
	const filled = text.replace(VARIABLE, (whole, name: string) => {
		const value = variables[name.toUpperCase()];
		if (value !== undefined) return value;
		// Templates of other programs look like `{{ title }}`, and prose may quote them.
		const isMeant = whole.length === name.length + BRACES || name === name.toUpperCase();
		if (isMeant && unknown.size < MOST_UNKNOWN) unknown.add(whole);
		return whole;
	});
	return { text: filled, unknown: [...unknown] };
}

export interface VariableFacts {
	readonly agentName: string;
	/** The worktree's folder. */
	readonly worktree: string;
	readonly branch: string;
	/** The folder of the playbook's working copies. */
	readonly folder: string;
	readonly documentName: string;
	readonly documentPath: string;
	readonly loop: number;
	readonly now: Date;
}

/** The variables of the format. Date and time are in UTC; the pass of the loop has five digits, since it names files. */
export function formatVariables(facts: VariableFacts): Variables {
	const [date = '', time = ''] = facts.now.toISOString().split(/[T.]/);
	return {
		AGENT_NAME: facts.agentName,
		AGENT_PATH: facts.worktree,
		CWD: facts.worktree,
		AUTORUN_FOLDER: facts.folder,
		DOCUMENT_NAME: facts.documentName,
		DOCUMENT_PATH: facts.documentPath,
		LOOP_NUMBER: String(facts.loop).padStart(LOOP_DIGITS, '0'),
		DATE: date,
		TIME: time,
		GIT_BRANCH: facts.branch,
	};
}
