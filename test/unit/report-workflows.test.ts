/** The workflows "daily digest" and "health check": nobody takes silence for good news, and a failure says why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';

import { evaluate } from '../fixtures/expression';

interface Drawn {
	readonly nodes: readonly INode[];
	readonly connections: Readonly<Record<string, { readonly main: readonly (readonly { readonly node: string }[])[] }>>;
}

const read = (name: string): Drawn => JSON.parse(readFileSync(join(__dirname, '../../workflows', `${name}.json`), 'utf8')) as Drawn;

function parametersOf({ nodes }: Drawn, name: string): INodeParameters {
	const found = nodes.find((node) => node.name === name);
	if (found === undefined) throw new Error(`There is no node "${name}".`);
	return found.parameters;
}

describe.each([
	['daily-digest', 'Gather the digest'],
	['health-check', 'Check everything'],
])('%s', (name, work) => {
	const workflow = read(name);
	const next = (of: string): unknown => workflow.connections[of]?.main.map((output) => output.map(({ node }) => node));
	const { assignments } = parametersOf(workflow, 'Settings').assignments as { assignments: { name: string; value: unknown }[] };
	const untouched = Object.fromEntries(assignments.map((field) => [field.name, field.value])) as IDataObject;
	const mayGoOn = (settings: IDataObject): unknown => {
		const { conditions } = parametersOf(workflow, 'Is it said who gets it?').conditions as { conditions: { leftValue: string }[] };
		return evaluate(conditions[0]?.leftValue, settings);
	};

	test('fails at once, and says what to enter, as long as nobody would get its message', () => {
		expect(next('Settings')).toEqual([['Is it said who gets it?']]);
		expect(next('Is it said who gets it?')).toEqual([[work], ['Nobody would get it']]);
		expect(workflow.nodes.find((node) => node.name === 'Nobody would get it')).toMatchObject({ type: 'n8n-nodes-base.stopAndError', parameters: { errorMessage: expect.stringMatching(/^Enter sendFrom and sendTo in \*Settings\*/) } });
		expect(mayGoOn(untouched)).toBe(false);
		for (const half of [{ sendTo: 'ada@example.com' }, { sendFrom: 'maestro@example.com' }, { sendFrom: 'maestro@example.com', sendTo: ' ' }]) expect(mayGoOn({ ...untouched, ...half })).toBe(false);
	});

	test('goes on with the addresses of a mail, or with a channel of Slack', () => {
		const mail = { sendFrom: 'maestro@example.com', sendTo: 'ada@example.com' };
		// Who wants one of them alone may take out the fields of the other.
		for (const settings of [{ ...untouched, ...mail }, mail, { ...untouched, slackChannel: '#maestro' }, { slackChannel: '#maestro' }]) expect(mayGoOn(settings)).toBe(true);
	});
});

describe('a health check that itself fails', () => {
	const workflow = read('health-check');
	const [mail, slack] = [parametersOf(workflow, 'Send the alert by e-mail'), parametersOf(workflow, 'Send the alert to Slack')];
	const failed = { error: '"Claude Token Expires On" is <no> date & no more', details: { code: 'bad_parameter', advice: 'Write it as 2026-12-31 <!channel>.' } };
	const escaped = { error: '"Claude Token Expires On" is &lt;no&gt; date &amp; no more', advice: 'Write it as 2026-12-31 &lt;!channel&gt;.' };

	test('says why and what to do in each form of its alert, as plain words', () => {
		expect(evaluate(mail.text, failed)).toBe(`The health check itself failed.\n${failed.error}\n${failed.details.advice}\nIts execution in n8n says why.`);
		expect(evaluate(mail.html, failed)).toBe(`<p>The health check itself failed.</p><p>${escaped.error.replaceAll('"', '&quot;')}</p><p>${escaped.advice}</p><p>Its execution in n8n says why.</p>`);
		expect(evaluate(slack.text, failed)).toBe(`Maestro: the health check itself failed.\n${escaped.error}\n${escaped.advice}\nIts execution in n8n says why.`);
	});

	test('says so also where n8n gives no reason, or an error as it is', () => {
		expect(evaluate(mail.text, {})).toBe('The health check itself failed.\nIts execution in n8n says why.');
		for (const form of [mail.text, mail.html, slack.text]) expect(evaluate(form, { error: { message: 'The worker went away' } })).toContain('The worker went away');
	});

	test('leaves the message of a check as the node wrote it', () => {
		const report = { text: 'Failed: <1>', html: '<p>Failed</p>', slack: '*Failed* <https://github.com|x>' };
		expect([evaluate(mail.text, report), evaluate(mail.html, report), evaluate(slack.text, report)]).toEqual([report.text, report.html, report.slack]);
	});
});
