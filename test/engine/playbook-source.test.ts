import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bash, when } from '../fixtures/model';
import { REPOSITORY } from './support/bench';
import { atStep, openPlaybookBench, text, work, type PlaybookBench } from './support/playbook';

jest.setTimeout(120_000);

let bench: PlaybookBench;
beforeAll(async () => {
	bench = await openPlaybookBench();
	await bench.github.pushCommit({
		repository: REPOSITORY,
		branch: 'main',
		files: { 'play/one.md': '- [ ] Only step\n', 'play/folder/10_LAST.md': '- [ ] Last\n', 'play/folder/2_FIRST.md': '- [ ] First\n', 'play/folder/README.md': '- [ ] Read\n', 'play/folder/notes.txt': '- [ ] No\n' },
		message: 'Playbooks',
	});
});
afterAll(async () => await bench.close());
beforeEach(() => bench.scripts(work(() => true)));

const steps = (): (string | undefined)[] => bench.launches().map(({ lastPrompt }) => /<step>\n- \[ \] (.*)\n/.exec(lastPrompt)?.[1]);
const never = new AbortController().signal;

describe('a playbook', () => {
	it('is a file of the repository, as it stands in the commit that the task began with', async () => {
		const task = await bench.task();
		expect(await bench.go(task, { from: 'repository', path: './play/one.md' })).toMatchObject({ output: 'step', json: { playbook: { name: './play/one.md', status: 'completed' } } });
		expect(steps()).toEqual(['Only step']);
	});

	it('is a folder of it, whose documents run by their numbers, and whose README does not', async () => {
		const task = await bench.task({ playbook: 'play/folder' });
		const lefts = await bench.goThrough(task);
		expect(lefts.map(({ output }) => output)).toEqual(['step', 'step', 'done']);
		expect(steps()).toEqual(['First', 'Last']);
	});

	it('that is not there is an error that says where it was looked for, and the task waits for a person', async () => {
		const task = await bench.task({ playbook: 'play/none.md' });
		const { error } = await bench.run(task);
		expect(error).toMatchObject({ message: expect.stringContaining('"play/none.md"'), description: expect.stringContaining('fix-bug'), context: { code: 'bad_playbook' } });
		expect(await bench.reload(task)).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('bad_playbook') });
		expect((await bench.run(await bench.task(), { from: 'repository', path: '../../etc' })).error).toMatchObject({ context: { code: 'bad_playbook' } });
	});

	it('must be named by the task or by the node', async () => {
		expect((await bench.run(await bench.task())).error).toMatchObject({ message: expect.stringContaining('names no playbook'), context: { code: 'bad_playbook' } });
		expect((await bench.run(await bench.task(), { from: 'text', name: 'a', text: '  ' })).error).toMatchObject({ message: expect.stringContaining('"Text" is empty') });
		expect((await bench.run(await bench.task(), { from: 'bundled', bundled: 'no-such' })).error).toMatchObject({ message: expect.stringContaining('no-such') });
	});

	it('is a bundled one by its name, also in the task', async () => {
		bench.scripts(work(() => true, 'echo x > test.js && git add -A && git commit -q -m Test'));
		const options = { retries: 0 };
		expect(await bench.go(await bench.task(), { from: 'bundled', bundled: 'fix-bug', options })).toMatchObject({ json: { playbook: { name: 'fix-bug', progress: 'step 1 of 3' }, run: { purpose: 'step:1@fix-bug' } } });
		expect(await bench.go(await bench.task({ playbook: ' implement-feature ' }), { options })).toMatchObject({ json: { playbook: { name: 'implement-feature' }, run: { purpose: 'step:1' } } });
	});

	it('without a step is an error that says what a step looks like', async () => {
		const { error } = await bench.run(await bench.task(), text('# Only words\n\n```\n- [ ] fenced\n'));
		expect(error).toMatchObject({ message: expect.stringMatching(/has no steps.*never closed/), description: expect.stringContaining('- [ ]') });
	});

	it('whose check has lost its command is an error that says why, before any agent runs', async () => {
		const { error } = await bench.run(await bench.task(), text('- [ ] One\n  verify: \n'));
		expect(error).toMatchObject({ message: expect.stringContaining('"verify:" without a command (steps, line 2)'), description: expect.stringContaining('"Fixed" mode'), context: { code: 'bad_playbook' } });
		expect(steps()).toEqual([]);
	});

	it('all of whose boxes are ticked is done at once', async () => {
		const task = await bench.task();
		expect(await bench.go(task, text('- [x] Done before\n'))).toMatchObject({ output: 'done', json: { steps: [], playbook: { status: 'completed' } } });
		expect(steps()).toEqual([]);
		expect(await bench.timelineOf(task, 'playbook.completed')).toHaveLength(1);
	});

	it('may be very long, and is cut in the prompt and in the item', async () => {
		const task = await bench.task();
		const long = `- [ ] ${'Very long. '.repeat(18_000)}\n- [ ] Short\n`;
		const left = await bench.go(task, text(long));
		expect(left).toMatchObject({ output: 'step', json: { step: { number: 1, of: 2 } } });
		expect(JSON.stringify(left.json).length).toBeLessThan(30_000);
		expect(left.json.step).toMatchObject({ prompt: expect.stringMatching(/^.{20000}\n\[cut: \d+ characters more\]$/s) });
		expect(bench.launches()[0]?.lastPrompt.length).toBeLessThan(310_000);
		expect(JSON.stringify(left.run.run.data)).toContain('too long for a prompt');
		expect((await bench.run(await bench.task(), text(`- [ ] ${'x'.repeat(2_100_000)}\n`))).error).toMatchObject({ message: expect.stringContaining('longer than') });
	});

	it('is read to its end with warnings for a person: an unclosed fence, an unknown variable, a step for a person', async () => {
		const left = await bench.go(await bench.task(), text('- [ ] Use {{NO_SUCH}} on {{GIT_BRANCH}}\n- [ ] Visually verify it\n```\n- [ ] fenced\n'));
		const shown = JSON.stringify(left.run.run.data);
		expect(left).toMatchObject({ output: 'step', json: { step: { of: 2 } } });
		for (const warning of ['{{NO_SUCH}}', 'never closed', 'only a person can do']) expect(shown).toContain(warning);
		expect(bench.launches()[0]?.lastPrompt).toMatch(/Use \{\{NO_SUCH\}\} on maestro\/task-/);
	});
});

const OTHER = 'This task goes on with the playbook as it was when it began; what is given now differs: give another Name, or delete its row in maestro_playbooks to begin anew.';

describe('a task goes on with its playbook as it was', () => {
	it('when the text in the node has changed', async () => {
		const task = await bench.task();
		await bench.go(task, text('- [ ] One\n- [ ] Two\n'));
		bench.scripts(work(atStep('Two')));
		const went = await bench.go(task, text('- [ ] Other\n'));
		expect(went).toMatchObject({ output: 'step', json: { step: { number: 2, text: 'Two' }, warnings: [OTHER] } });
		expect(JSON.stringify(went.run.run.data)).toContain('give another Name');
		// A warning is not handed on.
		expect(await bench.go(task, text('- [ ] Other\n'), { input: [went.json] })).toMatchObject({ output: 'done', json: { warnings: [OTHER] } });
		expect(await bench.go(task, text('- [ ] One\n- [ ] Two\n'), { input: [went.json] })).toMatchObject({ output: 'done', json: { warnings: [] } });
	});

	it.each(['did', 'failed'])('until its row is deleted: then it begins anew with the new text, whatever the step %s before', async (before) => {
		const task = await bench.task();
		const failing = before === 'failed';
		if (failing) bench.scripts(when(() => true).turns([bash('echo one'), bash('echo two'), bash('echo three')]));
		expect(await bench.go(task, { ...text('- [ ] One\n'), ...(failing ? { maxTurns: 2 } : {}) })).toMatchObject({ output: failing ? 'failed' : 'step' });
		const { id } = await bench.state(task);
		await bench.store.playbooks.remove({ id: { eq: id } }, never);
		bench.scripts(work(atStep('Other')));
		expect(await bench.go(task, text('- [ ] Other\n- [ ] Last\n'))).toMatchObject({ output: 'step', json: { step: { number: 1, text: 'Other', notes: [] }, warnings: [] } });
		expect(bench.launches().map(({ prompts }) => prompts.length)).toEqual([1]);
		expect(steps()).toEqual(['Other']);
		expect(JSON.stringify(bench.api.rows('maestro_events').filter(({ taskId }) => taskId === task.id))).not.toContain('put back');
	});

	it('when its copy was broken or lost, from its source', async () => {
		const task = await bench.task();
		const playbook = text('- [ ] One\n- [ ] Two\n');
		await bench.go(task, playbook);
		const [name = ''] = await bench.folders('playbooks-originals', String(task.id));
		const originals = join(bench.dataDir, 'playbooks-originals', String(task.id), name);
		await writeFile(join(originals, '0001.json'), '{"name":"steps","text":"- [ ] Mine\\n"');
		expect(await bench.go(task, playbook)).toMatchObject({ output: 'step', json: { step: { number: 2 } } });
		await rm(originals, { recursive: true });
		await bench.store.playbooks.update({ taskId: { eq: task.id } }, { status: 'running', position: JSON.stringify({ loop: 1, document: 0, done: ['x-'], ticksInPass: 1, ticks: 1, gates: [] }) }, never);
		const { error } = await bench.run(task, text('- [ ] Other\n- [ ] Two\n'));
		expect(error).toMatchObject({ message: expect.stringContaining('no longer as it was'), context: { code: 'bad_playbook' } });
	});

	it('and stops with an error where its position cannot be read', async () => {
		const task = await bench.task();
		const playbook = text('- [ ] One\n- [ ] Two\n');
		await bench.go(task, playbook);
		await bench.store.playbooks.update({ taskId: { eq: task.id } }, { position: 'second' }, never);
		expect((await bench.run(task, playbook)).error).toMatchObject({ message: expect.stringContaining('position'), description: expect.stringContaining('maestro_playbooks') });
	});
});
