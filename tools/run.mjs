// The one entry behind every npm script: sets up what the command needs, then runs it with a Node that is new enough.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeModules, root } from './paths.mjs';
import { runHere } from './process.mjs';
import { say, ToolError } from './report.mjs';
import { setUp } from './set-up.mjs';

const commands = {
	build: { needs: ['build!'], run: undefined },
	lint: { needs: [], run: (args) => ['eslint/bin/eslint.js', '--max-warnings', '0', ...(args.length > 0 ? args : ['.'])] },
	test: { needs: testNeeds, run: (args) => ['jest/bin/jest.js', ...args], nodeOptions: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
	demo: { needs: ['claude', 'host', 'build'], script: 'test/demo/demo.ts' },
	start: { needs: ['claude', 'host', 'build'], script: 'test/demo/start.ts' },
	pictures: { needs: ['claude', 'host', 'build'], script: 'test/demo/pictures.ts' },
	bench: { needs: ['claude', 'host', 'build'], script: 'test/bench/bench.ts' },
};

/** `npm test -- test/unit/git` needs no n8n: only end-to-end tests do. */
function testNeeds(args) {
	const paths = args.filter((argument) => !argument.startsWith('-'));
	const isNarrow = paths.length > 0 && paths.every((path) => /(^|\/)(unit|engine)(\/|$)/.test(path));
	return isNarrow ? ['claude'] : ['claude', 'host', 'build'];
}

async function main() {
	const [name, ...args] = process.argv.slice(2);
	const command = commands[name];
	if (command === undefined) throw new ToolError(`There is no command "${name ?? ''}". There are: ${Object.keys(commands).join(', ')}.`);
	const needs = typeof command.needs === 'function' ? command.needs(args) : command.needs;
	const { node, env } = await setUp(needs);
	if (command.nodeOptions) env.NODE_OPTIONS = [env.NODE_OPTIONS, command.nodeOptions].filter(Boolean).join(' ');
	if (command.script) {
		if (!existsSync(join(root, command.script))) throw new ToolError(`${command.script} is missing.`);
		// In one process: tsx's own command gives up on its child at the second signal, and Ctrl-C comes from the terminal and from here.
		env.TSX_TSCONFIG_PATH = join(root, 'test/tsconfig.json');
		return await runHere(node, ['--import', pathToFileURL(join(nodeModules, 'tsx/dist/loader.mjs')).href, command.script, ...args], { cwd: root, env });
	}
	if (command.run) {
		const [tool, ...rest] = command.run(args);
		return await runHere(node, [join(nodeModules, tool), ...rest], { cwd: root, env });
	}
	return 0;
}

try {
	process.exitCode = await main();
} catch (error) {
	say(error instanceof ToolError ? error.message : error.stack);
	process.exitCode = 1;
}
