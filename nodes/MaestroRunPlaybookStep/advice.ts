import type { AgentFailure, AgentOutcome, RunAgent } from '../../core/agent/agent';

/** For this node the schema is Maestro's own, and no setting of it can be simplified. */
const NO_REPORT = 'The agent gave no report in the form that Maestro asks for: start the task again; if that does not help, choose another model, or make the step smaller.';

const ADVICE: ReadonlyMap<AgentFailure, string> = new Map([
	['schema_missing', NO_REPORT],
	['schema_retries', NO_REPORT],
]);

export function adviseForStep(outcome: AgentOutcome): AgentOutcome {
	const advice = outcome.kind === 'failed' ? ADVICE.get(outcome.failure) : undefined;
	return outcome.kind === 'failed' && advice !== undefined ? { ...outcome, advice } : outcome;
}

/** The agent, whose failures advise what this node offers. Here, so that every row that is written says the same. */
export function withStepAdvice(runAgent: RunAgent): RunAgent {
	return async (...run) => {
		const result = await runAgent(...run);
		return { ...result, outcome: adviseForStep(result.outcome) };
	};
}
