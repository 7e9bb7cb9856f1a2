import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { INodeParameters } from 'n8n-workflow';

import { when, type Script } from '../fixtures/model';
import { REPOSITORY } from './support/bench';
import { atStep, openPlaybookBench, says, text, work, type PlaybookBench } from './support/playbook';

jest.setTimeout(300_000);

let bench: PlaybookBench;
beforeAll(async () => {
	bench = await openPlaybookBench();
});
afterAll(async () => await bench.close());

const fromFolder = async (folder: string, documents: Readonly<Record<string, string>>): Promise<INodeParameters> => {
	const files = Object.fromEntries(Object.entries(documents).map(([name, content]) => [`${folder}/${name}`, content]));
	await bench.github.pushCommit({ repository: REPOSITORY, branch: 'main', files, message: `Add ${folder}` });
	return { from: 'repository', path: folder };
};

/** As the last document of a public playbook does it: its agent opens the boxes of the others again. */
const untick = (id: number, pattern: string): string => `sed -i 's/\\[x\\]/[ ]/' "$(ls -d ${bench.dataDir}/playbooks/${id}/*)"/${pattern}`;

describe('a loop', () => {
	it('goes through its documents again when the last one opens the first ones, with the number of the pass', async () => {
		const playbook = await fromFolder('improve', {
			'README.md': '- [ ] This is an example, and no step\n',
			'1_ANALYZE.md': '- [ ] Analyze pass {{LOOP_NUMBER}}\n',
			'2_FIND.md': '- [ ] Find\n',
			'3_EVALUATE.md': '- [ ] Evaluate\n',
			'4_BUILD.md': '- [ ] Build\n',
			'5_PROGRESS.md': '- [ ] Open the others again unless all is well\n',
		});
		const task = await bench.task();
		const gate: Script = when(({ lastPrompt }) => lastPrompt.includes('] Open the others')).turns(({ lastPrompt, turn }) => says(...(lastPrompt.includes('pass 1 of') ? [untick(task.id, '[1-4]_*.md'), untick(task.id, '5_*.md')] : []))[turn] ?? says()[0]!);
		bench.scripts(gate, work(() => true));
		const lefts = await bench.goThrough(task, { ...playbook, options: { loop: true, maxLoops: 3 } });
		const asked = bench.launches().map(({ lastPrompt }) => /<step>\n- \[ \] (.*)\n/.exec(lastPrompt)?.[1]);
		expect(asked).toEqual(['Analyze pass 00001', 'Find', 'Evaluate', 'Build', 'Open the others again unless all is well', 'Analyze pass 00002', 'Find', 'Evaluate', 'Build']);
		expect(lefts.at(-1)).toMatchObject({ output: 'done', json: { playbook: { status: 'completed', progress: 'step 4 of 5, loop 2' } } });
		expect(await bench.copy(task, '1_ANALYZE.md')).toBe('- [x] Analyze pass {{LOOP_NUMBER}}\n');
		expect(await bench.timelineOf(task, 'step.completed')).toHaveLength(9);
		expect(bench.launches().every(({ prompts }) => prompts.length === 1)).toBe(true);
	});

	it('clears the documents that ask for it, keeps a copy of each pass, and ends at its limit', async () => {
		const reset = '---\nresetOnCompletion: true\n---\n';
		const playbook = await fromFolder('reset', { '1_LOOK.md': `${reset}- [ ] Look\n`, '2_BUILD.md': '- [ ] Build\n', '3_GATE.md': `${reset}- [ ] Open Build again\n` });
		const task = await bench.task();
		bench.scripts(work(atStep('Open Build again'), untick(task.id, '2_BUILD.md')), work(() => true));
		const lefts = await bench.goThrough(task, { ...playbook, options: { loop: true, maxLoops: 2 } });
		expect(lefts).toHaveLength(7);
		expect(lefts.at(-1)).toMatchObject({ output: 'done', json: { playbook: { status: 'completed' } } });
		const folder = await bench.folder(task);
		const kept = (await readdir(join(folder, 'runs'))).sort();
		expect(kept.map((name) => name.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z-/, ' '))).toEqual(['1_LOOK loop-1.md', '1_LOOK loop-2.md', '3_GATE loop-1.md', '3_GATE loop-2.md']);
		for (const name of kept) expect(await readFile(join(folder, 'runs', name), 'utf8')).toMatch(/^- \[x\] /m);
		expect(JSON.parse((await bench.state(task)).position)).toMatchObject({ loop: 2, done: ['x', '-', 'x'] });
	});

	it('of the node goes before what the playbook says, and so do the documents to clear, which must be there', async () => {
		const playbook = await fromFolder('plain', { '1_LOOK.md': '---\nloop: true\nmaxLoops: 2\n---\n- [ ] Look\n', '2_BUILD.md': '- [ ] Build\n' });
		const wrong = await bench.run(await bench.task(), { ...playbook, options: { resetDocuments: '1_LOOK.md, 3_SHIP' } });
		expect(wrong.error).toMatchObject({ message: expect.stringContaining('names "3_SHIP"'), description: expect.stringContaining('1_LOOK, 2_BUILD') });
		const task = await bench.task();
		bench.scripts(when(atStep('Build')).turns(({ turn }) => says(untick(task.id, '2_BUILD.md'))[turn] ?? says()[0]!), work(() => true));
		const lefts = await bench.goThrough(task, { ...playbook, options: { loop: false, resetDocuments: '1_LOOK' } });
		expect(lefts.map(({ output }) => output)).toEqual(['step', 'step', 'done']);
	});
});

describe('steps that are opened again', () => {
	it('without end are stopped at a limit', async () => {
		const task = await bench.task();
		const playbook = text('- [ ] Ping\n- [ ] Pong\n');
		bench.scripts(when(() => true).turns(({ turn }) => says(untick(task.id, 'steps.md'))[turn] ?? says()[0]!));
		const row = { position: JSON.stringify({ loop: 1, document: 0, done: ['x-'], ticksInPass: 19, ticks: 19, gates: [] }) };
		expect(await bench.go(task, playbook)).toMatchObject({ output: 'step', json: { playbook: { progress: 'step 1 of 2' } } });
		// The other eighteen are the same.
		await bench.store.playbooks.update({ taskId: { eq: task.id } }, row, new AbortController().signal);
		const lefts = await bench.goThrough(task, playbook);
		expect(lefts.map(({ output }) => output)).toEqual(['step', 'failed']);
		expect(lefts.at(-1)?.json).toMatchObject({ failure: 'loop_limit', reason: expect.stringContaining('20'), task: { status: 'failed' } });
	});

	it('by a try that did not pass are opened when the next one passes, though that one does not open them again', async () => {
		const task = await bench.task();
		const playbook = { ...text('- [ ] Ping\n- [ ] Pong\n  change: yes\n'), options: { retries: 1 } };
		const change = 'echo x >> README.md && git commit -q -am Change';
		bench.scripts(work(({ lastPrompt }) => lastPrompt.includes('did not pass'), change), work(({ lastPrompt, prompts }) => prompts.length === 1 && lastPrompt.includes('step 2 of 2'), untick(task.id, 'steps.md')), work(() => true));
		await bench.go(task, playbook);
		expect(await bench.go(task, playbook)).toMatchObject({ output: 'step', json: { step: { number: 2, passed: true } } });
		expect(await bench.copy(task, 'steps.md')).toBe('- [ ] Ping\n- [x] Pong\n  change: yes\n');
		expect(await bench.go(task, playbook)).toMatchObject({ output: 'step', json: { step: { number: 1, passed: true }, playbook: { status: 'completed' } } });
	});
});
