const MAX_LENGTH = 60;

export interface BranchSubject {
	/** 0: none. */
	readonly issueNumber: number;
	readonly taskId: number;
	readonly title: string;
	/** The task that was completed before and is back; 0: none. */
	readonly regressionOf: number;
}

/**
 * `maestro/12-fix-the-crash`, or `maestro/task-7-fix-the-crash` for a task without an issue and for one that goes on with a completed one, whose
 * branch may still be there. At most 60 ASCII characters.
 */
export function branchName({ issueNumber, taskId, title, regressionOf }: BranchSubject): string {
	const start = `maestro/${issueNumber > 0 && regressionOf === 0 ? String(issueNumber) : `task-${taskId}`}`;
	const words = title
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter((word) => word !== '');
	let name = start;
	for (const word of words) {
		const longer = `${name}-${word}`;
		if (longer.length > MAX_LENGTH) {
			// A title that is one long word still gives a name that says something.
			if (name === start) name = longer.slice(0, MAX_LENGTH);
			break;
		}
		name = longer;
	}
	return name;
}

/** A branch name that git takes and that no command mistakes for an option or a pattern. */
export function isBranchName(name: string): boolean {
	if (name === '' || name.length > 240 || name === '@' || name.startsWith('-') || name.endsWith('/') || name.endsWith('.')) return false;
	if (/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
	return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
