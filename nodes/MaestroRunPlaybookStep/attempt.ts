import { endSession } from '../../core/agent/session-processes';
import { runAgent } from '../../core/agent/run';
import { readReport } from '../../core/agent/report';
import { hasConversation } from '../../core/session/conversation';
import { runSession, type SessionResult } from '../../core/session/run-session';
import type { RunEnd } from '../../core/step/examine';
import type { EffectiveSettings } from '../../core/step/settings';
import type { StepCommand } from '../../core/playbook';
import { isBefore } from '../../core/task/leases';
import { PLAN_SCHEMA } from '../../core/task/plan';
import type { PlaybookState, Run, Session } from '../../core/task/records';
import { sessionOf } from '../shared/agent/leave';
import { picturesFor } from '../shared/agent/pictures';
import { withinReach } from '../shared/agent/reach';
import { agentRequest } from '../shared/agent/request';
import { hostLeaving } from '../shared/host-leaving';
import { withStepAdvice } from './advice';
import { promptFor } from './prompt';
import type { Opened, StepNode, TreeWorkspace } from './work';

/** Which conversation a try is held in. */
export interface Conversation {
	/** Undefined: a new one. */
	readonly session: Session | undefined;
	/** The CLI has kept what was said in it. */
	readonly isResumed: boolean;
}

/** The run, where the agent goes on with it: not where it is asked anew for what it completed once, or did for a playbook whose row was deleted. */
export function goneOnWith(run: Run | undefined, row: Pick<PlaybookState, 'startedAt'>): Run | undefined {
	return run === undefined || run.status === 'completed' || isBefore(run, row.startedAt) ? undefined : run;
}

/** The conversation to go on with: of the run that was cut off, else of this step or document, else none. */
export async function findConversation({ services, signal }: StepNode, { row }: Opened, earlier: Run | undefined): Promise<Conversation> {
	const run = goneOnWith(earlier, row);
	const id = run?.sessionId ?? row.sessionId;
	// A conversation that the CLI does not know any more cannot be gone on with.
	const isGone = id === 0 || run?.failure === 'session_missing';
	const [session] = isGone ? [] : await services.store.sessions.find({ id: { eq: id } }, { limit: 1 }, signal);
	return { session, isResumed: session !== undefined && (await hasConversation(session.configDir, session.agentSessionId)) };
}

export interface Attempt {
	readonly purpose: string;
	/** The run to go on with, from the claim. */
	readonly earlier: Run | undefined;
	readonly conversation: Conversation;
	readonly settings: EffectiveSettings;
	readonly workspace: TreeWorkspace;
	readonly proofs: readonly string[];
	/** The playbook's own words for the step, rendered. */
	readonly step: string;
	readonly command: StepCommand | undefined;
}

export interface Attempted {
	readonly result: SessionResult;
	/** What the agent was sent. */
	readonly prompt: string;
}

/** Runs the agent once for a step. */
export async function attempt(node: StepNode, opened: Opened, { purpose, earlier, conversation, settings, workspace, proofs, step, command }: Attempt): Promise<Attempted> {
	const { services, parameters, claude, context, signal } = node;
	const { task, project, row, folder } = opened;
	const allowed = withinReach(parameters.agent, task.reach);
	const pictures = await picturesFor(services, task, allowed.tools);
	const prompt = promptFor({ step, project, task, row, proofs, pictures: pictures.outside, isResumed: conversation.isResumed, earlier: earlier?.status });
	// A further try goes on in the conversation that has carried the command out already.
	const called = row.problem === '' ? command : undefined;
	const ask = agentRequest({
		parameters: { ...allowed, model: settings.model, maxTurns: settings.maxTurns, maxBudgetUsd: settings.maxBudgetUsd },
		claude,
		project,
		prompt,
		outputSchema: settings.wantsPlan ? PLAN_SCHEMA : undefined,
		more: { folders: [folder.path], readFolders: pictures.readFolders, ...(called === undefined ? {} : { command: called }) },
	});
	const result = await runSession(
		{
			taskId: task.id,
			projectId: project.id,
			purpose,
			// One key for all: feedback on the pull request goes to the session that worked last.
			sessionKey: `task:${task.id}`,
			session: conversation.session,
			earlier,
			workspace,
			executionId: services.executionId,
			agent: ask,
			leavesRest: true,
			onActivity: (activity) => {
				if (context.getMode() === 'manual') context.sendMessageToUI(`${row.progress}, turn ${activity.turns}: ${activity.text}`);
			},
		},
		{ tools: services, runAgent: withStepAdvice(runAgent), endSession, hostLeaving, dataDir: services.dataDir },
		signal,
	);
	return { result, prompt: called === undefined ? prompt : `${prompt}\n\n/${called.name} ${called.args}`.trimEnd() };
}

/** What a run that had ended before a crash left. */
export async function formerEnd({ services, signal }: StepNode, run: Run, workspace: TreeWorkspace): Promise<{ readonly end: RunEnd; readonly session: Session }> {
	// A check that outlived its n8n must not be at work beside the next one.
	await endSession(run.agentSessionId);
	const structuredOutput: unknown = run.report === '' ? undefined : JSON.parse(run.report);
	const { headSha, uncommitted } = await workspace.adopt(signal);
	return { end: { headSha, uncommitted, report: readReport(structuredOutput), structuredOutput }, session: await sessionOf(run, services, signal) };
}
