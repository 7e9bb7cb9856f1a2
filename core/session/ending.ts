import type { AgentResult } from '../agent/agent';
import { readReport, type AgentReport } from '../agent/report';
import type { RunStatus } from '../task/states';

/** How a run ended, in the words of the records. */
export interface Ending {
	readonly status: Extract<RunStatus, 'completed' | 'needs_input' | 'paused' | 'failed' | 'stopped' | 'interrupted'>;
	/** A code such as `auth` or `max_turns`; empty where it did not fail. */
	readonly failure: string;
	/** For a person. */
	readonly reason: string;
	readonly question: string;
	readonly resumeAt: string | null;
	readonly report: AgentReport | undefined;
}

const NONE = { failure: '', reason: '', question: '', resumeAt: null, report: undefined } as const;

/** Pure. `hostLeaving`: n8n is being shut down, so that what stopped the run was no person. */
export function decideEnding(result: Pick<AgentResult, 'outcome' | 'structuredOutput'>, hostLeaving: boolean): Ending {
	const { outcome } = result;
	switch (outcome.kind) {
		case 'stopped':
			return hostLeaving
				? { ...NONE, status: 'interrupted', reason: 'n8n was shut down while the agent worked' }
				: { ...NONE, status: 'stopped', reason: 'Stopped by a person' };
		case 'paused':
			return { ...NONE, status: 'paused', reason: outcome.reason.replaceAll('_', ' '), resumeAt: outcome.resumeAt.toISOString() };
		case 'failed':
			return { ...NONE, status: 'failed', failure: outcome.failure, reason: `${outcome.message}. ${outcome.advice}` };
		case 'completed': {
			const report = readReport(result.structuredOutput);
			switch (report?.status) {
				case undefined:
				case 'done':
					return { ...NONE, status: 'completed', report };
				case 'needs_input':
					return { ...NONE, status: 'needs_input', question: report.question ?? report.summary, reason: report.question ?? report.summary, report };
				case 'blocked':
					return { ...NONE, status: 'failed', failure: 'blocked', reason: report.summary, report };
			}
		}
	}
}
