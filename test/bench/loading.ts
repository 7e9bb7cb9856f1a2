/** What the package adds to n8n's start. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../e2e/support/paths';
import { numberOf, runChild, stringsOf } from './child';
import { median, milliseconds, pairs, type Figure } from './figure';

const ROUNDS = 9;
const HEAVY = ['zod', 'execa', 'simple-git', '@octokit/rest'];

/** n8n looks for a package below a `node_modules`; the one without nodes is what its loader costs by itself. */
async function emptyPackage(root: string): Promise<string> {
	const folder = join(root, 'node_modules/n8n-nodes-empty');
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'n8n-nodes-empty', version: '1.0.0', n8n: { n8nNodesApiVersion: 1, nodes: [], credentials: [] } }));
	return folder;
}

export const figure: Figure = {
	name: 'loading',
	about: "all nodes of the built package through n8n's own PackageDirectoryLoader, in fresh processes, next to an empty package",
	measure: async (say) => {
		const root = await mkdtemp(join(tmpdir(), 'maestro-bench-loading-'));
		// n8n-core writes its settings when it is loaded: not into the home folder of whoever measures.
		const env = { N8N_USER_FOLDER: root };
		const load = async (folder: string): Promise<number> => numberOf(await runChild('load-package.cjs', [folder], { env }), 'ms');
		try {
			const empty = await emptyPackage(root);
			const watched = await runChild('load-package.cjs', [repositoryRoot, 'watch'], { env });
			say(`${numberOf(watched, 'nodes')} nodes, ${numberOf(watched, 'credentials')} credentials; third-party packages loaded: ${stringsOf(watched, 'loaded').join(', ') || 'none'}`);
			const heavy = stringsOf(watched, 'loaded').filter((name) => HEAVY.includes(name));
			const found = await pairs(ROUNDS, async () => await load(repositoryRoot), async () => await load(empty), say, milliseconds);
			const beyond = median(found.map(({ ours, bare }) => ours - bare));
			return [
				{ what: "loading all nodes beyond n8n's own", target: '≤ 60 ms', value: milliseconds(beyond), met: beyond <= 60 },
				{ what: 'heavy dependencies loaded at the start', target: 'none', value: heavy.join(', ') || 'none', met: heavy.length === 0 },
			];
		} finally {
			await rm(root, { recursive: true, force: true });
		}
	},
};
