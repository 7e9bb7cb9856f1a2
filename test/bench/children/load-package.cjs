// Loads the nodes of a package folder as n8n does at its start, and says how long it took and which third-party packages it loaded.
const { registerHooks } = require('node:module');

const [folder, watch] = process.argv.slice(2);
const { PackageDirectoryLoader } = require('n8n-core');

const loaded = new Set();
// Watched in processes of their own: a hook costs time. It sees both require and import.
if (watch === 'watch') {
	registerHooks({
		resolve(specifier, context, next) {
			const result = next(specifier, context);
			const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(result.url)?.[1];
			if (name !== undefined) loaded.add(name);
			return result;
		},
	});
}

async function main() {
	const before = performance.now();
	const loader = new PackageDirectoryLoader(folder);
	await loader.loadAll();
	const ms = performance.now() - before;
	console.log(JSON.stringify({ ms, nodes: Object.keys(loader.nodeTypes).length, credentials: Object.keys(loader.credentialTypes).length, loaded: [...loaded] }));
}

main();
