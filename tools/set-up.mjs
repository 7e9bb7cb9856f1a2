import { build } from './build.mjs';
import { claude } from './claude.mjs';
import { dependencies } from './dependencies.mjs';
import { host } from './host.mjs';
import { node24 } from './node24.mjs';
import { withNodeFirst } from './npm.mjs';

/** Brings up Node and the dependencies, and what else is named: `claude`, `host`, `build` (when out of date), `build!` (always). */
export async function setUp(needs) {
	const node = await node24();
	const env = withNodeFirst(process.env, node);
	await dependencies(env);
	if (needs.includes('claude')) await claude(env);
	if (needs.includes('host')) await host(env);
	if (needs.includes('build') || needs.includes('build!')) await build({ node, env, force: needs.includes('build!') });
	return { node, env };
}
