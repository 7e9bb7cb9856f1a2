import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MaestroError } from '../../core/errors';

/** Before 2.39 what wakes a waiting execution leaves on the first output only, so that every verdict would be "Merged". */
const MINIMUM = [2, 39] as const;

/** Pure. Throws `n8n_too_old`. */
export function checkHostVersion(version: string): void {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
	throw new MaestroError(
		'n8n_too_old',
		`This is n8n ${version}, and Maestro needs ${MINIMUM.join('.')} or later`,
		'Update n8n. Maestro waits for pull requests in a way that older versions carry to the wrong output.',
		{ version },
	);
}

/** The version of the n8n that this process runs: n8n's program lies in `bin` beside its package.json. Undefined elsewhere. */
async function hostVersion(program: string | undefined): Promise<string | undefined> {
	if (program === undefined) return undefined;
	try {
		const manifest: unknown = JSON.parse(await readFile(join(dirname(await realpath(program)), '..', 'package.json'), 'utf8'));
		if (typeof manifest !== 'object' || manifest === null || !('name' in manifest && 'version' in manifest)) return undefined;
		return manifest.name === 'n8n' && typeof manifest.version === 'string' ? manifest.version : undefined;
	} catch {
		// Some other program loads the node, a test for example: there is nothing to refuse then.
		return undefined;
	}
}

let checked: Promise<void> | undefined;

/** Refuses an n8n that is too old; looks once for each process. */
export async function requireHost(program = process.argv[1]): Promise<void> {
	checked ??= hostVersion(program).then((version) => {
		if (version !== undefined) checkHostVersion(version);
	});
	await checked;
}
