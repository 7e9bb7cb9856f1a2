import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	bench.api.setExecution('execution-1', 'running');
});
afterEach(async () => {
	expect(bench.github.violations).toEqual([]);
	await bench.close();
});

const run = async (parameters: INodeParameters, options: RunOptions = {}): Promise<NodeRun> => await runNode(new Maestro(), { parameters: { resource: 'project', ...parameters }, credentials: bench.credentials, ...options });
const setUp = async (repository: string, projectFields: INodeParameters = {}, options: RunOptions = {}): Promise<NodeRun> => await run({ operation: 'setUp', repository, projectFields }, options);
const projects = (): ReturnType<Bench['api']['rows']> => bench.api.rows('maestro_projects');
const found = ({ outputs }: NodeRun): string[] => (outputs[0]?.[0]?.findings as { what: string; ok: boolean }[]).map(({ what, ok }) => `${ok ? '✔' : '✘'} ${what}`);
const hooks = (): unknown[] => [...bench.github.repositoryState(REPOSITORY).hooks];
const published = async (): Promise<unknown> => await bench.subscription({ events: '', webhookUrl: 'https://n8n.example.com/webhook/maestro/github', webhookEvents: 'issues' });
const withGithub = (changes: Readonly<Record<string, string>>): RunOptions => ({ credentials: { ...bench.credentials, maestroGithubApi: { ...bench.credentials.maestroGithubApi, ...changes } } });

describe('setting a project up', () => {
	it('tries everything, saves it, and makes its webhooks', async () => {
		await published();
		const result = await setUp(REPOSITORY, { setupScript: 'npm ci', verifyCommand: ' npm test ' });
		expect(result.error).toBeUndefined();
		expect(result.outputs[0]).toMatchObject([{ saved: true, ready: true, repository: REPOSITORY, project: { setupScript: 'npm ci', verifyCommand: 'npm test', active: true, maxRunning: 1, minimumTrust: 'collaborator' } }]);
		expect(found(result)).toEqual(['✔ Data tables', '✔ Executions', '✔ GitHub token', '✔ Repository', '✔ Webhook secret', '✔ Webhooks']);
		expect(hooks()).toHaveLength(1);
	});

	it.each([
		['that GitHub does not show', 'octo/shpo', {}, 'GitHub found nothing'],
		['of a token that GitHub does not know', REPOSITORY, { accessToken: 'ghp_anotherTokenThatIsWrong' }, 'did not accept the token'],
	])('saves no repository %s, makes no webhook there, and says why', async (_, repository, credential, why) => {
		await published();
		const result = await setUp(repository, { setupScript: 'npm ci' }, withGithub(credential));
		expect(result.error).toBeUndefined();
		expect(result.outputs[0]).toMatchObject([{ saved: false, ready: false, project: null, repository, message: expect.stringMatching(new RegExp(`✘ Repository: .*${why}`)) }]);
		expect(found(result)).not.toContain('✘ Webhooks');
		expect([projects(), hooks()]).toEqual([[], []]);
	});

	it.each([{ archived: true }, { canPush: false }])('saves no repository that cannot be worked on: %j', async (state) => {
		await bench.github.createRepository({ fullName: REPOSITORY, files: { a: 'a' }, ...state });
		expect((await setUp(REPOSITORY)).outputs[0]).toMatchObject([{ saved: false }]);
		expect(projects()).toEqual([]);
	});

	it('leaves a project as it was whose repository cannot be reached now', async () => {
		await setUp(REPOSITORY, { setupScript: 'npm ci' });
		bench.github.failNext(`GET /repos/${REPOSITORY}`, { status: 404, body: { message: 'Not Found' } });
		expect((await setUp(REPOSITORY, { setupScript: 'make' })).outputs[0]).toMatchObject([{ saved: false, project: { setupScript: 'npm ci', active: true } }]);
		expect(projects()).toMatchObject([{ setupScript: 'npm ci', active: true }]);
	});

	it('saves it although something else is missing that can be mended later', async () => {
		const result = await setUp(REPOSITORY, {}, withGithub({ webhookSecret: '' }));
		expect(result.outputs[0]).toMatchObject([{ saved: true, ready: false, message: expect.stringContaining('✘ Webhook secret') }]);
		expect(projects()).toHaveLength(1);
	});

	it('with a key that may not use the tables says which scope it lacks, and saves nothing', async () => {
		bench.api.scopes = ['dataTable:list', 'dataTable:create', 'execution:read'];
		expect((await setUp(REPOSITORY)).outputs[0]).toMatchObject([{ saved: false, message: expect.stringMatching(/✘ Data tables: .*dataTableRow:read/) }]);
		expect(projects()).toEqual([]);
	});

	it('with a key of another user, from whom n8n hides the executions, says whose key it has to be, and saves nothing', async () => {
		expect((await setUp(REPOSITORY, {}, { executionId: 'execution-of-somebody-else' })).outputs[0]).toMatchObject([{ saved: false, message: expect.stringMatching(/✘ Executions: .*the user who owns the workflows/) }]);
		expect(projects()).toEqual([]);
	});

	it('names the base branch that it is to have from now on', async () => {
		expect((await setUp(REPOSITORY, { baseBranch: 'develop' })).outputs[0]?.[0]?.message).toContain('pull requests go to develop');
	});
});

describe('the check of a repository', () => {
	it('that is no project says so, and makes no webhook', async () => {
		await published();
		const result = await run({ operation: 'check', repository: REPOSITORY });
		expect(result.outputs[0]).toMatchObject([{ project: null, ready: false }]);
		expect(found(result).slice(-1)).toEqual(['✘ Project']);
		expect([projects(), hooks()]).toEqual([[], []]);
	});

	it('that is a project and cannot be reached makes no webhook', async () => {
		await published();
		await bench.project();
		bench.github.failNext(`GET /repos/${REPOSITORY}`, { status: 404, body: { message: 'Not Found' } });
		expect(found(await run({ operation: 'check', repository: REPOSITORY }))).toEqual(['✔ Data tables', '✔ Executions', '✔ GitHub token', '✘ Repository', '✔ Webhook secret']);
		expect(hooks()).toEqual([]);
	});
});

describe('the set-up form', () => {
	const file: { nodes: { name: string; onError?: RunOptions['node'] extends { onError?: infer E } ? E : never; parameters: INodeParameters }[] } = JSON.parse(readFileSync(join(__dirname, '../../workflows/maestro-setup.json'), 'utf8'));
	const node = file.nodes.find(({ name }) => name === 'Try and save');
	/** As n8n's form gives what was left empty: texts as '', a number as 0. */
	const empty = { baseBranch: '', setupScript: '', verifyCommand: '', instructions: '', maxRunning: 0, minimumTrust: '', ladder: '' };
	/** The node stands behind the page that shows what was entered on the first; here it is alone with that. */
	const alone: INodeParameters = JSON.parse(JSON.stringify(node?.parameters).replaceAll('$(\\"Project form\\").first().json', '$json'));
	const fill = async (answers: IDataObject): Promise<NodeRun> => await run(alone, { input: [{ ...empty, ...answers }], node: { onError: 'continueRegularOutput' } });

	it('asks for fields that the node saves, and for no others', () => {
		const form = file.nodes.find(({ name }) => name === 'Project form')?.parameters.formFields as { values: { fieldName: string; defaultValue?: string }[] };
		expect(form.values.map(({ fieldName }) => fieldName).sort()).toEqual(['repository', ...Object.keys(empty)].sort());
		// What is filled in beforehand would be sent for a project that has something else.
		expect(form.values.filter(({ defaultValue }) => defaultValue !== undefined)).toEqual([]);
		expect(JSON.stringify(node)).toContain('"onError":"continueRegularOutput"');
		expect(JSON.stringify(alone)).not.toContain('$(');
	});

	it('makes a new project with what was entered, and with what is usual for the rest', async () => {
		const { outputs, error } = await fill({ repository: ` ${REPOSITORY} `, setupScript: 'npm ci', minimumTrust: 'anyone', maxRunning: 3 });
		expect(error).toBeUndefined();
		expect(outputs[0]).toMatchObject([{ saved: true, ready: true, project: { repository: REPOSITORY, setupScript: 'npm ci', minimumTrust: 'none', maxRunning: 3, baseBranch: '', active: true } }]);
		await bench.github.createRepository({ fullName: 'octo/other', files: { a: 'a' } });
		expect((await fill({ repository: 'octo/other' })).outputs[0]).toMatchObject([{ project: { maxRunning: 1, minimumTrust: 'collaborator' } }]);
	});

	it('leaves what was left empty as it is for a project that is there', async () => {
		const before = { baseBranch: 'main', setupScript: 'npm ci', verifyCommand: 'npm test', instructions: 'Use tabs.', maxRunning: 4, minimumTrust: 'owner', ladder: 'sentry: branch' };
		await fill({ repository: REPOSITORY, ...before });
		const { outputs } = await fill({ repository: REPOSITORY, verifyCommand: 'npm run check' });
		expect(outputs[0]).toMatchObject([{ saved: true, project: { ...before, verifyCommand: 'npm run check' } }]);
		expect(projects()).toHaveLength(1);
	});

	it.each(['https://github.com/octo/shop', 'https://github.com/octo/shop.git', 'http://ghe.example.com/octo/shop/', 'octo/shop.git'])('takes the repository as its address also: %s', async (repository) => {
		expect((await fill({ repository })).outputs[0]).toMatchObject([{ repository: REPOSITORY, saved: true }]);
	});

	it('says on its page what is wrong with what was entered', async () => {
		expect((await fill({ repository: 'shop' })).outputs[0]).toMatchObject([{ error: expect.stringContaining('"Repository" is "shop"'), details: { advice: expect.stringContaining('owner/name') } }]);
		expect(projects()).toEqual([]);
	});
});
