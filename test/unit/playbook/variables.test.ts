import fc from 'fast-check';
import { fillVariables, formatVariables } from '../../../core/playbook';

describe('variables', () => {
	const values = { LOOP_NUMBER: '00002', AUTORUN_FOLDER: '/data/playbook', EMPTY: '' };

	it('are filled wherever they stand, whatever their case', () => {
		expect(fillVariables('{{AUTORUN_FOLDER}}/LOOP_{{LOOP_NUMBER}}_{{loop_Number}}.md {{EMPTY}}.', values)).toEqual({ text: '/data/playbook/LOOP_00002_00002.md .', unknown: [] });
	});

	it('stay where nobody knows them, and are named once each', () => {
		expect(fillVariables('{{NOBODY}} {{NOBODY}} {{other_1}} {{LOOP_NUMBER}} {{toString}}', values)).toEqual({ text: '{{NOBODY}} {{NOBODY}} {{other_1}} 00002 {{toString}}', unknown: ['{{NOBODY}}', '{{other_1}}', '{{toString}}'] });
	});

	it.each(['{{ title }}', '{{\nLOOP_NUMBER\n}}', '{LOOP_NUMBER}', '${{ secrets.KEY }}', '{{a.b}}', '{{}}', '{{1}}', '{{LOOP NUMBER}}'])('are not %s', (text) => {
		expect(fillVariables(text, values)).toEqual({ text, unknown: [] });
	});

	it('may have blanks within the braces, as n8n writes them', () => {
		expect(fillVariables('{{ LOOP_NUMBER }} {{loop_number\t}} {{ NO_SUCH }}', values)).toEqual({ text: '00002 00002 {{ NO_SUCH }}', unknown: ['{{ NO_SUCH }}'] });
	});

	it('bring in no other variable and no pattern of a replacement', () => {
		expect(fillVariables('{{A}}|{{B}}', { A: '{{B}}', B: '$& $1 $$' })).toEqual({ text: '{{B}}|$& $1 $$', unknown: [] });
	});

	it('leave a text without them as it is', () => {
		fc.assert(fc.property(fc.string().filter((text) => !text.includes('{{')), (text) => expect(fillVariables(text, values)).toEqual({ text, unknown: [] })));
	});

	it('are those of the format', () => {
		const facts = { agentName: 'maestro', worktree: '/w', branch: 'maestro/12-x', folder: '/f', documentName: '1_PLAN', documentPath: '/f/1_PLAN.md', loop: 7, now: new Date('2026-03-04T05:06:07.890Z') };
		const all = 'AGENT_NAME AGENT_PATH CWD AUTORUN_FOLDER DOCUMENT_NAME DOCUMENT_PATH LOOP_NUMBER DATE TIME GIT_BRANCH';
		const text = all.split(' ').map((name) => `{{${name}}}`).join(' ');
		expect(fillVariables(text, formatVariables(facts))).toEqual({ text: 'maestro /w /w /f 1_PLAN /f/1_PLAN.md 00007 2026-03-04 05:06:07 maestro/12-x', unknown: [] });
		expect(formatVariables({ ...facts, loop: 123_456 }).LOOP_NUMBER).toBe('123456');
	});
});
