import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { keepInstalled } from './install.mjs';
import { npm } from './npm.mjs';
import { cache, root } from './paths.mjs';
import { runLogged } from './process.mjs';

/** The pinned Claude Code CLI of test/host/claude/package.json, in .cache/claude. */
export async function claude(env) {
	const log = join(cache, 'claude.log');
	return await keepInstalled({
		name: 'claude',
		what: 'Claude Code',
		packageJson: readFileSync(join(root, 'test/host/claude/package.json'), 'utf8'),
		steps: [
			{
				name: 'install',
				run: (cwd) => npm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, env, log, what: 'Installing Claude Code' }),
			},
			// Its install script puts the platform's binary in place; called by name, as npm may be set to run none.
			{
				name: 'binary',
				run: (cwd) => runLogged(process.execPath, ['node_modules/@anthropic-ai/claude-code/install.cjs'], { cwd, env, log, what: 'Setting up Claude Code' }),
			},
		],
		works: (cwd) => execFileSync(join(cwd, 'node_modules/.bin/claude'), ['--version'], { encoding: 'utf8', env }).includes('Claude Code'),
	});
}
