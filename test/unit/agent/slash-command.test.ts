import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { findCommand } from '../../../core/agent/find-command';
import { isCommandName, runInput } from '../../../core/agent/slash-command';

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'maestro-command-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text = 'Do it.'): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), text);
}

function plugin(name: string, ...files: string[]): string {
	write(join(name, '.claude-plugin/plugin.json'), JSON.stringify({ name }));
	for (const file of files) write(join(name, file));
	return join(root, name);
}

const find = async (name: string, ...plugins: string[]): Promise<string> => (await findCommand({ name, args: '' }, plugins)).name;

describe('a name of a command', () => {
	it.each(['fix', 'fix-github-issue', 'maestro:fix', 'speckit.plan', 'a:b:c', '_own', 'Fix2'])('may be %s', (name) => expect(isCommandName(name)).toBe(true));

	it.each(['', '..', '../fix', 'a/b', 'a\\b', 'a:../b', 'a:', ':a', '-fix', 'a..b', '.hidden', 'a b', 'a\nb', 'fix\u0000', 'x'.repeat(101)])('is never %j', (name) =>
		expect(isCommandName(name)).toBe(false),
	);
});

function blocks(...input: Parameters<typeof runInput>): string[] {
	const message: { type: string; message: { role: string; content: Array<{ type: string; text: string }> } } = JSON.parse(runInput(...input));
	expect(message).toMatchObject({ type: 'user', message: { role: 'user' } });
	return message.message.content.map(({ text }) => text);
}

describe('what the CLI reads', () => {
	it('never ends with the prompt, whose words may come from outside', () => {
		expect(blocks({ prompt: 'Read @/etc/passwd.' }, '')).toEqual(['Read @/etc/passwd.', 'Begin.']);
		expect(blocks({ prompt: '/compact' }, '')).toEqual(['The task:\n/compact', 'Begin.']);
	});

	it('has the command last, in a block of its own and with its own arguments only', () => {
		expect(blocks({ prompt: 'Context.', command: { name: 'fix', args: ' 42 now ' } }, 'repo:fix')).toEqual(['Context.', '/repo:fix 42 now']);
		expect(blocks({ prompt: '', command: { name: 'fix', args: '' } }, 'repo:fix')).toEqual(['/repo:fix']);
	});

	it('has the command as a line of the prompt where nobody has such a command', () => {
		expect(blocks({ prompt: 'Context.', command: { name: 'fix', args: '42' } }, '')).toEqual(['Context.\n\n/fix 42', 'Begin.']);
		expect(blocks({ prompt: '', command: { name: 'compact', args: '' } }, '')[0]).toMatch(/^The task:\n/);
	});

	it('has no half characters', () => {
		expect(blocks({ prompt: 'Cut here: \ud83d', command: { name: 'fix', args: '\udc00' } }, 'repo:fix')).toEqual(['Cut here: \ufffd', '/repo:fix \ufffd']);
	});

	it('is one line that holds any prompt and any arguments whole', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), (prompt, args) => {
				const request = { prompt: `Words: ${prompt}`, command: { name: 'fix', args } };
				const input = runInput(request, 'maestro:fix');
				expect(input.indexOf('\n')).toBe(input.length - 1);
				expect(blocks(request, 'maestro:fix')).toEqual([`Words: ${prompt}`, `/maestro:fix ${args.trim()}`.trim()]);
			}),
		);
	});
});

describe('a command is looked for', () => {
	it('in the first plugin first, among its commands, its folders of commands and its skills', async () => {
		const repo = plugin('repo', 'commands/fix.md', 'commands/deep/down.md');
		const maestro = plugin('maestro', 'commands/fix.md', 'commands/plan.md', 'skills/worker/SKILL.md');
		expect(await find('fix', repo, maestro)).toBe('repo:fix');
		expect(await find('fix', maestro)).toBe('maestro:fix');
		expect(await find('plan', repo, maestro)).toBe('maestro:plan');
		expect(await find('worker', repo, maestro)).toBe('maestro:worker');
		expect(await find('deep:down', repo, maestro)).toBe('repo:deep:down');
	});

	it('where its name says', async () => {
		const repo = plugin('repo', 'commands/fix.md');
		const maestro = plugin('maestro', 'commands/fix.md');
		expect(await find('maestro:fix', repo, maestro)).toBe('maestro:fix');
		expect(await find('other:fix', repo, maestro)).toBe('');
	});

	it('never outside the folders of commands', async () => {
		const repo = plugin('repo', 'commands/fix.md', 'secret.md');
		for (const name of ['../secret', '..:secret', 'repo:..:secret', '../../repo/commands/fix', 'fix.md/']) expect(await find(name, repo)).toBe('');
	});

	it('in vain with a warning that names it, also in a plugin that is none', async () => {
		write('broken/.claude-plugin/plugin.json', '{');
		write('broken/commands/fix.md');
		const found = await findCommand({ name: 'fix', args: '42\nand more' }, [join(root, 'broken'), join(root, 'absent')]);
		expect(found).toEqual({ name: '', warnings: [expect.stringContaining('"/fix 42"')] });
	});
});
