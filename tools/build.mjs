import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { cache, nodeModules, root } from './paths.mjs';
import { runHere } from './process.mjs';
import { say, ToolError } from './report.mjs';

const SOURCE_FOLDERS = ['core', 'nodes', 'credentials'];
const SOURCE_FILES = ['gulpfile.js', 'tsconfig.json', 'package-lock.json'];

/** Compiles into dist/, by way of a folder aside, so that nobody ever reads half a build. */
export async function build({ node, env, force }) {
	await withLock(join(cache, 'build.lock'), 'the build', 5 * 60_000, async () => {
		const stamp = join(cache, 'build.stamp');
		const sources = hashOfSources();
		if (!force && existsSync(join(root, 'dist')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
		say('building dist/');
		const aside = join(cache, 'dist');
		rmSync(aside, { recursive: true, force: true });
		mkdirSync(aside, { recursive: true });
		await step(node, [join(nodeModules, 'typescript/bin/tsc'), '-p', '.', '--outDir', aside], env);
		await step(node, [join(nodeModules, 'gulp/bin/gulp.js'), '--silent'], { ...env, MAESTRO_BUILD_DIR: aside });
		rmSync(join(root, 'dist'), { recursive: true, force: true });
		renameSync(aside, join(root, 'dist'));
		writeFileSync(stamp, sources);
	});
}

async function step(node, args, env) {
	const code = await runHere(node, args, { cwd: root, env });
	if (code !== 0) throw new ToolError('The build failed; dist/ is as it was.');
}

function hashOfSources() {
	const inFolders = SOURCE_FOLDERS.flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
	);
	const hash = createHash('sha256');
	for (const path of [...inFolders.sort(), ...SOURCE_FILES.map((file) => join(root, file))]) {
		hash.update(path).update('\0').update(readFileSync(path)).update('\0');
	}
	return hash.digest('hex');
}
