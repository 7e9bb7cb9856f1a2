import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from '../../../core/playbook';
import { BUNDLED_PLAYBOOKS, bundledPluginDir, readBundledPlaybook } from '../../../nodes/shared/bundled';

const root = resolve(__dirname, '../../..');
const folder = join(root, 'playbooks');
const names = BUNDLED_PLAYBOOKS.map(({ name }) => name);

describe('the bundled playbooks', () => {
	it('are those of the folder, and are shipped', () => {
		const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
		expect(files.sort()).toEqual(names.map((name) => `${name}.md`).sort());
		const manifest: { files: string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
		expect(manifest.files).toContain('playbooks');
	});

	it.each(BUNDLED_PLAYBOOKS)('$name says of itself what the list says of it', async ({ name, title, description }) => {
		const { frontMatter } = parseDocument(name, await readBundledPlaybook(name));
		expect(frontMatter.name?.toLowerCase()).toBe(title.toLowerCase());
		expect(frontMatter.description).toBe(description);
	});

	it.each(names)('%s is read without a warning', async (name) => {
		const document = parseDocument(name, await readBundledPlaybook(name));
		expect(document.warnings).toEqual([]);
		expect(document.frontMatter.freshContext).toBe('document');
		expect(document.steps.filter(({ isDone }) => isDone)).toEqual([]);
		expect(document.markers).toEqual([]);
	});

	it('fix-bug wants a failing test before the fix, and the same check to pass after it', async () => {
		const { steps } = parseDocument('fix-bug', await readBundledPlaybook('fix-bug'));
		expect(steps.map(({ settings }) => settings)).toEqual([
			{ verify: '{{VERIFY_COMMAND}}', expect: 'fail' },
			{ verify: '{{VERIFY_COMMAND}}', expect: 'pass' },
			{ verify: '{{VERIFY_COMMAND}}', change: false },
		]);
	});

	it('implement-feature plans without touching the repository, and checks each step after that', async () => {
		const { steps } = parseDocument('implement-feature', await readBundledPlaybook('implement-feature'));
		expect(steps.map(({ settings }) => settings)).toEqual([
			{ allowedPaths: [], change: false },
			{ verify: '{{VERIFY_COMMAND}}', expect: 'pass' },
			{ verify: '{{VERIFY_COMMAND}}', change: false },
			{ verify: '{{VERIFY_COMMAND}}', change: false },
		]);
	});

	it('decompose-feature changes nothing in the repository, and ends with the one report that is a plan', async () => {
		const { frontMatter, steps } = parseDocument('decompose-feature', await readBundledPlaybook('decompose-feature'));
		expect(frontMatter.allowedPaths).toEqual([]);
		expect(steps.map(({ settings }) => settings.report)).toEqual([undefined, undefined, 'plan']);
		expect(steps.map(({ settings }) => settings.change)).toEqual([false, false, false]);
	});

	it('find-cause changes nothing, and runs nothing', async () => {
		const { frontMatter, steps } = parseDocument('find-cause', await readBundledPlaybook('find-cause'));
		expect(frontMatter.allowedPaths).toEqual([]);
		expect(frontMatter.verify).toBeUndefined();
		expect(steps.map(({ settings }) => settings)).toEqual([{ change: false }]);
	});

	it.each(['../package', '../README', 'fix-bug.md', 'plugin/commands/implement-feature', '/etc/hosts', '', 'Fix a Bug', 'constructor', 'fix-bug\u0000'])(
		'are the only files that can be read: not %j',
		async (name) => {
			await expect(readBundledPlaybook(name)).rejects.toMatchObject({ code: 'bad_playbook', advice: expect.stringContaining('fix-bug') });
		},
	);
});

describe('the bundled plugin', () => {
	const dir = bundledPluginDir();
	const read = (...path: string[]): string => readFileSync(join(dir, ...path), 'utf8');

	it('is named maestro and holds the commands and skills that the docs promise', () => {
		expect(JSON.parse(read('.claude-plugin', 'plugin.json'))).toMatchObject({ name: 'maestro' });
		expect(readdirSync(join(dir, 'commands')).sort()).toEqual(['fix-github-issue.md', 'implement-feature.md']);
		expect(readdirSync(join(dir, 'skills')).sort()).toEqual(['maestro-orchestrator', 'maestro-worker']);
	});

	it('runs nothing of its own and grants itself no tools', () => {
		expect(readdirSync(dir).sort()).toEqual(['.claude-plugin', 'commands', 'skills']);
		for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))) {
			expect(read(file)).not.toMatch(/^(allowed-tools|hooks|model):|!`/m);
		}
	});

	it.each(['maestro-worker', 'maestro-orchestrator'])('names the skill %s as its folder, and says when to use it', (name) => {
		const { frontMatter, text } = parseDocument(name, read('skills', name, 'SKILL.md'));
		expect(frontMatter).toMatchObject({ name, description: expect.stringMatching(/Use it when/) });
		expect(text.split('\n').length).toBeLessThan(100);
	});

	it('lets its commands and playbooks refer only to skills that are there', () => {
		const texts = [...names.map((name) => readFileSync(join(folder, `${name}.md`), 'utf8')), ...readdirSync(join(dir, 'commands')).map((file) => read('commands', file))];
		const skills = texts.flatMap((text) => [...text.matchAll(/`maestro:([\w-]+)`/g)].map(([, name]) => name));
		expect(skills.length).toBeGreaterThan(2);
		expect(skills.filter((name) => !existsSync(join(dir, 'skills', name ?? '', 'SKILL.md')))).toEqual([]);
	});
});
