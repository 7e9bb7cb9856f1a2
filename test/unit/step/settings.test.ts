import { parseDocument } from '../../../core/playbook';
import { effectiveSettings, stepPurpose, type EffectiveSettings, type Limits } from '../../../core/step/settings';

const CALLER: Limits = { model: 'sonnet', maxTurns: 100, maxBudgetUsd: 10 };
const settingsOf = (text: string, caller: Partial<Limits> = {}, verifyCommand = 'npm test', at = 0): EffectiveSettings => {
	const document = parseDocument('a', text);
	const step = document.steps[at];
	if (step === undefined) throw new Error('There is no such step');
	return effectiveSettings(document, step, { ...CALLER, ...caller }, verifyCommand);
};

describe('what holds for a step', () => {
	it('is its own word, else that of its document, else that of the caller', () => {
		const text = '---\nmodel: haiku\nverify: make check\nallowedPaths: src/**\n---\n- [ ] One\n  model: opus\n  verify: make one\n  allowedPaths: none\n- [ ] Two\n';
		expect(settingsOf(text)).toMatchObject({ model: 'opus', verify: 'make one', allowedPaths: [] });
		expect(settingsOf(text, {}, '', 1)).toMatchObject({ model: 'haiku', verify: 'make check', allowedPaths: ['src/**'] });
		expect(settingsOf('- [ ] One\n')).toMatchObject({ model: 'sonnet', verify: '', expect: 'pass', allowedPaths: undefined, maxTurns: 100, maxBudgetUsd: 10, wantsPlan: false });
	});

	it.each([
		['less than the caller allows', 'maxTurns: 5', 100, 5],
		['no more than the caller allows', 'maxTurns: 500', 100, 100],
		['its own where the caller sets no limit', 'maxTurns: 500', 0, 500],
		['none where neither sets one', 'change: yes', 0, 0],
	])('has a limit of turns: %s', (_, line, most, expected) => {
		expect(settingsOf(`- [ ] One\n  ${line}\n`, { maxTurns: most }).maxTurns).toBe(expected);
	});

	it('may spend less, and not more, than the caller allows', () => {
		expect(settingsOf('---\nmaxBudgetUsd: 0.5\n---\n- [ ] One\n').maxBudgetUsd).toBe(0.5);
		expect(settingsOf('- [ ] One\n  maxBudgetUsd: 50\n').maxBudgetUsd).toBe(10);
	});

	it('promises a change where it says so, or names a check, an expectation or paths of its own', () => {
		const promises = (lines: string): boolean => settingsOf(`- [ ] One\n${lines}`).promisesChange;
		expect(['', '  verify: x\n', '  expect: fail\n', '  allowedPaths: src/**\n', '  allowedPaths: none\n', '  verify: x\n  change: no\n', '  change: yes\n'].map(promises)).toEqual([false, true, true, true, false, false, true]);
		expect(settingsOf('---\nverify: x\nallowedPaths: src/**\n---\n- [ ] One\n').promisesChange).toBe(false);
	});

	it('promises no change where nothing may change, whatever else it says', () => {
		for (const more of ['verify: x', 'expect: fail', 'change: yes']) expect(settingsOf(`- [ ] One\n  ${more}\n  allowedPaths: none\n`).promisesChange).toBe(false);
		expect(settingsOf('---\nallowedPaths: none\n---\n- [ ] One\n  verify: x\n').promisesChange).toBe(false);
		expect(settingsOf('---\nallowedPaths: none\n---\n- [ ] One\n  verify: x\n  allowedPaths: src/**\n').promisesChange).toBe(true);
	});

	it("is checked by the project's command where the playbook says so, and lacks one where there is none", () => {
		const text = '- [ ] One\n  verify: {{VERIFY_COMMAND}}\n';
		expect(settingsOf(text)).toMatchObject({ verify: 'npm test', lacksCommand: false });
		expect(settingsOf(text, {}, '')).toMatchObject({ verify: '', lacksCommand: true });
		expect(settingsOf('- [ ] One\n  expect: fail\n', {}, '')).toMatchObject({ lacksCommand: true });
		expect(settingsOf('- [ ] One\n', {}, '')).toMatchObject({ lacksCommand: false });
		expect(settingsOf('- [ ] One\n  verify: {{ VERIFY_COMMAND }} -- a\n')).toMatchObject({ verify: 'npm test -- a' });
		expect(settingsOf('- [ ] One\n  verify: cd {{OTHER}} && {{verify_command}} -- a\n')).toMatchObject({ verify: 'cd {{OTHER}} && npm test -- a' });
	});

	it('may be a plan', () => {
		expect(settingsOf('- [ ] One\n  report: plan\n')).toMatchObject({ wantsPlan: true, promisesChange: false });
	});
});

test('each try of each step in each playbook has a purpose of its own', () => {
	const purposes = [stepPurpose(1, 0, ''), stepPurpose(1, 1, ''), stepPurpose(2, 0, ''), stepPurpose(1, 0, 'docs/a.md'), stepPurpose(1, 2, 'docs/a.md')];
	expect(purposes).toEqual(['step:1', 'step:1/2', 'step:2', 'step:1@docs/a.md', 'step:1/3@docs/a.md']);
});
