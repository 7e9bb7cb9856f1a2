import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { done, when, type Script } from '../fixtures/model';
import { atStep, commit, openPlaybookBench, says, sentBack, text, work, write, type PlaybookBench } from './support/playbook';

jest.setTimeout(120_000);

let bench: PlaybookBench;
beforeAll(async () => {
	bench = await openPlaybookBench({ verifyCommand: 'sh test.sh' });
});
afterAll(async () => await bench.close());

const CHANGE = text('- [ ] Mend the cart\n  change: yes\n');
/** What the agent does when it is sent back, and what it does first. */
const thenHonest = (mends: string, ...lies: string[]): Script[] => [work(sentBack, mends, commit('Mend')), work('Mend the cart', ...lies)];

/** The node's first leaving, which is after the lie and an honest try. */
async function caught(playbook: object, ...given: Script[]): Promise<{ problem: string; resumed: boolean }> {
	const task = await bench.task();
	bench.scripts(...given);
	const { output, json } = await bench.go(task, { ...playbook, options: { retries: 1 } });
	expect({ output, json }).toMatchObject({ output: 'step', json: { step: { passed: true } } });
	const [first, second, ...more] = bench.launches();
	expect(more).toEqual([]);
	const problem = second?.lastPrompt ?? '';
	expect(problem).toContain('Your work on this step did not pass: ');
	expect(await bench.timelineOf(task, 'step.refused')).toHaveLength(1);
	expect(await bench.timelineOf(task, 'step.completed')).toHaveLength(1);
	return { problem, resumed: second?.prompts.length === 2 && second.prompts[0] === first?.lastPrompt };
}

describe('an agent that says it is done is sent back, in the same session, with the reason, when it', () => {
	it('changed nothing where the step promises a change', async () => {
		const { problem, resumed } = await caught(CHANGE, ...thenHonest(write('src/cart.js', 'right')));
		expect(problem).toContain('no commit changes anything');
		expect(resumed).toBe(true);
	});

	it('made an empty commit', async () => {
		const { problem } = await caught(CHANGE, ...thenHonest(write('src/cart.js', 'right'), "git commit -q --allow-empty -m 'Mend the cart'"));
		expect(problem).toContain('no commit changes anything');
	});

	it('left its work uncommitted', async () => {
		const { problem } = await caught(CHANGE, ...thenHonest(write('src/cart.js', 'right'), write('src/new.js', 'new')));
		expect(problem).toContain('Files were left uncommitted: src/new.js');
	});

	it('changed a file outside of the allowed paths, and put it back with a further commit', async () => {
		const playbook = text('- [ ] Mend the cart\n  allowedPaths: src/**\n');
		const { problem } = await caught(playbook, ...thenHonest("git checkout -q HEAD~1 -- README.md", write('src/cart.js', 'right'), write('README.md', 'Mine'), commit('Mend')));
		expect(problem).toContain('must leave alone: README.md');
	});

	it('changed the repository where the step must not', async () => {
		const { problem } = await caught(text('- [ ] Mend the cart\n  allowedPaths: none\n  change: no\n'), ...thenHonest('git rm -q note.txt', write('note.txt', 'note'), commit('Note')));
		expect(problem).toContain('must leave alone: note.txt');
	});

	it('made the failing test pass already', async () => {
		const playbook = text('- [ ] Mend the cart\n  verify: {{VERIFY_COMMAND}}\n  expect: fail\n');
		const { problem } = await caught(playbook, ...thenHonest(write('src/cart.js', 'wrong'), write('test.sh', 'grep -q right src/cart.js'), write('src/cart.js', 'right'), commit('All at once')));
		expect(problem).toContain('at this step it must fail');
	});

	it('lets a check commit behind its back', async () => {
		const check = `${write('later.txt', 'later')} && git add -A && git commit -q -m Later`;
		const { problem } = await caught(text(`- [ ] Mend the cart\n  verify: sh check.sh\n`), ...thenHonest(write('check.sh', 'true'), write('check.sh', check), commit('Check')));
		expect(problem).toContain('`sh check.sh` made commits itself');
	});
});

describe('never gets a tick:', () => {
	it('one that does not better itself: after the retries the playbook fails, and a person who starts it again is heard', async () => {
		const task = await bench.task();
		let launch = 0;
		bench.scripts(when(() => true).turns(({ turn }) => (turn === 0 ? (launch++, says(write(`try-${launch}.txt`, 'x'), '')[0] ?? done('')) : done('Done, honestly.'))));
		const parameters = { ...CHANGE, options: { retries: 1 } };
		const first = await bench.go(task, parameters);
		expect(first).toMatchObject({ output: 'failed', json: { failure: 'check_failed', task: { status: 'failed' }, playbook: { status: 'failed' }, notice: expect.stringContaining('uncommitted') } });
		expect(bench.launches()).toHaveLength(2);
		expect(await bench.state(task)).toMatchObject({ status: 'failed', tries: 2, statusReason: expect.stringContaining('check_failed') });
		bench.scripts(work(sentBack, 'git clean -fdq', write('src/cart.js', 'right'), commit('Mend')));
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'step', json: { playbook: { status: 'completed' } } });
		expect(bench.launches()).toMatchObject([{ prompts: [expect.anything(), expect.anything(), expect.stringContaining('uncommitted')] }]);
	});

	it('one that brings nothing new three times: the playbook has stalled', async () => {
		const task = await bench.task();
		bench.scripts(when(() => true).turns([done('Done, honestly.')]));
		expect(await bench.go(task, { ...CHANGE, options: { retries: 10 } })).toMatchObject({ output: 'failed', json: { failure: 'stalled', reason: expect.stringContaining('3 runs in a row') } });
		expect(bench.launches()).toHaveLength(3);
		expect(await bench.copy(task, 'steps.md')).toContain('- [ ] Mend');
	});

	it('one that ticks the boxes itself', async () => {
		const task = await bench.task();
		const parameters = { ...text('- [ ] Mend the cart\n  change: yes\n- [ ] Mend the till\n'), options: { retries: 0 } };
		bench.scripts(work('Mend the cart', `sed -i 's/\\[ \\]/[x]/' "$(ls -d ${bench.dataDir}/playbooks/${task.id}/*)/steps.md"`));
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'failed', json: { step: { passed: false, notes: [expect.stringContaining('ticked 2 boxes')] } } });
		expect(JSON.parse((await bench.state(task)).position)).toMatchObject({ done: ['--'], ticks: 0 });
	});

	it('one that ticks the next box beside its own work: that step is done in its turn', async () => {
		const task = await bench.task();
		const parameters = text('- [ ] Mend the cart\n  change: yes\n- [ ] Mend the till\n');
		bench.scripts(work(atStep('Mend the cart'), write('src/cart.js', 'right'), commit('Mend'), `sed -i 's/\\[ \\]/[x]/' "$(ls -d ${bench.dataDir}/playbooks/${task.id}/*)/steps.md"`), work(atStep('Mend the till')));
		const lefts = await bench.goThrough(task, parameters);
		expect(lefts.map(({ output }) => output)).toEqual(['step', 'step', 'done']);
		expect(bench.launches()[1]?.lastPrompt).toContain('- [x] Mend the cart\n  change: yes\n- [ ] Mend the till');
	});

	it('one that rewrites the check in its working copy', async () => {
		const task = await bench.task();
		bench.scripts(work('Mend the cart', write('src/cart.js', 'wrong'), commit('Mend'), `sed -i 's/verify: .*/verify: true/' "$(ls -d ${bench.dataDir}/playbooks/${task.id}/*)/steps.md"`));
		const left = await bench.go(task, { ...text('- [ ] Mend the cart\n  verify: grep -q right src/cart.js\n'), options: { retries: 0 } });
		expect(left).toMatchObject({ output: 'failed', json: { step: { check: { command: 'grep -q right src/cart.js', exitCode: 1 }, notes: [expect.stringContaining('changed the text')] } } });
	});

	it('one that puts a link in the place of its working copy: what it leads to stays as it is', async () => {
		const task = await bench.task();
		const outside = join(bench.dataDir, 'outside.md');
		writeFileSync(outside, '- [x] Mend the cart\n');
		const parameters = { ...CHANGE, options: { retries: 0 } };
		bench.scripts(work('Mend the cart', `ln -sf ${outside} "$(ls -d ${bench.dataDir}/playbooks/${task.id}/*)/steps.md"`));
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'failed', json: { step: { passed: false } } });
		bench.scripts(work(sentBack, write('src/cart.js', 'right'), commit('Mend')));
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'step' });
		expect(readFileSync(outside, 'utf8')).toBe('- [x] Mend the cart\n');
		expect(await bench.copy(task, 'steps.md')).toBe('- [x] Mend the cart\n  change: yes\n');
	});

	it('one that deletes the playbook with its folder and its original: it is put back', async () => {
		const task = await bench.task();
		const parameters = { ...text('- [ ] Mend the cart\n  change: yes\n- [ ] Mend the till\n'), options: { retries: 1 } };
		const remove = `rm -rf ${bench.dataDir}/playbooks/${task.id} ${bench.dataDir}/playbooks-originals/${task.id}`;
		bench.scripts(work(sentBack, write('src/cart.js', 'right'), commit('Mend')), work(atStep('Mend the cart'), remove), work(atStep('Mend the till')));
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'step', json: { step: { passed: true } } });
		expect(await bench.copy(task, 'steps.md')).toContain('- [x] Mend the cart\n  change: yes\n- [ ] Mend the till');
		expect(await bench.go(task, parameters)).toMatchObject({ output: 'step', json: { playbook: { status: 'completed' } } });
	});
});

describe('the test that proves the bug', () => {
	const prove = async (...mends: Script[]) => {
		const task = await bench.task({ playbook: 'fix-bug' });
		bench.scripts(work('Find the cause', write('test.sh', 'grep -q right src/cart.js'), commit('Show')), ...mends);
		await bench.go(task);
		return { task, second: await bench.go(task, { options: { retries: 1 } }) };
	};

	it('may not be broken by the mending', async () => {
		const { second } = await prove(work('Mend the cause', write('test.sh', 'true'), commit('Mend')));
		expect(second).toMatchObject({ output: 'failed', json: { failure: 'check_failed', reason: expect.stringContaining('prove an earlier step: test.sh') } });
	});

	it('may not be deleted or moved away by it', async () => {
		const { second } = await prove(work(sentBack, 'git mv old.sh older.sh', commit('Move it again')), work('Mend the cause', 'git mv test.sh old.sh', commit('Move it')));
		expect(second).toMatchObject({ output: 'failed', json: { reason: expect.stringContaining('prove an earlier step: test.sh') } });
	});

	it('counts when it was put back as it was', async () => {
		const { second, task } = await prove(
			work(sentBack, 'git checkout -q HEAD~1 -- test.sh', write('src/cart.js', 'right'), commit('Put it back, and mend')),
			work('Mend the cause', write('test.sh', 'true'), commit('Mend')),
		);
		expect(second).toMatchObject({ output: 'step', json: { step: { passed: true, changedPaths: ['src/cart.js'] } } });
		expect(existsSync(join(bench.worktree(task), 'test.sh'))).toBe(true);
	});

	it('stands in the prompt as what must stay', async () => {
		await prove(work('Mend the cause', write('src/cart.js', 'right'), commit('Mend')));
		expect(bench.launches()[1]?.lastPrompt).toMatch(/must stay exactly as they are: test\.sh/);
	});
});
