import type { IExecuteFunctions } from 'n8n-workflow';
import type { Redact } from '../../core/redact';

const MOST = 30;
const LONGEST = 600;

/** What a person ought to know of one item: a hint in the editor and a line in the item itself, each thing once however often it is met. */
export class Warnings {
	private readonly said = new Set<string>();

	constructor(
		private readonly context: Pick<IExecuteFunctions, 'addExecutionHints'>,
		private readonly redact: () => Redact,
	) {}

	add(messages: readonly string[]): void {
		for (const message of messages.map((one) => this.redact()(one).slice(0, LONGEST))) {
			if (this.said.has(message) || this.said.size >= MOST) continue;
			this.said.add(message);
			this.context.addExecutionHints({ message, location: 'outputPane', type: 'warning' });
		}
	}

	get all(): readonly string[] {
		return [...this.said];
	}
}
