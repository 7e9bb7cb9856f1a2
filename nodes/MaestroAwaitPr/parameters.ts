import type { IExecuteFunctions } from 'n8n-workflow';
import { boolean, number, readOptions, requiredTaskId, string } from '../shared/parameters';

export interface AwaitPrParameters {
	readonly taskId: number;
	readonly maxRounds: number;
	/** 0: never. */
	readonly timeoutDays: number;
	readonly wakeOnApproval: boolean;
	readonly settleSeconds: number;
	readonly resumeUrl: string;
}

export function readParameters(context: IExecuteFunctions, itemIndex: number): AwaitPrParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	return {
		taskId: requiredTaskId(value('taskId')),
		maxRounds: number(value('maxRounds') ?? 3, 'Feedback Rounds'),
		timeoutDays: number(value('timeoutDays') ?? 30, 'Time Limit'),
		wakeOnApproval: boolean(value('wakeOnApproval'), false),
		settleSeconds: number(options.settleSeconds ?? 30, 'Settle Time'),
		// getSignedResumeUrl() is for send-and-wait nodes only; this expression carries the token that n8n checks.
		resumeUrl: string(context.evaluateExpression('{{ $execution.resumeUrl }}', itemIndex), 'Resume URL'),
	};
}
