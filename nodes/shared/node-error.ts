import { NodeOperationError, type INode, type INodeExecutionData } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';
import type { Redact } from '../../core/redact';

/** What n8n shows: the message as the title, the advice as the description. Redacted, since it is stored with the execution. */
export function toNodeError(node: INode, error: unknown, itemIndex: number, redact: Redact): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	if (isMaestroError(error)) {
		const shown = new NodeOperationError(node, redact(error.message), {
			itemIndex,
			description: redact(error.advice),
		});
		shown.context.code = error.code;
		return shown;
	}
	return new NodeOperationError(node, redact(messageOf(error)), { itemIndex });
}

/** The item that "Continue (using error output)" wants: these keys and no others reach the error output. */
export function errorItem(error: NodeOperationError, itemIndex: number): INodeExecutionData {
	return {
		json: { error: error.message, details: { code: error.context.code, advice: error.description } },
		error,
		pairedItem: { item: itemIndex },
	};
}
