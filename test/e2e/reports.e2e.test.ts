/** The daily digest and the health check in a real n8n, with mails that a real SMTP server receives. */
import { MAESTRO_MAIL_LINE } from '../../core/signal/email-automatic';
import { say, unauthorized, when, type Script } from '../fixtures/model';
import { startSmtp, type ReceivedMail, type SmtpReceiver } from '../fixtures/smtp';
import { outputsOf, hasEnded, type Execution } from './support/client';
import { askFor, doAsTitled, editRows, runsOf, taskIs } from './support/flow';
import { waitFor } from './support/poll';
import { property, record } from './support/rest';
import { openStage, type Stage, type StageOptions } from './support/stage';

const SENDER = 'maestro@sender.example';
const PERSON = 'person@example.com';
const HOUR_MS = 60 * 60_000;
const answersReady: Script = when(/one word: ready/).turns([say('ready')]);
const refuses: Script = when(/one word: ready/).turns([unauthorized()]);

/** Fills in the node "Settings", as a person does; how much disk a test's machine has is no matter here. */
const filledIn: NonNullable<StageOptions['adapt']> = (_, workflow) => ({
	...workflow,
	nodes: workflow.nodes.map((node) => {
		if (node.name === 'Check everything') return { ...node, parameters: { ...record(node.parameters), healthOptions: { minimumDiskGb: 0 } } };
		if (node.name !== 'Settings') return node;
		const given: Record<string, string> = { sendFrom: SENDER, sendTo: PERSON };
		const fields = property(node.parameters, 'assignments', 'assignments');
		const assignments = (Array.isArray(fields) ? fields : []).map((field) => ({ ...record(field), value: given[String(property(field, 'name'))] ?? property(field, 'value') }));
		return { ...node, parameters: { ...record(node.parameters), assignments: { assignments } } };
	}),
});

describe('reports', () => {
	let smtp: SmtpReceiver;
	let stage: Stage;

	beforeAll(async () => {
		smtp = await startSmtp();
		stage = await openStage({
			scripts: [answersReady, doAsTitled],
			adapt: filledIn,
			further: ['dailyDigest', 'healthCheck'],
			furtherCredentials: { smtp: smtp.credential },
			// Days begin and end as the test counts them.
			env: { GENERIC_TIMEZONE: 'UTC' },
		});
		for (const name of ['dailyDigest', 'healthCheck'] as const) await stage.n8n.client.publish(stage.workflow(name));
	}, 240_000);
	afterAll(async () => {
		await stage.close();
		await smtp.close();
	}, 60_000);

	/** Runs one as its schedule would, to its end. */
	async function run(name: 'dailyDigest' | 'healthCheck', trigger: string): Promise<{ execution: Execution; mails: readonly ReceivedMail[] }> {
		const before = smtp.mails.length;
		const id = await stage.n8n.client.runManually(stage.workflow(name), trigger);
		await waitFor(`the ${name}`, async () => (hasEnded(await stage.n8n.client.getExecution(id, { includeData: false })) ? true : undefined), { limitMs: 120_000 });
		return { execution: await stage.n8n.client.getExecution(id), mails: smtp.mails.slice(before) };
	}
	const digest = async (): ReturnType<typeof run> => await run('dailyDigest', 'At 8 each morning');
	const health = async (): ReturnType<typeof run> => await run('healthCheck', 'Each day at 7');
	const itemsOf = (execution: Execution, node: string): number => outputsOf(execution, node).flat().length;

	test('a day without news sends nothing', async () => {
		const { execution, mails } = await digest();
		expect(execution.status).toBe('success');
		expect(mails).toEqual([]);
		expect(itemsOf(execution, 'Nothing to tell')).toBe(1);
	}, 150_000);

	test('a healthy installation sends nothing, and n8n itself says how large its tables are', async () => {
		const { execution, mails } = await health();
		const [[report]] = outputsOf(execution, 'Check everything') as [[Record<string, unknown>]];
		expect(report).toMatchObject({ healthy: true, failed: [] });
		expect(mails).toEqual([]);
		expect(itemsOf(execution, 'All is well')).toBe(1);
		const { checks } = report as { checks: { name: string; message: string }[] };
		const size = /^(\d+) KB of 200 MB/.exec(checks.find(({ name }) => name === 'Data tables')?.message ?? '')?.[1];
		expect(Number(size)).toBeGreaterThan(0);
	}, 150_000);

	test('the digest tells of tasks, pull requests, issues and cost, and nothing from outside acts in it', async () => {
		const issue = askFor(stage, 'Mend the cart');
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		stage.github.openIssue({ repository: stage.fullName, title: '<img src=x onerror=alert(1)> see https://evil.example/login @everyone' });
		const [worked] = await runsOf(stage, task.id);
		const noonYesterday = new Date(Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 12 * HOUR_MS).toISOString();
		await editRows(stage, 'maestro_runs', worked?.id, { finishedAt: noonYesterday, costUsd: 1.25 });

		const { execution, mails } = await digest();
		expect(execution.status).toBe('success');
		expect(mails).toHaveLength(1);
		const [mail] = mails;
		expect(mail).toMatchObject({ envelope: { from: SENDER, to: [PERSON] }, subject: 'Maestro: 0 running, 1 in review, $1.25 yesterday' });
		const link = `${stage.github.webUrl}/${stage.fullName}/pull/${String(task.pullRequestNumber)}`;
		expect(mail?.text).toContain(`Task ${String(task.id)} of ${stage.fullName}, Mend the cart (${link})`);
		expect(mail?.text).toContain(`${stage.fullName}: 2 open issues`);
		expect(mail?.text).toContain(`${stage.fullName}: 1 open pull request\n`);
		expect(mail?.text.trimEnd().split('\n').at(-1)).toBe(MAESTRO_MAIL_LINE);
		expect(mail?.html).toContain(`<a href="${link}">`);
		expect(mail?.html).not.toContain('<img');
		expect(mail?.html).toContain('&lt;img');
		expect(`${mail?.text ?? ''}${mail?.html ?? ''}`).not.toMatch(/https:\/\/evil|evil\.example|@everyone/);
		// Slack is there for who wants it.
		expect(itemsOf(execution, 'Send to Slack')).toBe(itemsOf(execution, 'Is there news?'));
	}, 240_000);

	test('what fails sends the alert, with what to do and without a secret', async () => {
		stage.model.setScripts([refuses]);
		stage.github.changeToken({ scopes: ['read:org'], expires: '2999-01-01 00:00:00 UTC' });
		const { execution, mails } = await health();
		expect(execution.status).toBe('success');
		expect(mails).toHaveLength(1);
		const [mail] = mails;
		expect(mail).toMatchObject({ envelope: { from: SENDER, to: [PERSON] }, subject: 'Maestro: 2 of 9 checks failed' });
		const [, failed = '', passed = ''] = /Failed\n([\s\S]*?)\n\nPassed\n([\s\S]*)/.exec(mail?.text ?? '') ?? [];
		expect(failed).toMatch(/^- ✘ Claude: .+\n- ✘ GitHub token: .*read:\u200b?org.+ Make a classic token/);
		expect(passed).toContain('✔ n8n API key');
		const sent = JSON.stringify([...smtp.mails.map((each) => ({ ...each, headers: [...each.headers] })), execution]);
		for (const secret of [stage.secrets.claude, stage.secrets.github, stage.secrets.webhook, smtp.credential.password]) expect(sent).not.toContain(secret);
	}, 150_000);

	test('a check that cannot even begin sends the alert too', async () => {
		const { id = '', name = '' } = stage.credentials.maestroN8nApi ?? {};
		await stage.n8n.client.editor(`/rest/credentials/${id}`, { method: 'PATCH', body: { name, type: 'maestroN8nApi', data: { baseUrl: stage.n8n.url, apiKey: '' } } });
		const { mails } = await health();
		expect(mails.map(({ subject, text }) => [subject, text])).toEqual([['Maestro: the health check itself failed', expect.stringContaining('Its execution in n8n says why')]]);
	}, 150_000);
});
