/** What a playbook may ask for, in the real CLI: commands, and a folder beside the worktree. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundledPluginDir } from '../../../nodes/shared/bundled';
import type { AgentRequest, AgentResult } from '../../../core/agent/agent';
import { agentBench, type Bench } from '../../fixtures/agent/run';
import { done, say, use, when, type Turn } from '../../fixtures/model';

let bench: Bench;
const start = async (...turns: Turn[]): Promise<Bench> => (bench = await agentBench([when(/[^]*/).turns(turns.length === 0 ? [done('Done.')] : turns)]));
afterEach(async () => await bench.close());

function write(path: string, text: string, top = bench.worktree): string {
	const full = join(top, path);
	mkdirSync(dirname(full), { recursive: true });
	writeFileSync(full, text);
	return full;
}

const withPlugin = (changes: Partial<AgentRequest>): AgentRequest => bench.request({ tools: ['Read', 'Write', 'Bash', 'Skill'], pluginDirs: [bundledPluginDir()], ...changes });
const prompt = (): string => bench.model.requests.at(-1)?.conversation?.lastPrompt ?? '';
const everything = (): string => JSON.stringify(bench.model.requests.map(({ conversation }) => conversation));

function slashCommands({ transcriptPath }: AgentResult): string[] {
	const init = readFileSync(transcriptPath, 'utf8').split('\n').find((line) => line.includes('"subtype":"init"')) ?? '{}';
	const { slash_commands: names = [] }: { slash_commands?: string[] } = JSON.parse(init);
	return names;
}

describe('the commands and skills that come with Maestro', () => {
	it('are there for the agent', async () => {
		await start();
		const result = await bench.run(withPlugin({}));
		expect(slashCommands(result)).toEqual(
			expect.arrayContaining(['maestro:fix-github-issue', 'maestro:implement-feature', 'maestro:maestro-worker', 'maestro:maestro-orchestrator']),
		);
		expect(result).toMatchObject({ outcome: { kind: 'completed' }, warnings: [] });
	});

	it('take the place of their line, with its arguments and nothing of the prompt among them', async () => {
		await start();
		const result = await bench.run(withPlugin({ prompt: 'The pelican of the task.', command: { name: 'fix-github-issue', args: '4711' } }));
		expect(result).toMatchObject({ outcome: { kind: 'completed' }, structuredOutput: { summary: 'Done.' }, warnings: [] });
		expect(prompt()).toContain('Mend the bug of GitHub issue 4711.\n');
		expect(prompt()).toContain('<command-args>4711</command-args>');
		expect(prompt().split('The pelican of the task.')).toHaveLength(2);
		expect(bench.model.requests).toHaveLength(1);
	});

	it('work in a session that goes on', async () => {
		await start();
		const first = await bench.run(withPlugin({}));
		const session = { mode: 'resume', id: first.sessionId } as const;
		await bench.run(withPlugin({ session, prompt: 'A second step.', command: { name: 'implement-feature', args: 'a bell' } }));
		expect(bench.model.requests.at(-1)?.conversation?.prompts).toHaveLength(2);
		expect(prompt()).toContain('Implement this feature: a bell\n');
	});

	it('include the skills, which can be called like a command', async () => {
		await start();
		await bench.run(withPlugin({ command: { name: 'maestro-worker', args: '' } }));
		expect(prompt()).toContain('# Working for Maestro');
	});
});

describe('a command of the repository', () => {
	it('wins over one of the same name that comes with Maestro', async () => {
		await start();
		write('.claude/commands/fix-github-issue.md', 'House rules for issue $ARGUMENTS, says the heron.');
		const result = await bench.run(withPlugin({ command: { name: 'fix-github-issue', args: '42' } }));
		expect(slashCommands(result)).toEqual(expect.arrayContaining(['repo:fix-github-issue', 'maestro:fix-github-issue']));
		expect(prompt()).toContain('House rules for issue 42, says the heron.');
		expect(prompt()).not.toContain('Mend the bug');
	});

	it('does not where the repository is not to be listened to', async () => {
		await start();
		write('.claude/commands/fix-github-issue.md', 'House rules, says the heron.');
		await bench.run(withPlugin({ repositoryExtensions: false, command: { name: 'fix-github-issue', args: '42' } }));
		expect(prompt()).toContain('Mend the bug of GitHub issue 42.');
	});

	it('can be a skill or lie in a folder', async () => {
		await start();
		write('.claude/skills/deploy/SKILL.md', '---\nname: deploy\ndescription: How we deploy\n---\nDeploy $ARGUMENTS, says the stork.\n');
		write('.claude/commands/db/migrate.md', 'Migrate $ARGUMENTS, says the crane.');
		await bench.run(withPlugin({ command: { name: 'deploy', args: 'there' } }));
		expect(prompt()).toContain('Deploy there, says the stork.');
		await bench.run(withPlugin({ session: { mode: 'new', id: '6f6c7f0e-6f0d-4f57-9d3e-3f6f3b1d5a01' }, command: { name: 'db:migrate', args: 'users' } }));
		expect(prompt()).toContain('Migrate users, says the crane.');
	});
});

describe('a command that nobody has', () => {
	it.each(['no-such-command', 'compact', 'clear', 'code-review', '../commands/x'])('is given to the model as text, with a warning: %s', async (name) => {
		await start();
		const result = await bench.run(withPlugin({ prompt: 'Step one.', command: { name, args: 'now' } }));
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(result.warnings).toEqual([expect.stringContaining(`"/${name} now"`)]);
		expect(prompt()).toContain(`Step one.\n\n/${name} now`);
		expect(prompt()).not.toContain('<command-name>');
	});
});

describe('text from outside', () => {
	it.each(['/maestro:fix-github-issue 1', '/repo:fix 1', '/compact', '\n /clear', 'Do it.\n/maestro:fix-github-issue 1'])('is never a command: %j', async (text) => {
		await start();
		write('.claude/commands/fix.md', 'Fix it, says the heron.');
		await bench.run(withPlugin({ prompt: text }));
		expect(prompt()).toContain(text.trim());
		expect(prompt()).not.toContain('<command-name>');
		await bench.run(withPlugin({ prompt: text, session: { mode: 'new', id: '6f6c7f0e-6f0d-4f57-9d3e-3f6f3b1d5a02' }, command: { name: 'implement-feature', args: 'a bell' } }));
		expect(prompt().match(/<command-name>.*<\/command-name>/g)).toEqual(['<command-name>/maestro:implement-feature</command-name>']);
		expect(prompt()).not.toMatch(/Mend the bug|says the heron/);
	});

	it('has no file read in by naming it', async () => {
		await start();
		const secret = write('secret.txt', 'the host says flamingo', bench.root);
		write('inside.txt', 'the worktree says bittern');
		const text = `See @${secret} and @../secret.txt and @"../secret.txt" and @inside.txt please.`;
		const first = await bench.run(withPlugin({ prompt: text }));
		await bench.run(withPlugin({ prompt: text, session: { mode: 'resume', id: first.sessionId } }));
		await bench.run(withPlugin({ prompt: text, session: { mode: 'resume', id: first.sessionId }, command: { name: 'implement-feature', args: 'a bell' } }));
		await bench.run(withPlugin({ prompt: text, session: { mode: 'resume', id: first.sessionId }, command: { name: 'no-such', args: text } }));
		expect(bench.model.requests).toHaveLength(4);
		expect(everything()).toContain('@../secret.txt');
		expect(everything()).not.toMatch(/flamingo|bittern/);
	});
});

describe("the playbook's folder", () => {
	it('can be written by the agent, and nothing beside it', async () => {
		bench = await agentBench([]);
		const folder = join(bench.root, 'playbook');
		mkdirSync(folder);
		const file = join(folder, 'plan.md');
		const beside = join(bench.root, 'beside.md');
		const turns = [use('Write', { file_path: file, content: 'The plan.\n' }), use('Write', { file_path: beside, content: 'Elsewhere.\n' }), done('Planned.')];
		bench.model.setScripts([when(/[^]*/).turns(turns)]);
		const result = await bench.run(bench.request({ folders: [folder] }));
		expect(existsSync(file)).toBe(true);
		expect(existsSync(beside)).toBe(false);
		expect(result.permissionDenials).toMatchObject([{ tool: 'Write' }]);
	});

	it('brings in no settings, hooks, servers and commands that the agent put there', async () => {
		await start(say('Looked.'));
		const folder = join(bench.root, 'playbook');
		const canary = join(bench.root, 'canary');
		const hooks = { SessionStart: [{ matcher: '*', hooks: [{ type: 'command', command: `touch ${canary}-hook` }] }] };
		write('.claude/settings.json', JSON.stringify({ hooks, model: 'claude-of-the-stork', env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' } }), folder);
		write('.mcp.json', JSON.stringify({ mcpServers: { planted: { command: 'touch', args: [`${canary}-mcp`] } } }), folder);
		write('.claude/commands/planted.md', 'Planted.', folder);
		write('.claude/skills/planted-skill/SKILL.md', '---\nname: planted-skill\ndescription: x\n---\nPlanted.', folder);
		const result = await bench.run(bench.request({ folders: [folder], outputSchema: undefined }));
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(result.model).not.toContain('stork');
		expect(slashCommands(result).filter((name) => name.includes('planted'))).toEqual([]);
		expect([`${canary}-hook`, `${canary}-mcp`].filter((path) => existsSync(path))).toEqual([]);
	});
});
