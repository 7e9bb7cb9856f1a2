import { bash, done, quote, structured, when, type Conversation, type Reply, type Script } from '../fixtures/model';
import { act, askFor, asleep, atOnce, commitsOf, editRows, eventsOf, gate, pullRequestsOf, runsOf, sessionsOf, taskIs, taskOf, type Gate, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { property, record } from './support/rest';
import { openStage, SAMPLE, type Stage, type StageOptions } from './support/stage';

const FIVE = `# Five files

- [ ] Make file 1
- [ ] Make file 2
- [ ] Make file 3
- [ ] Make file 4
- [ ] Make file 5
`;

const GATED = `# With a gate

- [ ] Write the proposal

<!-- MAESTRO:HITL reason="Is the proposal right?" artifact="proposal.md" -->

- [ ] Carry it out
`;

const write = (path: string, text: string): string => `mkdir -p "$(dirname ${quote(path)})" && printf '%s' ${quote(text)} > ${quote(path)}`;
/** A second try adds nothing. */
const commit = (message: string): string => `git add -A && (git diff --cached --quiet || git commit -q -m ${quote(message)})`;
const work = (summary: string, ...commands: string[]): Reply[] => [...commands.map((command) => bash(command)), done(summary)];

const TEST = "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n\ntest('adds two numbers', () => assert.equal(add(2, 3), 5));\n";

const title = ({ prompts }: Conversation): string => /^Title: (.+)$/m.exec(prompts.join('\n'))?.[1] ?? '';
const folderOf = ({ lastPrompt }: Conversation): string => /playbook's folder is (\S+), and/.exec(lastPrompt)?.[1] ?? '/nowhere';

/** Which playbook a task goes by, from its title: what a workflow's owner may decide as they like. */
const byTitle: NonNullable<StageOptions['adapt']> = (name, workflow) => {
	const adapted = atOnce(name, workflow);
	if (name !== 'issueToTask') return adapted;
	const playbook = "={{ ({ Five: 'docs/five.md', Gate: 'docs/gate.md', Nowhere: 'docs/nowhere.md' })[$json.signal.title.split(' ')[0]] ?? 'fix-bug' }}";
	const nodes = adapted.nodes.map((node) =>
		String(node.type).endsWith('maestroCreateTask')
			? { ...node, parameters: { ...record(node.parameters), options: { ...record(property(node.parameters, 'options')), playbook } } }
			: node);
	return { ...adapted, nodes };
};

/** The tasks that the large feature is split into: a chain of three, two that change the same file, one by itself. */
const PLAN = [
	{ key: 'model', title: 'Part model', dependsOn: [], files: ['model.txt'] },
	{ key: 'api', title: 'Part api', dependsOn: ['model'], files: ['api.txt'] },
	{ key: 'page', title: 'Part page', dependsOn: ['api'], files: ['page.txt'] },
	{ key: 'left', title: 'Part left', dependsOn: [], files: ['shared.txt', 'left.txt'] },
	{ key: 'right', title: 'Part right', dependsOn: [], files: ['shared.txt', 'right.txt'] },
	{ key: 'alone', title: 'Part alone', dependsOn: [], files: ['alone.txt'] },
].map((task) => ({ ...task, body: `Write the file of ${task.key}.`, parallel: true, conflictsWith: [] }));

describe('a playbook', () => {
	let stage: Stage;
	let third: Gate;

	beforeAll(async () => {
		stage = await openStage({
			scripts: [],
			playbooks: true,
			adapt: byTitle,
			further: ['featureDecomposition'],
			repository: { fullName: SAMPLE.fullName, files: { ...SAMPLE.files, 'docs/five.md': FIVE, 'docs/gate.md': GATED } },
		});
		const [project] = await stage.rows('maestro_projects');
		await editRows(stage, 'maestro_projects', project?.id, { verifyCommand: 'npm test' });
		third = gate(stage.root, 'third');
		const liar = (conversation: Conversation): Reply => {
			const copy = `${folderOf(conversation)}/fix-bug.md`;
			return act(work('All of it is done and proven.', `sed -i 's/- \\[ \\]/- [x]/; s/npm test/true/' '${copy}'`), conversation);
		};
		const scripts: readonly Script[] = [
			when((conversation) => title(conversation).startsWith('Lie')).turns(liar),
			when((conversation) => title(conversation).startsWith('Five') && conversation.lastPrompt.includes('step 3 of 5')).turns([third.turn, ...work('Made 3.', write('3.txt', '3'), commit('File 3'))]),
			when((conversation) => title(conversation).startsWith('Five')).turns((conversation) => {
				const number = /step (\d) of 5/.exec(conversation.lastPrompt)?.[1] ?? '0';
				return act(work(`Made ${number}.`, write(`${number}.txt`, number), commit(`File ${number}`)), conversation);
			}),
			when((conversation) => title(conversation).startsWith('Gate') && conversation.lastPrompt.includes('step 1 of 2')).turns((conversation) =>
				act(work('Proposed.', write(`${folderOf(conversation)}/proposal.md`, 'Paint it green.')), conversation)),
			when((conversation) => title(conversation).startsWith('Gate')).turns((conversation) => {
				const colour = conversation.lastPrompt.includes('Paint it blue instead') ? 'blue' : 'unknown';
				return act(work('Carried out.', write('paint.txt', colour), commit(`Paint it ${colour}`)), conversation);
			}),
			when((conversation) => title(conversation).startsWith('Large') && conversation.lastPrompt.includes('step 3 of 3')).turns([structured({ status: 'done', summary: 'Split in six.', tasks: PLAN })]),
			when((conversation) => title(conversation).startsWith('Large')).turns((conversation) => act(work('Required.', write(`${folderOf(conversation)}/requirements.md`, 'R1')), conversation)),
			when((conversation) => title(conversation).startsWith('Part') && conversation.lastPrompt.includes('step 2 of 4')).turns((conversation) => {
				const part = title(conversation).split(' ')[1] ?? '';
				const more = part === 'left' || part === 'right' ? [`echo ${part} >> shared.txt`] : [];
				// The base has to have what this part depends on.
				const needs = part === 'api' ? ['test -f model.txt'] : part === 'page' ? ['test -f api.txt'] : [];
				return act(work(`Built ${part}.`, ...needs, write(`${part}.txt`, part), ...more, commit(`Build ${part}`)), conversation);
			}),
			when(/step 1 of 3/).turns(work('Shown.', write('add.test.js', TEST), commit('Show the bug'))),
			when(/step 2 of 3/).turns(work('Mended.', write('add.js', 'exports.add = (a, b) => a + b;\n'), commit('Add instead of subtract'))),
			when(/^/).turns([done('Looked through.')]),
		];
		stage.model.setScripts(scripts);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const at = (number: number) => ({ repository: stage.fullName, number });
	const playbookOf = async (task: RowOf): Promise<RowOf> => {
		const row = (await stage.rows('maestro_playbooks')).find((each) => each.taskId === task.id);
		if (row === undefined) throw new Error(`Task ${String(task.id)} has no playbook`);
		return row;
	};
	const doneSteps = async (task: RowOf): Promise<string[]> =>
		(await eventsOf(stage, task.id, 'step.completed')).sort((one, other) => Number(one.id) - Number(other.id)).map(({ message }) => String(message));

	test('fix-bug goes from a red test to a pull request that says so, one step a node run', async () => {
		const issue = askFor(stage, 'add(2, 3) gives -1');
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		const { execution } = await asleep(stage, task.id);
		expect(task).toMatchObject({ playbook: 'fix-bug' });
		const [number = 0] = pullRequestsOf(stage, issue);
		expect(commitsOf(stage, number)).toEqual(['Add instead of subtract', 'Show the bug']);
		const [red, green] = commitsOf(stage, number).length === 2 ? /`npm test` failed at ([0-9a-f]{12})[^]*`npm test` passed at ([0-9a-f]{12})/.exec(stage.github.issue(at(number)).body)?.slice(1) ?? [] : [];
		expect(green).toBe(stage.github.issue(at(number)).pull?.headSha.slice(0, 12));
		expect(red).toMatch(/^[0-9a-f]{12}$/);
		expect(red).not.toBe(green);
		expect((await runsOf(stage, task.id)).map(({ purpose, status }) => [purpose, status])).toEqual([['step:1', 'completed'], ['step:2', 'completed'], ['step:3', 'completed']]);
		expect(await sessionsOf(stage, task.id)).toHaveLength(1);
		expect(await playbookOf(task)).toMatchObject({ status: 'completed', progress: 'step 3 of 3' });
		// One entry in the execution history for each step, and one that finds all done.
		const { data } = await stage.n8n.client.getExecution(execution.id);
		const steps = property(data, 'resultData', 'runData', 'Run the next step');
		expect(steps).toHaveLength(4);
		await stage.github.merge(at(number), 'ada');
		await taskIs(stage, issue, 'completed');
	}, 180_000);

	test('an agent that lies never gets a tick, and a person is told why', async () => {
		const issue = askFor(stage, 'Lie about the work');
		const task = await taskIs(stage, issue, 'failed', 120_000);
		expect(await doneSteps(task)).toEqual([]);
		expect(await eventsOf(stage, task.id, 'step.refused')).toHaveLength(3);
		expect(await playbookOf(task)).toMatchObject({ status: 'failed', progress: 'step 1 of 3', position: expect.stringContaining('"---"') });
		expect(pullRequestsOf(stage, issue)).toEqual([]);
		const [comment] = await waitFor('the notice', () => (stage.github.issue(at(issue)).comments.length > 0 ? stage.github.issue(at(issue)).comments : undefined));
		expect(comment?.body).toMatch(/stopped at step 1 of 3/);
	}, 180_000);

	test('that the repository does not have fails with what to do', async () => {
		const issue = askFor(stage, 'Nowhere to be found');
		const task = await taskIs(stage, issue, 'failed', 60_000);
		expect(String(task.statusReason)).toMatch(/bad_playbook: .*docs\/nowhere\.md/);
	}, 90_000);

	test('goes on by itself after SIGKILL in the middle of step 3 of 5, and each step is done once', async () => {
		const issue = askFor(stage, 'Five files');
		await third.reached();
		const before = await taskIs(stage, issue, 'in_progress');
		expect(await doneSteps(before)).toHaveLength(2);
		const [, , session] = await sessionsOf(stage, before.id);
		await stage.n8n.kill9();
		await stage.n8n.restart();
		// Nobody helps: the published schedule finds it within a minute.
		await waitFor('the agent to go on', () => (third.times() >= 2 ? true : undefined), { limitMs: 120_000 });
		third.open();
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		expect((await doneSteps(task)).map((message) => /^step \d/.exec(message)?.[0])).toEqual(['step 1', 'step 2', 'step 3', 'step 4', 'step 5']);
		const [number = 0, ...others] = pullRequestsOf(stage, issue);
		expect(others).toEqual([]);
		expect(commitsOf(stage, number)).toEqual(['File 5', 'File 4', 'File 3', 'File 2', 'File 1']);
		expect((await runsOf(stage, task.id)).map(({ purpose }) => purpose)).toEqual(['step:1', 'step:2', 'step:3', 'step:4', 'step:5']);
		// A session for each step, and the third in the one that was interrupted.
		const sessions = await sessionsOf(stage, task.id);
		expect(sessions).toHaveLength(5);
		expect(sessions[2]).toMatchObject({ agentSessionId: session?.agentSessionId, status: 'completed' });
	}, 300_000);

	test('waits at a gate over a restart, and goes on with the answer', async () => {
		const issue = askFor(stage, 'Gate in the middle');
		const blocked = await taskIs(stage, issue, 'blocked', 90_000);
		expect(await doneSteps(blocked)).toHaveLength(1);
		const comments = await waitFor('the question', () => (stage.github.issue(at(issue)).comments.length > 0 ? stage.github.issue(at(issue)).comments : undefined));
		expect(comments[0]?.body).toMatch(/Is the proposal right\?[^]*Paint it green\./);
		await stage.n8n.kill9();
		await stage.n8n.restart();
		await stage.reconcile();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'blocked' });
		stage.github.issue(at(issue)).body += '\n\nPaint it blue instead.';
		stage.github.addLabel(at(issue), 'auto');
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		const [number = 0] = pullRequestsOf(stage, issue);
		expect(commitsOf(stage, number)).toEqual(['Paint it blue']);
		expect(await doneSteps(task)).toHaveLength(2);
	}, 300_000);

	test('splits a large feature into tasks that keep their order to the last merge', async () => {
		await stage.n8n.client.publish(stage.workflow('featureDecomposition'));
		const path = '/webhook/maestro/feature-spec';
		await waitFor('the webhook of the workflow', () => stage.github.repositoryState(stage.fullName).hooks.find(({ config }) => config.url.endsWith(path)));
		const issue = stage.github.openIssue({ repository: stage.fullName, title: 'Large feature', body: 'Models, an API and pages.', association: 'OWNER' });
		stage.github.addLabel(at(issue), 'feature-spec');
		const children = async (): Promise<RowOf[]> => (await stage.rows('maestro_tasks')).filter((task) => String(task.title).startsWith('Part '));
		await waitFor('six tasks with issues', async () => ((await children()).filter((task) => Number(task.issueNumber) > 0).length === 6 ? true : undefined), {
			limitMs: 120_000,
			seen: async () => ({ parent: await taskOf(stage, issue), children: (await children()).map(({ title: name, status, issueNumber }) => [name, status, issueNumber]) }),
		});
		const parent = await taskOf(stage, issue);
		expect(parent).toMatchObject({ playbook: 'decompose-feature' });
		const byName = async (): Promise<Map<string, RowOf>> => new Map((await children()).map((task) => [String(task.title).replace('Part ', ''), task]));
		const made = await byName();
		expect(stage.github.issue(at(Number(made.get('api')?.issueNumber))).body).toMatch(new RegExp(`Part of #${issue}[^]*#${String(made.get('model')?.issueNumber)}`));
		// A person merges whatever is proposed; what was at work at the same time is written down.
		const together = new Set<string>();
		const merged: string[] = [];
		await waitFor(
			'all six to be merged',
			async () => {
				const now = await byName();
				const open = [...now].filter(([, task]) => task.status === 'in_progress' || task.status === 'in_review').map(([name]) => name);
				for (const one of open) for (const other of open) if (one < other) together.add(`${one} ${other}`);
				for (const [name, task] of now) {
					const number = Number(task.pullRequestNumber);
					if (task.status !== 'in_review' || number === 0 || merged.includes(name)) continue;
					merged.push(name);
					await stage.github.merge(at(number), 'ada');
				}
				return [...now.values()].every(({ status }) => status === 'completed') ? true : undefined;
			},
			{ limitMs: 400_000, everyMs: 500, seen: async () => (await children()).map(({ title: name, status, statusReason, dependsOn, conflictsWith, id }) => [id, name, status, statusReason, dependsOn, conflictsWith]) },
		);
		expect(merged.filter((name) => ['model', 'api', 'page'].includes(name))).toEqual(['model', 'api', 'page']);
		expect([...together].filter((pair) => ['left right', 'api model', 'api page', 'model page'].includes(pair))).toEqual([]);
		expect(together.size).toBeGreaterThan(0);
		await taskIs(stage, issue, 'completed', 120_000);
		await stage.reconcile();
		expect(stage.github.issue(at(issue)).state).toBe('closed');
		expect(stage.github.violations).toEqual([]);
	}, 600_000);
});
