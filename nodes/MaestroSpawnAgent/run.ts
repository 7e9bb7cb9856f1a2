import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { runAgent } from '../../core/agent/run';
import { endSession } from '../../core/agent/session-processes';
import { MaestroError } from '../../core/errors';
import { hasConversation } from '../../core/session/conversation';
import { runSession, type SessionEffects } from '../../core/session/run-session';
import { openWorkspace, type WorkspaceRequest } from '../../core/session/workspace';
import { claimRun } from '../../core/task/leases';
import type { Project, Run, Session, Task } from '../../core/task/records';
import { taskOfItem } from '../shared/agent/item-task';
import { giveUp, pausedRun } from '../shared/agent/leave';
import { picturesFor } from '../shared/agent/pictures';
import { withinReach } from '../shared/agent/reach';
import { agentRequest } from '../shared/agent/request';
import { readClaude, type ClaudeSettings } from '../shared/credentials';
import { hostLeaving, watchHost } from '../shared/host-leaving';
import { runItems, type Leaving } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { requireProject } from '../shared/records';
import { openGithub, openServices, type Services } from '../shared/services';
import { handOn, leave, leavePaused } from './leave';
import { readParameters, type SpawnParameters } from './parameters';
import { promptFor } from './prompt';

const OUTPUTS = 4;

/** One item on its way through the node. */
interface Work {
	readonly context: IExecuteFunctions;
	readonly services: Services;
	readonly claude: ClaudeSettings;
	readonly parameters: SpawnParameters;
	readonly input: IDataObject;
	readonly signal: AbortSignal;
}

interface Subject {
	readonly task: Task | undefined;
	readonly project: Project | undefined;
	readonly earlier: Run | undefined;
}

async function workspaceRequest(work: Work, { task, project, earlier }: Subject): Promise<WorkspaceRequest> {
	const { workspace } = work.parameters;
	switch (workspace.kind) {
		case 'empty':
			return { kind: 'empty', dataDir: work.services.dataDir };
		case 'folder': {
			const { helpers } = work.context;
			const resolved = await helpers.resolvePath(workspace.path).catch((cause: unknown) => {
				throw new MaestroError('workspace_missing', `There is no folder "${workspace.path}"`, 'Give the absolute path of a folder on the machine that runs n8n.', {}, cause);
			});
			if (helpers.isFilePathBlocked(resolved)) {
				throw new MaestroError('workspace_missing', `n8n blocks access to "${workspace.path}"`, 'Allow the folder with N8N_RESTRICT_FILE_ACCESS_TO, or choose another one.');
			}
			return workspace;
		}
		case 'worktree': {
			if (task === undefined || project === undefined) throw new MaestroError('no_task', 'A worktree belongs to a task', 'Give the ID of a task, or choose another workspace.');
			const github = await openGithub(work.context, work.services);
			return { kind: 'worktree', repository: github.repository(task.repository), task, project, takeUp: work.parameters.resume || earlier !== undefined };
		}
	}
}

/** The conversation to go on with: the one of the interrupted run, else the newest with this key, else none. */
async function findSession(work: Work, earlier: Run | undefined): Promise<Session | undefined> {
	const { services, parameters, signal } = work;
	const newest = async (where: Parameters<typeof services.store.sessions.find>[0]): Promise<Session | undefined> =>
		(await services.store.sessions.find(where, { limit: 1, newestFirst: true }, signal))[0];
	if (earlier !== undefined) {
		// A conversation that the CLI does not know any more cannot be gone on with.
		return earlier.failure === 'session_missing' ? undefined : await newest({ id: { eq: earlier.sessionId } });
	}
	if (!parameters.resume || parameters.sessionKey === '') return undefined;
	return await newest({ key: { eq: parameters.sessionKey } });
}

async function runAgentFor(work: Work, subject: Subject): Promise<Leaving | undefined> {
	const { context, services, parameters, claude, signal } = work;
	const { task, project, earlier } = subject;
	const session = await findSession(work, earlier);
	const isResumed = session !== undefined && (await hasConversation(session.configDir, session.agentSessionId));
	// What outlived its n8n must not write into the worktree while it is brought up to date.
	if (session !== undefined && earlier?.status === 'interrupted') await endSession(session.agentSessionId);
	const workspace = await openWorkspace(await workspaceRequest(work, subject), signal);
	try {
		const allowed = withinReach(parameters, task?.reach ?? 'pull_request');
		const pictures = await picturesFor(services, task, allowed.tools);
		const effects: SessionEffects = { tools: services, runAgent, endSession, hostLeaving, dataDir: services.dataDir };
		const result = await runSession(
			{
				taskId: task?.id ?? 0,
				projectId: project?.id ?? 0,
				purpose: parameters.purpose,
				sessionKey: parameters.sessionKey === '' ? `execution:${services.executionId}` : parameters.sessionKey,
				session,
				earlier,
				workspace,
				executionId: services.executionId,
				agent: agentRequest({ parameters: allowed, claude, project, prompt: promptFor(parameters, task, project, { isResumed, earlier: earlier?.status, pictures: pictures.outside }), outputSchema: parameters.outputSchema, more: { readFolders: pictures.readFolders } }),
				onActivity: (activity) => {
					if (context.getMode() === 'manual') context.sendMessageToUI(`Turn ${activity.turns}: ${activity.text}`);
				},
			},
			effects,
			signal,
		);
		switch (result.kind) {
			case 'busy':
			case 'lost':
				{ ended(context, `Another execution works on "${parameters.purpose}" of task ${task?.id ?? 0}`); return; }
			case 'ended':
				return await leave(result, task, work.input, services, signal);
		}
	} finally {
		await workspace.remove();
	}
}

function ended(context: IExecuteFunctions, message: string): undefined {
	context.addExecutionHints({ message, location: 'outputPane' });
	return undefined;
}

async function runForTask(work: Work): Promise<Leaving | undefined> {
	const { context, services, parameters, input, signal } = work;
	const claim = await claimRun(
		services,
		{
			task: await taskOfItem(services, parameters.taskId, input, signal),
			purpose: parameters.purpose,
			executionId: services.executionId,
			workflowId: services.workflowId,
			probe: services.n8n.executionState,
		},
		signal,
	);
	switch (claim.kind) {
		case 'busy':
			{ ended(context, `Task ${claim.task.id} is being worked on by execution ${claim.executionId}`); return; }
		case 'not_open':
			{ ended(context, `Task ${claim.task.id} is ${claim.task.status}: nothing is to be done`); return; }
		case 'done':
			return await handOn(claim.task, claim.run, input, services, signal);
		case 'claimed': {
			const paused = pausedRun(claim.run, services.clock.now());
			if (paused !== undefined) return await leavePaused(claim.task, paused, input, services, signal);
			try {
				const project = await requireProject(services, claim.task.projectId, signal);
				return await runAgentFor(work, { task: claim.task, project, earlier: claim.run });
			} catch (error) {
				await giveUp(error, claim.task, services);
				throw error;
			}
		}
	}
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	watchHost();
	const services = await openServices(context);
	const claude = await readClaude(context);
	services.addSecret(claude.auth.token);
	return await runItems(context, OUTPUTS, () => services.redact, async (itemIndex, signal) => {
		const parameters = readParameters(context, itemIndex);
		const input = context.getInputData()[itemIndex]?.json ?? {};
		const work: Work = { context, services, claude, parameters, input, signal };
		return parameters.taskId === 0
			? await runAgentFor(work, { task: undefined, project: undefined, earlier: undefined })
			: await runForTask(work);
	});
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
