import type { IExecuteFunctions } from 'n8n-workflow';
import { number } from '../shared/parameters';

export interface ReconcileParameters {
	readonly keepEventsDays: number;
	readonly keepTranscriptsDays: number;
}

export function readParameters(context: IExecuteFunctions): ReconcileParameters {
	return {
		keepEventsDays: number(context.getNodeParameter('keepEventsDays', 0, 30), 'Keep Events'),
		keepTranscriptsDays: number(context.getNodeParameter('keepTranscriptsDays', 0, 90), 'Keep Transcripts'),
	};
}
