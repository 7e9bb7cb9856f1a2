/** The playbooks that come with the package, and the plugin with their commands and skills. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MaestroError, messageOf } from '../../core/errors';

export interface BundledPlaybook {
	/** Of its file, without `.md`; tasks and workflows name it so. */
	readonly name: string;
	/** For a list that a person chooses from. */
	readonly title: string;
	readonly description: string;
}

/** A list rather than a look into the folder: a node's description must stand before anything is read. The tests hold it against the files. */
export const BUNDLED_PLAYBOOKS: readonly BundledPlaybook[] = [
	{ name: 'fix-bug', title: 'Fix a Bug', description: 'Proves the bug with a failing test, mends its cause, and looks the change through' },
	{ name: 'implement-feature', title: 'Implement a Feature', description: 'Plans a small change, builds it with tests, brings the docs up to date, and looks the change through' },
	{ name: 'decompose-feature', title: 'Decompose a Feature', description: 'Turns a large specification into requirements and at most ten tasks, each with a pull request of its own' },
	{ name: 'find-cause', title: 'Find a Cause', description: 'Reads the code and says what causes a problem, without changing anything' },
];

/** Of the only playbook for a task that may reach no more than its cause. */
export const FIND_CAUSE = 'find-cause';

/** Compiled files lie one folder deeper than their sources, so that the package's own folder is looked for. */
function packageFolder(from: string): string {
	if (existsSync(join(from, 'package.json'))) return from;
	const above = dirname(from);
	if (above === from) throw new MaestroError('bad_playbook', 'The folder of n8n-nodes-maestro cannot be found', 'Install the package again.', { from: __dirname });
	return packageFolder(above);
}

const playbooksFolder = (): string => join(packageFolder(__dirname), 'playbooks');

/** For `AgentRequest.pluginDirs`. */
export const bundledPluginDir = (): string => join(playbooksFolder(), 'plugin');

/** The text of a bundled playbook. Only names from the list are read, so that none leads elsewhere. Throws `bad_playbook`. */
export async function readBundledPlaybook(name: string): Promise<string> {
	const names = BUNDLED_PLAYBOOKS.map((playbook) => playbook.name);
	if (!names.includes(name)) throw new MaestroError('bad_playbook', `There is no bundled playbook "${name.slice(0, 100)}"`, `Choose one of ${names.join(', ')}.`, { name });
	try {
		return await readFile(join(playbooksFolder(), `${name}.md`), 'utf8');
	} catch (error) {
		throw new MaestroError('bad_playbook', `The bundled playbook "${name}" cannot be read: ${messageOf(error)}`, 'Install the package again.', { name }, error);
	}
}
