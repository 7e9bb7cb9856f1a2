import { NodeOperationError, type IExecuteFunctions, type INode, type INodeExecutionData } from 'n8n-workflow';
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
		// n8n puts words of its own in place of a message that holds ECONNREFUSED, ENOENT and the like; ours says of what.
		shown.message = redact(error.message);
		shown.context.code = error.code;
		return shown;
	}
	return new NodeOperationError(node, redact(messageOf(error)), { itemIndex });
}

/** What fails before the first item, such as an empty field of a credential, is shown like the rest; no secret has been read by then. */
export async function withNodeErrors<T>(context: Pick<IExecuteFunctions, 'getNode'>, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw isMaestroError(error) ? toNodeError(context.getNode(), error, 0, (text) => text) : error;
	}
}

/**
 * The item that "Continue (using error output)" wants: these keys and no others reach the error output. With an `error` beside
 * the JSON n8n would leave nothing of it but the message.
 */
export function errorItem(error: NodeOperationError, itemIndex: number): INodeExecutionData {
	return {
		json: { error: error.message, details: { code: error.context.code, advice: error.description } },
		pairedItem: { item: itemIndex },
	};
}
