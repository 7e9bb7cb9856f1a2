import { isMaestroError } from '../../../core/errors';
import { DEFAULT_MAX_LOOPS, loadPlaybook, type LoadOptions } from '../../../core/playbook';

const STEP = '- [ ] one';
const files = (...names: string[]) => names.map((name) => ({ name, text: STEP }));
const order = (names: string[], options?: LoadOptions): string[] => loadPlaybook('p', files(...names), options).documents.map(({ name }) => name);

function refusal(run: () => unknown): { code: string; message: string; advice: string } {
	try {
		run();
	} catch (error) {
		if (isMaestroError(error)) return { code: error.code, message: error.message, advice: error.advice };
		throw error;
	}
	throw new Error('It was taken.');
}

describe('the documents of a playbook', () => {
	it('run by their numbers', () => {
		expect(order(['10_SHIP.md', '2_BUILD.md', '1_PLAN.md', '0_START.md'])).toEqual(['0_START', '1_PLAN', '2_BUILD', '10_SHIP']);
		expect(order(['2b.md', '2a.md', '02_c.md', '1.md'])).toEqual(['1', '02_c', '2a', '2b']);
	});

	it('run by their names where none is numbered, numbers in them counted', () => {
		expect(order(['Phase-10.md', 'phase-2.md', 'Phase-1.md'])).toEqual(['Phase-1', 'phase-2', 'Phase-10']);
	});

	it('are the numbered ones only, where some are, with a warning for the others but the README', () => {
		const { documents, warnings } = loadPlaybook('p', files('README.md', '1_A.md', 'Agent-Prompt.md', '2_B.md'));
		expect(documents.map(({ name }) => name)).toEqual(['1_A', '2_B']);
		expect(warnings).toEqual(['Agent-Prompt: it has no number as the other documents have, so that it does not run.']);
	});

	it('leave out the README of a folder, and run it where it is all that there is', () => {
		expect(order(['Readme.md', 'a.md'])).toEqual(['a']);
		expect(order(['README.md'])).toEqual(['README']);
	});

	it('are those that the caller names, in that order', () => {
		const options: LoadOptions = { documents: [{ name: 'b' }, { name: 'x/a.md', resetOnCompletion: true }] };
		const { documents } = loadPlaybook('p', files('a.md', 'b.md', '1_c.md'), options);
		expect(documents.map(({ name, frontMatter }) => [name, frontMatter.resetOnCompletion])).toEqual([
			['b', undefined],
			['a', true],
		]);
	});

	it('are known without folder and ending', () => {
		expect(order(['playbooks/x/2_B.MD', 'playbooks\\x\\1_A.md'])).toEqual(['1_A', '2_B']);
	});
});

describe('a playbook', () => {
	it('without front matter has no loop, a bound on it, and a session for each step', () => {
		expect(loadPlaybook('p', files('a'))).toMatchObject({ name: 'p', loop: false, maxLoops: DEFAULT_MAX_LOOPS, freshContext: 'step', warnings: [] });
		expect(DEFAULT_MAX_LOOPS).toBe(10);
	});

	it('takes what the first document says that says it', () => {
		const texts = ['no words', '---\nloop: true\n---\n- [ ] a', '---\nloop: false\nmaxLoops: 3\nfreshContext: document\n---\n- [ ] b'];
		const all = texts.map((text, index) => ({ name: `${index}_D`, text }));
		expect(loadPlaybook('p', all)).toMatchObject({ loop: true, maxLoops: 3, freshContext: 'document' });
		expect(loadPlaybook('p', all, { loop: false, maxLoops: 4, freshContext: 'step' })).toMatchObject({ loop: false, maxLoops: 4, freshContext: 'step' });
	});

	it('lets the caller say which documents are reset', () => {
		const document = { name: 'a', text: '---\nresetOnCompletion: true\n---\n- [ ] a' };
		expect(loadPlaybook('p', [document]).documents[0]?.frontMatter.resetOnCompletion).toBe(true);
		expect(loadPlaybook('p', [document], { documents: [{ name: 'a', resetOnCompletion: false }] }).documents[0]?.frontMatter.resetOnCompletion).toBe(false);
		expect(loadPlaybook('p', [document], { documents: [{ name: 'a' }] }).documents[0]?.frontMatter.resetOnCompletion).toBe(true);
	});

	it('gives the warnings of its documents with their names, and warns of a halt marker', () => {
		const { warnings } = loadPlaybook('p', [
			{ name: '1_A', text: '- [ ] Manually test it\n```' },
			{ name: '2_B', text: '- [ ] b\n<!-- maestro:halt: x -->' },
		]);
		expect(warnings).toEqual([
			'1_A: Line 1: this reads as a step that only a person can do: "Manually test it".',
			'1_A: Line 2: this fence is never closed; no step below it is seen.',
			'2_B: Line 2: a halt marker stands here; the playbook stops before this document.',
		]);
	});
});

describe('a playbook that cannot be worked through', () => {
	it('has no steps, and what hid them is said', () => {
		expect(refusal(() => loadPlaybook('p', [{ name: 'a', text: '# Only prose' }]))).toEqual({ code: 'bad_playbook', message: 'The playbook "p" has no steps', advice: 'Write at least one line such as "- [ ] Do this"; lines between two fences do not count.' });
		expect(refusal(() => loadPlaybook('p', [{ name: 'a', text: '```\n- [ ] a' }])).message).toBe('The playbook "p" has no steps. a: Line 1: this fence is never closed; no step below it is seen.');
		expect(refusal(() => loadPlaybook('p', [])).code).toBe('bad_playbook');
		expect(refusal(() => loadPlaybook('p', [{ name: '1_A', text: '' }, { name: 'b', text: STEP }])).message).toContain('b: it has no number');
	});

	it.each(['- [ ] a\n  verify:\n', '- [ ] a\n  verify: ""\n', '- [ ] a\n\n<!-- verify:  -->\n', '---\nverify:\n---\n- [ ] a\n'])('is to be checked by a command that is empty, as n8n leaves it in its expression mode: %j', (text) => {
		expect(refusal(() => loadPlaybook('p', [{ name: 'a', text }]))).toMatchObject({ code: 'bad_playbook', message: expect.stringMatching(/has a "verify:" without a command \(a, line \d\)/), advice: expect.stringContaining('"Fixed" mode') });
	});

	it('has two documents of one name', () => {
		expect(refusal(() => loadPlaybook('p', files('x/a.md', 'y/a.md')))).toMatchObject({ code: 'bad_playbook', message: 'The playbook "p" has two documents "a"' });
	});

	it('lacks a document that the caller names', () => {
		expect(refusal(() => loadPlaybook('p', files('a', 'b'), { documents: [{ name: 'c' }] }))).toEqual({ code: 'bad_playbook', message: 'The playbook "p" has no document "c"', advice: 'It has a, b.' });
	});
});
