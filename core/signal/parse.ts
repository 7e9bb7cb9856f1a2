import { z } from '../schema';
import { MaestroError } from '../errors';
import { AUTHOR_TRUST, SEVERITIES, SIGNAL_SOURCES, type Signal } from './signal';

const schema = z.object({
	source: z.enum(SIGNAL_SOURCES),
	kind: z.string(),
	title: z.string(),
	body: z.string(),
	url: z.string(),
	author: z.string(),
	authorTrust: z.enum(AUTHOR_TRUST),
	repository: z.string(),
	fingerprint: z.string().min(1),
	names: z.array(z.string()).optional(),
	severity: z.enum(SEVERITIES),
	labels: z.array(z.string()),
	deliveryId: z.string(),
	receivedAt: z.string(),
	hidden: z.array(z.string()).optional(),
	number: z.number().int().optional(),
	count: z.number().optional(),
	own: z.enum(['certain', 'possible']).optional(),
	reopened: z.boolean().optional(),
});

/** A signal that came through a workflow's items; an expression may have put anything there. */
export function parseSignal(value: unknown): Signal {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const problem = parsed.error.issues[0];
	throw new MaestroError(
		'bad_parameter',
		`The signal is not whole: "${problem?.path.join('.') ?? ''}" ${problem?.message.toLowerCase() ?? ''}`,
		'Connect Maestro Trigger before this node, or choose "Fields" and fill them in.',
	);
}
