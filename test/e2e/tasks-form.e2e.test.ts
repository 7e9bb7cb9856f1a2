/** The form "Maestro: tasks" as a person meets it: what it lists, what it changes, and what it says of that. */
import { askFor, asleep, atOnce, doAsTitled, editRows, eventsOf, pullRequestsOf, sessionsOf, taskIs, taskOf, type RowOf } from './support/flow';
import { loginOf, sendForm, type FormPage } from './support/form';
import { waitFor } from './support/poll';
import { openStage, type Stage } from './support/stage';

const [BLOCKED, FAILED, CANCELLED, IN_REVIEW] = ['Blocked (a person has to say how it goes on)', 'Failed', 'Cancelled', 'In review (its pull request is open)'];
const [START, ANEW] = ['Start it, or go on where it stopped', 'Have it done anew'];
const [CANCEL, ARCHIVE, ONLY] = ['Cancel it', 'Archive it', 'Only change what is below'];
const LEAVE = 'Leave it';
const PLAIN = `"It's" $& $\` $' $$ {{ 1 + 1 }} \\u0041 <script>`;
const HOSTILE = `${PLAIN}alert(1)</script></select> ${'and so on '.repeat(30)}`;

describe('the form "Maestro: tasks"', () => {
	let stage: Stage;
	beforeAll(async () => {
		stage = await openStage({ scripts: [doAsTitled], further: ['tasks'], adapt: atOnce });
		await stage.n8n.client.publish(stage.workflow('tasks'));
	}, 240_000);
	afterAll(async () => await stage.close(), 60_000);

	const address = (): string => `${stage.n8n.url}/form/maestro-tasks`;
	const show = async (which: string, repository = ''): Promise<FormPage> => await sendForm(stage, 'maestro-tasks', [which, repository]);
	/** The line of a task on the second page. */
	const lineOf = ({ options }: FormPage, { id }: RowOf): string => options['field-0']?.find((line) => line.startsWith(`#${String(id)} `)) ?? '';
	const choose = async (page: FormPage, task: RowOf, action: string, reach = LEAVE, priority = LEAVE, answer = ''): Promise<string> => (await page.send([lineOf(page, task), action, answer, reach, priority])).html;

	/** A task of somebody whom the project does not trust. */
	async function stranger(title: string): Promise<{ issue: number; task: RowOf }> {
		const issue = stage.github.openIssue({ repository: stage.fullName, title, body: 'Please.', author: 'stranger', association: 'NONE' });
		stage.github.addLabel({ repository: stage.fullName, number: issue }, 'auto');
		return { issue, task: await taskIs(stage, issue, 'blocked') };
	}

	test('says when there is nothing to show, and of which repository', async () => {
		expect((await show(FAILED)).html).toMatch(/<h1>There is nothing to show<\/h1>[\s\S]*No task is in the state "failed"\. /);
		const { html } = await show(BLOCKED, 'octo/<i>none</i>');
		expect(html).toContain('No task is in the state "blocked" in octo/&lt;i');
		expect(html).not.toContain('<i>');
	}, 60_000);

	test('starts a blocked task of a stranger, which becomes a pull request', async () => {
		const { issue, task } = await stranger('Mend what a stranger found');
		const page = await show(BLOCKED, `https://github.com/${stage.fullName}.git`);
		expect(page.html).toContain('<h1>Maestro: blocked tasks</h1>');
		expect(lineOf(page, task)).toMatch(new RegExp(`^#${String(task.id)} ${stage.fullName}: “Mend what a stranger found” by stranger \\(none\\) — The author stranger is "none" to the repository.*…$`));
		expect(page.options['field-1']).toEqual([START, ANEW, CANCEL, ARCHIVE, ONLY]);
		const done = await choose(page, task, START, LEAVE, 'urgent', 'Use the *second* way.\nNo other.');
		// How far it has got by then nobody can say.
		expect(done).toMatch(new RegExp(`<h1>Task ${String(task.id)} is (pending|in progress)</h1>`));
		expect(done).toMatch(/<b>It may go as far as<\/b>: a pull request[\s\S]*<b>Priority<\/b>: urgent/);
		expect(done).toContain(`<a href="${String(task.url)}">`);
		await taskIs(stage, issue, 'in_review', 90_000);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
		expect(await taskOf(stage, issue)).toMatchObject({ body: 'Please.\n\nUse the *second* way.\nNo other.' });
		expect(stage.model.requests.some(({ conversation }) => conversation?.lastPrompt.includes('Use the *second* way.') === true)).toBe(true);
		expect((await eventsOf(stage, task.id, 'note')).map(({ message }) => message)).toContain('Changed with the node Maestro: status "blocked" → "pending", priority "medium" → "urgent", with an answer');
	}, 150_000);

	test('cancels a task in review, offers no move that is none, and refuses it all the same', async () => {
		const issue = askFor(stage, 'Wait for a review');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const page = await show(IN_REVIEW);
		expect(page.options['field-1']).toEqual([CANCEL, ONLY]);
		const refused = await choose(page, task, START);
		expect(refused).toMatch(/<h1>Nothing was changed<\/h1>[\s\S]*cannot go from "in_review" to "pending"[\s\S]*The task is as it was\./);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_review' });
		const done = await choose(await show(IN_REVIEW), task, CANCEL);
		expect(done).toContain(`<h1>Task ${String(task.id)} is cancelled</h1>`);
		expect(done).toContain(`<a href="${String(task.pullRequestUrl)}">`);
		expect(done).toContain('The pull request stays as it is');
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'cancelled', statusReason: 'A person cancelled it' });
		expect(await eventsOf(stage, task.id, 'task.cancelled')).toHaveLength(1);

		// What is said on its pull request from now on is for nobody, and ends the execution that waits for it.
		const [number = 0] = pullRequestsOf(stage, issue);
		const { execution } = await asleep(stage, task.id);
		await stage.github.review({ repository: stage.fullName, number }, { author: 'ada', association: 'MEMBER', state: 'changes_requested', body: 'Please say more.' });
		await stage.reconcile();
		await waitFor('the execution to end', async () => ((await stage.n8n.client.getExecution(execution.id, { includeData: false })).status === 'success' ? true : undefined));
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'cancelled', statusReason: 'A person cancelled it', rounds: 0 });
		expect(await sessionsOf(stage, task.id)).toHaveLength(1);
	}, 150_000);

	test('has a cancelled task done anew, with a pull request of its own, after the first was closed', async () => {
		const issue = askFor(stage, 'Close and think again');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, task.id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.github.closePullRequest({ repository: stage.fullName, number }, 'ada');
		await stage.reconcile();
		await taskIs(stage, issue, 'cancelled', 60_000);
		const page = await show(CANCELLED);
		expect(page.options['field-1']).toEqual([ANEW, ARCHIVE, ONLY]);
		expect(await choose(page, task, ANEW)).toMatch(/is (pending|in progress)<\/h1>/);
		const again = await taskIs(stage, issue, 'in_review', 90_000);
		expect(pullRequestsOf(stage, issue)).toHaveLength(2);
		expect(again.pullRequestNumber).not.toBe(number);
	}, 240_000);

	test('fills in nothing that a link names', async () => {
		await stranger('Not by a link');
		const page = await sendForm(stage, 'maestro-tasks?reach=A%20pull%20request&action=Cancel%20it', [BLOCKED, '']);
		expect(page.html).toMatch(/<h1>Not by this link<\/h1>[\s\S]*Open the form by its own address/);
	}, 60_000);

	test('says that a task which may only be sorted is blocked again, and starts it with a reach', async () => {
		const { issue, task } = await stranger('Sort this first');
		await editRows(stage, 'maestro_tasks', task.id, { reach: 'triage' });
		const again = await choose(await show(BLOCKED), task, START);
		expect(again).toContain(`<h1>Task ${String(task.id)} is blocked</h1>`);
		expect(again).toMatch(/<b>Why<\/b>: No agent may work on this[\s\S]*<b>It may go as far as<\/b>: sorting only[\s\S]*choose how far it may go/);
		expect(await sessionsOf(stage, task.id)).toEqual([]);

		expect(await choose(await show(BLOCKED), task, ONLY, 'Find the cause', 'high')).toMatch(/is blocked<\/h1>[\s\S]*finding the cause[\s\S]*: high/);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'blocked', reach: 'root_cause', priority: 'high' });
		expect(await choose(await show(BLOCKED), task, START, 'A branch')).toContain(': a branch');
		await waitFor('an agent at work', async () => ((await sessionsOf(stage, task.id)).length > 0 ? true : undefined), { limitMs: 60_000 });
		expect(await taskOf(stage, issue)).toMatchObject({ reach: 'branch', priority: 'high' });
	}, 150_000);

	test('leaves alone what has moved since it was shown, and what was not shown', async () => {
		const { issue, task } = await stranger('Move meanwhile');
		const page = await show(BLOCKED);
		await editRows(stage, 'maestro_tasks', task.id, { status: 'in_progress' });
		const late = await choose(page, task, START, 'A branch');
		expect(late).toMatch(/<h1>Nothing was changed<\/h1>[\s\S]*is "in_progress" by now, and no longer "blocked"/);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_progress', reach: 'pull_request' });
		await editRows(stage, 'maestro_tasks', task.id, { status: 'blocked' });
		const forged = await (await show(BLOCKED)).send(['#99999 octo/other: forged', CANCEL, '', LEAVE, LEAVE]);
		expect(forged.html).toContain('<h1>Nothing was changed</h1>');
	}, 90_000);

	test('shows a hostile title as plain words on one line, tells equal ones apart, and archives the one that was chosen', async () => {
		const [first, second] = [await stranger(HOSTILE), await stranger(HOSTILE)];
		await editRows(stage, 'maestro_tasks', second.task.id, { title: `\n\u202e ${HOSTILE}\r\n` });
		const page = await show(BLOCKED);
		expect(page.html).not.toContain('<script>alert');
		const [one, two] = [lineOf(page, first.task), lineOf(page, second.task)];
		expect(two).toContain(`: “${PLAIN}`);
		expect(one.replace(/^#\d+/, '')).toBe(two.replace(/^#\d+/, ''));
		expect(two).not.toMatch(/\s\s|\n|\u202e/);
		expect(Math.max(...(page.options['field-0'] ?? []).map((line) => line.length))).toBeLessThan(260);
		const done = await choose(page, second.task, ARCHIVE);
		expect(done).toContain(`<h1>Task ${String(second.task.id)} is archived</h1>`);
		expect(done).not.toContain('<script>alert');
		expect(done).toContain('&lt;script');
		expect(await taskOf(stage, first.issue)).toMatchObject({ status: 'blocked' });
		expect(await taskOf(stage, second.issue)).toMatchObject({ status: 'archived' });
	}, 90_000);

	test('asks for the login on its first page, and for a link that nobody can guess on its second', async () => {
		for (const headers of [{}, loginOf({ user: stage.form.user, password: 'wrong' })]) {
			expect((await fetch(address(), { headers })).status).toBe(401);
			expect((await fetch(address(), { method: 'POST', body: new FormData(), headers })).status).toBe(401);
		}
		const { task } = await stranger('Keep this to yourself');
		const page = await show(BLOCKED);
		expect(lineOf(page, task)).toContain('Keep this to yourself');
		const second = new URL(page.address);
		expect(second.searchParams.get('signature')?.length).toBeGreaterThan(30);
		for (const search of ['', '?signature=', `?signature=${'0'.repeat(second.searchParams.get('signature')?.length ?? 0)}`]) {
			const refused = await fetch(`${second.origin}${second.pathname}${search}`, { headers: loginOf(stage.form) });
			expect([refused.status, (await refused.text()).includes('Keep this')]).toEqual([401, false]);
			expect((await fetch(`${second.origin}${second.pathname}${search}`, { method: 'POST', body: new FormData() })).status).toBe(401);
		}
		expect((await stage.rows('maestro_tasks')).find(({ id }) => id === task.id)).toMatchObject({ status: 'blocked' });
	}, 60_000);
});
