import { delimiter, dirname } from 'node:path';
import { runLogged } from './process.mjs';

/** The npm that runs this script where there is one (no shell is needed then, on any system), else the one on PATH. */
export async function npm(args, { cwd, env = process.env, log, what }) {
	const own = process.env.npm_execpath;
	const [command, ...first] = own?.endsWith('.js') ? [process.execPath, own] : ['npm'];
	await runLogged(command, [...first, ...args], { cwd, env: withoutNpmScriptVariables(env), log, what });
}

/** npm tells a script about the package that it belongs to; an npm started for another folder must not read that. */
function withoutNpmScriptVariables(env) {
	const own = /^npm_(package_|lifecycle_|config_local_prefix$|command$)/;
	return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}

export function withNodeFirst(env, node) {
	return { ...env, PATH: [dirname(node), env.PATH].filter(Boolean).join(delimiter) };
}
