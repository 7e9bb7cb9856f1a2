/** Puts together what is handed on of a run. Pure; everything that leaves here is redacted and bounded. */
import { redactDeep, type Redact } from '../redact';
import type { AgentOutcome, AgentRequest, AgentResult } from './agent';
import { oneLine } from './activity';
import type { RunFacts } from './facts';

const FINAL_TEXT_BYTES = 64 * 1024;
const MAX_DENIALS = 20;
const MESSAGE_CHARACTERS = 2_000;

export interface Gathered {
	readonly request: AgentRequest;
	readonly facts: RunFacts;
	readonly outcome: AgentOutcome;
	readonly cliVersion: string;
	readonly previousCostUsd: number;
	readonly durationMs: number;
	readonly warnings: readonly string[];
}

/** Never cuts a character in two. */
function boundBytes(text: string, maxBytes: number): string {
	if (Buffer.byteLength(text) <= maxBytes) return text;
	return Buffer.from(text).subarray(0, maxBytes).toString('utf8').replace(/\uFFFD+$/, '');
}

function redactOutcome(outcome: AgentOutcome, redact: Redact): AgentOutcome {
	return outcome.kind === 'failed' ? { ...outcome, message: redact(outcome.message).slice(0, MESSAGE_CHARACTERS) } : outcome;
}

function warningsOf({ facts, warnings }: Gathered): string[] {
	const all = [...warnings];
	if (facts.failedMcpServers.length > 0) all.push(`MCP servers that did not start: ${facts.failedMcpServers.join(', ')}`);
	if (facts.brokenLines > 0) all.push(`${facts.brokenLines} lines of the CLI's output could not be read`);
	if (facts.retries > 0) all.push(`The service was asked again ${facts.retries} times`);
	if (facts.fellBack) all.push('The fallback model took over');
	if (facts.result === undefined) all.push('The CLI gave no result: the cost of this run is not known, and turns and tokens are counted from its messages');
	return all;
}

export function agentResult(gathered: Gathered, redact: Redact): AgentResult {
	const { request, facts } = gathered;
	const { result } = facts;
	const output = result?.structured_output;
	return {
		outcome: redactOutcome(gathered.outcome, redact),
		sessionId: facts.sessionId || request.session.id,
		model: facts.model || request.model,
		cliVersion: facts.cliVersion || gathered.cliVersion,
		turns: result?.num_turns ?? facts.turns,
		costUsd: Math.max(0, (result?.total_cost_usd ?? 0) - (result === undefined ? 0 : gathered.previousCostUsd)),
		durationMs: gathered.durationMs,
		tokens:
			result === undefined
				? { ...facts.tokens }
				: {
						input: result.usage.input_tokens,
						output: result.usage.output_tokens,
						cacheRead: result.usage.cache_read_input_tokens,
						cacheWrite: result.usage.cache_creation_input_tokens,
					},
		finalText: boundBytes(redact(result?.result || facts.lastText), FINAL_TEXT_BYTES),
		...(output === undefined || output === null ? {} : { structuredOutput: redactDeep(output, redact) }),
		permissionDenials: (result?.permission_denials ?? []).slice(0, MAX_DENIALS).map((denial) => ({
			tool: redact(denial.tool_name),
			input: oneLine(JSON.stringify(denial.tool_input ?? {}), redact),
		})),
		warnings: warningsOf(gathered).map(redact),
		transcriptPath: request.transcriptPath,
	};
}
