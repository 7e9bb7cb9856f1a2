import type { IExecuteFunctions } from 'n8n-workflow';
import { boolean, list, readOptions, requiredTaskId, string } from '../shared/parameters';

export interface OpenPrParameters {
	readonly taskId: number;
	readonly title: string;
	readonly body: string;
	/** Globs; empty: as the project says. */
	readonly allowedPaths: string;
	readonly draft: boolean;
	readonly labels: readonly string[];
}

export function readParameters(context: IExecuteFunctions, itemIndex: number): OpenPrParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	return {
		taskId: requiredTaskId(value('taskId')),
		title: string(value('title'), 'Title'),
		body: string(value('body'), 'Description'),
		allowedPaths: string(options.allowedPaths, 'Allowed Paths'),
		draft: boolean(options.draft, false),
		labels: list(options.labels),
	};
}
