/** The set-up form as a person meets it: what is saved, and what the page says that follows. */
import { sendForm } from './support/form';
import { sendSetUpForm } from './support/installation';
import { waitFor } from './support/poll';
import { list, property, text } from './support/rest';
import { openStage, type Stage } from './support/stage';

const FIELDS = ['repository', 'baseBranch', 'setupScript', 'verifyCommand', 'instructions', 'maxRunning', 'minimumTrust', 'ladder'] as const;
type Answers = Partial<Record<(typeof FIELDS)[number], string>>;

describe('the set-up form', () => {
	let stage: Stage;
	beforeAll(async () => {
		stage = await openStage({ scripts: [], project: { setupScript: 'echo ready', verifyCommand: 'npm test', maxRunning: 2, minimumTrust: 'owner' } });
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const project = async (repository: string): Promise<Record<string, unknown> | undefined> => (await stage.rows('maestro_projects')).find((row) => row.repository === repository);
	const hooksMade = (repository: string): number => stage.github.requests.filter(({ method, path }) => method === 'POST' && path === `/repos/${repository}/hooks`).length;

	/** Sends the form as the page does, each field also when it is empty, and gives the page that follows. */
	const send = async (answers: Answers): Promise<string> => (await sendSetUpForm(stage, FIELDS.map((name) => answers[name] ?? ''))).html;

	test('asks for the fields that this test fills in', async () => {
		const { nodes } = (await stage.n8n.client.api(`/workflows/${stage.workflows.setup}`)) as { nodes: unknown[] };
		const form = nodes.find((node) => property(node, 'name') === 'Project form');
		expect(list(form, 'parameters', 'formFields', 'values').map((field) => text(field, 'fieldName'))).toEqual([...FIELDS]);
	});

	test('shows what was entered, and saves nothing before that page is sent: another site could send the first in the name of who is logged in', async () => {
		const script = 'echo "$HOME $& <b>" && true\necho two';
		const answers: Answers = { repository: stage.fullName, setupScript: script };
		const page = await sendForm(stage, 'maestro-setup', FIELDS.map((name) => answers[name] ?? ''));
		expect(page.html).toContain('Is this what you want?');
		// A browser ends the lines of a form with CR LF.
		expect(page.html.replaceAll('\r', '')).toContain('echo "$HOME $&amp; &lt;b&gt;" &amp;&amp; true<br />echo two');
		expect(await project(stage.fullName)).toMatchObject({ setupScript: 'echo ready' });
		const { pathname } = new URL(page.address);
		expect((await fetch(`${stage.n8n.url}${pathname}`, { method: 'POST', body: new FormData() })).status).toBe(401);
		expect(await project(stage.fullName)).toMatchObject({ setupScript: 'echo ready' });
		expect((await page.send(['', 'yes'])).html).toContain('<h1>Ready</h1>');
		expect(await project(stage.fullName)).toMatchObject({ setupScript: script });
		await send({ repository: stage.fullName, setupScript: 'echo ready' });
	}, 60_000);

	test('does not save a repository that is misspelt, makes no webhook for it, and says what to do', async () => {
		const page = await send({ repository: 'octo/calculater', setupScript: 'npm ci' });
		expect(page).toContain('<h1>Not saved</h1>');
		expect(page).toMatch(/<b>✘ Repository<\/b>: GitHub found nothing/);
		expect(page).toContain('<b>✔ GitHub token</b>');
		expect(page).toContain('send the form again');
		expect(page).not.toContain('Webhooks');
		expect(await project('octo/calculater')).toBeUndefined();
		expect(hooksMade('octo/calculater')).toBe(0);
	}, 60_000);

	test('leaves what was left empty as it is, and changes the rest', async () => {
		const page = await send({ repository: `https://github.com/${stage.fullName}`, instructions: 'Use tabs & <b>no</b> spaces.' });
		expect(page).toContain('<h1>Ready</h1>');
		expect(page).toContain('<b>✔ Webhooks</b>');
		expect(page).toContain(`label auto on an issue of ${stage.fullName}`);
		expect(await project(stage.fullName)).toMatchObject({ setupScript: 'echo ready', verifyCommand: 'npm test', maxRunning: 2, minimumTrust: 'owner', instructions: 'Use tabs & <b>no</b> spaces.', active: true });
		expect((await stage.rows('maestro_projects')).length).toBe(1);
	}, 60_000);

	test('saves a ladder, and leaves it as it is where the field is empty', async () => {
		const ladder = 'sentry: pull_request\nemail member: branch';
		expect(await send({ repository: stage.fullName, ladder: ladder.replaceAll('\n', '\r\n') })).toContain('<h1>Ready</h1>');
		expect(String((await project(stage.fullName))?.ladder).replaceAll('\r', '')).toBe(ladder);
		const kept = (await project(stage.fullName))?.ladder;
		expect(await send({ repository: stage.fullName, instructions: 'Use tabs.' })).toContain('<h1>Ready</h1>');
		expect(await project(stage.fullName)).toMatchObject({ ladder: kept, instructions: 'Use tabs.' });
	}, 60_000);

	test('says which line of a ladder cannot be read, and saves nothing', async () => {
		const before = await project(stage.fullName);
		const page = await send({ repository: stage.fullName, verifyCommand: 'make check', ladder: 'sentry: pull_request\nemail <b>: often' });
		expect(page).toContain('<h1>Not saved</h1>');
		expect(page).toMatch(/"email &lt;b(>|&gt;): often" is no rule such as "sentry: pull_request"/);
		expect(page).not.toContain('"sentry: pull_request" is no rule');
		expect(page).toContain('Write one rule a line');
		expect(await project(stage.fullName)).toEqual(before);
	}, 60_000);

	test('makes the webhooks of a project that comes later', async () => {
		await stage.github.createRepository({ fullName: 'octo/later', files: { 'README.md': '# Later\n' } });
		expect(await send({ repository: 'octo/later' })).toContain('<h1>Ready</h1>');
		expect(await project('octo/later')).toMatchObject({ maxRunning: 1, minimumTrust: 'collaborator', active: true });
		expect(hooksMade('octo/later')).toBe(2);
	}, 60_000);

	test('says what is wrong with an entry, also with HTML in it', async () => {
		const page = await send({ repository: '<i>shop</i>' });
		expect(page).toContain('<h1>Not saved</h1>');
		expect(page).toContain('owner/name');
		expect(page).toContain('&lt;i&gt;');
	}, 60_000);

	test('tries the credentials of n8n and GitHub in their dialogs', async () => {
		for (const type of ['maestroN8nApi', 'maestroGithubApi'] as const) {
			const credential = stage.credentials[type];
			if (credential === undefined) throw new Error(`The stage has no ${type}`);
			expect(await stage.n8n.client.testCredential(type, credential)).toEqual({ status: 'OK', message: 'Connection successful!' });
		}
	});

	test('a webhook that came before its project fails nothing, and is taken when GitHub sends it again', async () => {
		await stage.github.createRepository({ fullName: 'octo/early', files: { 'README.md': '# Early\n' } });
		stage.github.deliverTo(`${stage.n8n.url}/webhook/maestro/github`, stage.secrets.webhook, ['issues']);
		const number = stage.github.openIssue({ repository: 'octo/early', title: 'Too early', body: '', association: 'OWNER' });
		const deliveries = stage.github.addLabel({ repository: 'octo/early', number }, 'auto');
		await stage.github.delivered();
		const early = async (): Promise<unknown[]> => (await stage.rows('maestro_tasks')).filter(({ repository }) => repository === 'octo/early');
		expect(await early()).toEqual([]);
		expect(await stage.n8n.client.listExecutions({ workflowId: stage.workflows.issueToTask })).toEqual([]);
		const lines = (await stage.rows('maestro_events')).filter(({ type }) => type === 'signal.ignored').map(({ message }) => message);
		expect(lines).toEqual([expect.stringContaining('no project for the repository "octo/early"')]);

		await send({ repository: 'octo/early' });
		for (const id of deliveries) stage.github.redeliver(id);
		await stage.github.delivered();
		await waitFor('the task', async () => (await early())[0], { limitMs: 30_000 });
	}, 120_000);
});
