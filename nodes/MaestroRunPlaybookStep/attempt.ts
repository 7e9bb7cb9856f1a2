import { endSession } from '../../core/agent/session-processes';
import { runAgent } from '../../core/agent/run';
import { readReport } from '../../core/agent/report';
import { hasConversation } from '../../core/session/conversation';
import { runSession, type SessionResult } from '../../core/session/run-session';
import type { Workspace } from '../../core/session/workspace';
import type { RunEnd } from '../../core/step/examine';
import type { EffectiveSettings } from '../../core/step/settings';
import { PLAN_SCHEMA } from '../../core/task/plan';
import type { Run, Session } from '../../core/task/records';
import { sessionOf } from '../shared/agent/leave';
import { agentRequest } from '../shared/agent/request';
import { hostLeaving } from '../shared/host-leaving';
import { promptFor } from './prompt';
import type { Opened, StepNode } from './work';

export interface Attempt {
	readonly purpose: string;
	/** The run to go on with, from the claim. */
	readonly earlier: Run | undefined;
	readonly settings: EffectiveSettings;
	readonly workspace: Workspace;
	readonly proofs: readonly string[];
	/** The playbook's own words for the step, rendered. */
	readonly step: string;
	readonly command: { readonly name: string; readonly args: string } | undefined;
}

/** The conversation to go on with: of the interrupted run, else of this step or document, else none. */
async function findSession({ services, signal }: StepNode, opened: Opened, earlier: Run | undefined): Promise<Session | undefined> {
	const id = earlier?.sessionId ?? opened.row.sessionId;
	// A conversation that the CLI does not know any more cannot be gone on with.
	if (id === 0 || earlier?.failure === 'session_missing') return undefined;
	const [session] = await services.store.sessions.find({ id: { eq: id } }, { limit: 1 }, signal);
	return session;
}

/** Runs the agent once for a step. */
export async function attempt(node: StepNode, opened: Opened, { purpose, earlier, settings, workspace, proofs, step, command }: Attempt): Promise<SessionResult> {
	const { services, parameters, claude, context, signal } = node;
	const { task, project, row, folder } = opened;
	const session = await findSession(node, opened, earlier);
	const isResumed = session !== undefined && (await hasConversation(session.configDir, session.agentSessionId));
	const prompt = promptFor({ step, project, task, row, proofs, isResumed, earlier: earlier?.status });
	const ask = agentRequest({
		parameters: { ...parameters.agent, model: settings.model, maxTurns: settings.maxTurns, maxBudgetUsd: settings.maxBudgetUsd },
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
			session,
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
export async function formerEnd({ services, signal }: StepNode, run: Run, workspace: Workspace): Promise<{ readonly end: RunEnd; readonly session: Session }> {
	const structuredOutput: unknown = run.report === '' ? undefined : JSON.parse(run.report);
	const { headSha, uncommitted } = await workspace.adopt(signal);
	return { end: { headSha, uncommitted, report: readReport(structuredOutput), structuredOutput }, session: await sessionOf(run, services, signal) };
}
