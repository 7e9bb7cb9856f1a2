/** The main job on embedded defaults: a labelled issue becomes a merged pull request, with no account and no key. */
import { openStage } from '../e2e/support/stage';
import { waitFor } from '../e2e/support/poll';
import { ISSUE, REVIEW, scripts } from './story';

const keep = process.argv.includes('--keep');
const startedAt = Date.now();

function stage(text: string): void {
	console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

async function main(): Promise<void> {
	stage('starting n8n, a stand-in for GitHub, and a scripted model');
	const scene = await openStage({ scripts, playbooks: true, project: { verifyCommand: 'npm test' } });
	const { n8n, github, fullName: repository } = scene;
	let closing: Promise<void> | undefined;
	const close = async (): Promise<void> => await (closing ??= scene.close());
	// Not once: npm, the runner and the terminal all pass the signal on, and a second one without a listener would end this in the middle.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void close().finally(() => process.exit(130)));
	try {
		stage(`n8n is up at ${n8n.url} with the bundled workflows published; project ${repository} added through the set-up form`);
		const issue = github.openIssue({ repository, title: ISSUE.title, body: ISSUE.body, association: 'OWNER' });
		const labelledAt = Date.now();
		github.addLabel({ repository, number: issue }, 'auto');
		stage(`issue #${issue} "${ISSUE.title}" labelled auto: GitHub sends a signed webhook`);

		const task = await scene.taskWhen('in_progress');
		stage(`task ${String(task.id)} made; an agent session works in its own worktree, by the playbook ${String(task.playbook)}`);
		for (const number of [1, 2, 3]) stage(await stepDone(scene, number));
		const review = await scene.taskWhen('in_review');
		const number = Number(review.pullRequestNumber);
		stage(`Maestro looked at the diff, pushed it and opened pull request #${number}`);
		await sleeping(scene);
		stage('the execution sleeps in n8n\'s database until someone is needed');

		await github.review({ repository, number }, { author: 'ada', association: 'MEMBER', state: 'changes_requested', body: REVIEW.body });
		stage(`ada asks for a change: "${REVIEW.body}"`);
		stage('Maestro gives the reviewer half a minute to finish, then the sweep of each minute wakes the execution');
		await waitFor('the second round', async () => (await scene.rows('maestro_runs')).find((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed'), { limitMs: 120_000 });
		const [session] = await scene.rows('maestro_sessions');
		stage(`the same session (${String(session?.agentSessionId).slice(0, 8)}) answered with a second commit`);
		await sleeping(scene);

		await github.approve({ repository, number }, 'ada');
		stage('ada approves');
		await github.merge({ repository, number }, 'ada');
		stage('ada merges');
		await scene.taskWhen('completed');
		await scene.reconcile();
		const runs = await scene.rows('maestro_runs');
		const costUsd = runs.reduce((sum, run) => sum + Number(run.costUsd), 0);
		stage(`task completed, its worktree removed; ${runs.length} runs of the agent would have cost ${costUsd.toFixed(4)} USD by the CLI's count, had the model been real`);
		if (github.violations.length > 0) throw new Error(`GitHub would have refused: ${github.violations.join('; ')}`);
		if (keep) {
			console.log(`\nn8n stays up at ${n8n.url}\n  e-mail    ${n8n.login.email}\n  password  ${n8n.login.password}\n  set-up    ${n8n.url}/form/maestro-setup (user ${scene.form.user}, password ${scene.form.password})\nEnd it with Ctrl+C.\n`);
			console.log(`demo: issue #${issue} → PR #${number} merged in ${((Date.now() - labelledAt) / 1000).toFixed(1)} s`);
			// Until a signal ends it; the timer is what keeps this process alive.
			await new Promise<never>(() => setInterval(() => undefined, 60_000));
		}
		await close();
		console.log(`demo: issue #${issue} → PR #${number} merged in ${((Date.now() - labelledAt) / 1000).toFixed(1)} s`);
	} catch (error) {
		console.error(`The end of n8n's log:\n${(await n8n.log()).trimEnd().split('\n').slice(-25).join('\n')}`);
		throw error;
	} finally {
		await close();
	}
}

/** What the timeline says of a step that was ticked. */
async function stepDone(scene: Awaited<ReturnType<typeof openStage>>, number: number): Promise<string> {
	const event = await waitFor(`step ${number}`, async () => (await scene.rows('maestro_events')).filter(({ type }) => type === 'step.completed')[number - 1], { limitMs: 60_000 });
	const { check, sha }: { check?: { command: string; exitCode: number }; sha: string } = JSON.parse(String(event.detail));
	const checked = check === undefined ? '' : `; Maestro ran \`${check.command}\` at ${sha.slice(0, 7)}, it ended with ${check.exitCode}${check.exitCode === 0 ? '' : ', as it must before the fix'}`;
	return `${String(event.message)}${checked}: ticked`;
}

/** Parked, with a row that says what it waits for. */
async function sleeping(scene: Awaited<ReturnType<typeof openStage>>): Promise<void> {
	await waitFor('a parked execution', async () => {
		const waiting = await scene.n8n.client.listExecutions({ workflowId: scene.workflows.taskToPr, status: 'waiting' });
		const waits = (await scene.rows('maestro_waits')).filter((wait) => wait.status === 'waiting');
		return waiting.length > 0 && waits.length > 0 ? true : undefined;
	}, { limitMs: 60_000 });
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.exitCode = 1;
});
