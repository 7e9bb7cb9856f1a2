import { z } from '../schema';
import type { JsonObject } from './agent';

/** What an agent says at its end when nothing else was asked for. */
export const REPORT_SCHEMA: JsonObject = {
	type: 'object',
	properties: {
		status: {
			type: 'string',
			enum: ['done', 'needs_input', 'blocked'],
			description: 'done: the task is finished and committed. needs_input: a person must answer a question first. blocked: it cannot be done.',
		},
		summary: { type: 'string', description: 'What was done, or what stands in the way, in a few sentences.' },
		question: { type: 'string', description: 'With needs_input: the question, complete in itself.' },
	},
	required: ['status', 'summary'],
	additionalProperties: false,
};

const report = z.object({
	status: z.enum(['done', 'needs_input', 'blocked']),
	summary: z.string(),
	question: z.string().optional(),
});
export type AgentReport = Readonly<z.infer<typeof report>>;

/** The report in a structured output, or undefined where another schema was asked for. */
export function readReport(structuredOutput: unknown): AgentReport | undefined {
	const read = report.safeParse(structuredOutput);
	return read.success ? read.data : undefined;
}
