import { endSession } from '../../core/agent/session-processes';
import { runAgent } from '../../core/agent/run';
import { readReport } from '../../core/agent/report';
import { hasConversation } from '../../core/session/conversation';
import { runSession, type SessionResult } from '../../core/session/run-session';
import type { RunEnd } from '../../core/step/examine';
import type { EffectiveSettings } from '../../core/step/settings';
import type { StepCommand } from '../../core/playbook';
import { PLAN_SCHEMA } from '../../core/task/plan';
import type { Run, Session } from '../../core/task/records';
import { sessionOf } from '../shared/agent/leave';
import { withinReach } from '../shared/agent/reach';
import { agentRequest } from '../shared/agent/request';
import { hostLeaving } from '../shared/host-leaving';
import { promptFor } from './prompt';
import type { Opened, StepNode, TreeWorkspace } from './work';

/** Which conversation a try is held in. */
export interface Conversation {
	/** Undefined: a new one. */
	readonly session: Session | undefined;
	/** The CLI has kept what was said in it. */
	readonly isResumed: boolean;
}

/** Does the agent go on with this run, or is it asked again for what it completed once? */
export const goesOn = (run: Run | undefined): run is Run => run !== undefined && run.status !== 'completed';

/** The conversation to go on with: of the run that was cut off, else of this step or document, else none. */
export async function findConversation({ services, signal }: StepNode, { row }: Opened, earlier: Run | undefined): Promise<Conversation> {
	const id = goesOn(earlier) ? earlier.sessionId : row.sessionId;
	// A conversation that the CLI does not know any more cannot be gone on with.
	const isGone = id === 0 || (goesOn(earlier) && earlier.failure === 'session_missing');
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

/** Runs the agent once for a step. */
export async function attempt(node: StepNode, opened: Opened, { purpose, earlier, conversation, settings, workspace, proofs, step, command }: Attempt): Promise<SessionResult> {
	const { services, parameters, claude, context, signal } = node;
	const { task, project, row, folder } = opened;
	const prompt = promptFor({ step, project, task, row, proofs, isResumed: conversation.isResumed, earlier: earlier?.status });
	const ask = agentRequest({
		parameters: { ...withinReach(parameters.agent, task.reach), model: settings.model, maxTurns: settings.maxTurns, maxBudgetUsd: settings.maxBudgetUsd },
		claude,
		project,
		prompt,
		outputSchema: settings.wantsPlan ? PLAN_SCHEMA : undefined,
		// A further try goes on in the conversation that has carried the command out already.
		more: { folders: [folder.path], ...(command === undefined || row.problem !== '' ? {} : { command }) },
	});
	return await runSession(
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
			onActivity: (activity) => {
				if (context.getMode() === 'manual') context.sendMessageToUI(`${row.progress}, turn ${activity.turns}: ${activity.text}`);
			},
		},
		{ tools: services, runAgent, endSession, hostLeaving, dataDir: services.dataDir },
		signal,
	);
}

/** What a run that had ended before a crash left. */
export async function formerEnd({ services, signal }: StepNode, run: Run, workspace: TreeWorkspace): Promise<{ readonly end: RunEnd; readonly session: Session }> {
	// A check that outlived its n8n must not be at work beside the next one.
	await endSession(run.agentSessionId);
	const structuredOutput: unknown = run.report === '' ? undefined : JSON.parse(run.report);
	const { headSha, uncommitted } = await workspace.adopt(signal);
	return { end: { headSha, uncommitted, report: readReport(structuredOutput), structuredOutput }, session: await sessionOf(run, services, signal) };
}
