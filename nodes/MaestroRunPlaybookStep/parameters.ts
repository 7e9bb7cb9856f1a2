import type { IExecuteFunctions } from 'n8n-workflow';
import { readAgentParameters, type AgentParameters } from '../shared/agent/parameters';
import { badParameter } from '../shared/items';
import { list, number, oneOf, readOptions, requiredTaskId, string } from '../shared/parameters';

export type PlaybookChoice =
	| { readonly from: 'task' }
	| { readonly from: 'bundled'; readonly name: string }
	| { readonly from: 'repository'; readonly path: string }
	| { readonly from: 'text'; readonly name: string; readonly text: string };

/** What a playbook that says nothing of loops is to do. Undefined: as it says itself. */
export interface LoopChoice {
	readonly loop: boolean | undefined;
	readonly maxLoops: number | undefined;
	readonly resetDocuments: readonly string[];
}

export interface StepParameters {
	readonly taskId: number;
	readonly playbook: PlaybookChoice;
	/** Empty: nobody answered. */
	readonly answer: string;
	readonly agent: AgentParameters;
	/** Empty: the project's. */
	readonly verifyCommand: string;
	readonly checkTimeoutMs: number;
	readonly retries: number;
	readonly loops: LoopChoice;
}

const FROM = ['task', 'bundled', 'repository', 'text'] as const;

function readPlaybook(value: (name: string) => unknown): PlaybookChoice {
	const required = (name: string, label: string): string => {
		const given = string(value(name), label);
		if (given.trim() === '') throw badParameter(label, 'is empty', 'Say which playbook is to be run.');
		return given;
	};
	const from = oneOf(value('from') ?? 'task', 'Playbook From', FROM);
	switch (from) {
		case 'task':
			return { from };
		case 'bundled':
			return { from, name: required('bundled', 'Playbook').trim() };
		case 'repository':
			return { from, path: required('path', 'Path').trim() };
		case 'text':
			return { from, name: required('name', 'Name').trim(), text: required('text', 'Text') };
	}
}

export function readParameters(context: IExecuteFunctions, itemIndex: number): StepParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	return {
		taskId: requiredTaskId(value('taskId')),
		playbook: readPlaybook(value),
		answer: string(value('answer') ?? '', 'Answer').trim(),
		agent: readAgentParameters(value, options),
		verifyCommand: string(options.verifyCommand ?? '', 'Check Command').trim(),
		checkTimeoutMs: number(options.checkTimeout ?? 600, 'Check Timeout') * 1000,
		retries: number(options.retries ?? 2, 'Retries'),
		loops: {
			loop: typeof options.loop === 'boolean' ? options.loop : undefined,
			maxLoops: options.maxLoops === undefined ? undefined : number(options.maxLoops, 'Max Loops'),
			resetDocuments: list(options.resetDocuments),
		},
	};
}
