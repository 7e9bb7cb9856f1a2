import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { keepInstalled } from './install.mjs';
import { npm } from './npm.mjs';
import { cache, root } from './paths.mjs';

/** The pinned n8n of test/host/package.json, in .cache/host. */
export async function host(env) {
	const log = join(cache, 'host.log');
	return await keepInstalled({
		name: 'host',
		what: 'n8n',
		packageJson: readFileSync(join(root, 'test/host/package.json'), 'utf8'),
		steps: [
			{
				name: 'install',
				run: (cwd) => npm(['install', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, env, log, what: 'Installing n8n' }),
			},
			// Of n8n's native parts only SQLite's is needed here.
			{ name: 'sqlite', run: (cwd) => npm(['rebuild', 'sqlite3'], { cwd, env: { ...env, ...nodeHeaders() }, log, what: "Building SQLite's native module" }) },
		],
		works: (cwd) => existsSync(join(cwd, 'node_modules/sqlite3/build/Release/node_sqlite3.node')) && existsSync(join(cwd, 'node_modules/n8n/bin/n8n')),
	});
}

/** Where Node's headers lie beside it, a build needs no download of them. SQLite's module is Node-API: any version's headers do. */
function nodeHeaders() {
	const prefix = resolve(dirname(process.execPath), '..');
	return existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {};
}
