import type { IExecuteFunctions } from 'n8n-workflow';
import { number } from '../shared/parameters';

export interface ReconcileParameters {
	readonly maxAttempts: number;
	readonly keepEventsDays: number;
}

export function readParameters(context: IExecuteFunctions): ReconcileParameters {
	return {
		maxAttempts: number(context.getNodeParameter('maxAttempts', 0, 5), 'Max Attempts'),
		keepEventsDays: number(context.getNodeParameter('keepEventsDays', 0, 30), 'Keep Events'),
	};
}
