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

type Context = Pick<IExecuteFunctions, 'continueOnFail' | 'getExecutionCancelSignal' | 'getInputData' | 'getNode' | 'getNodeOutputs'>;

/** The node as a whole failed: an error for each item, on the last output. n8n would hand on what came in on the first, as if it had gone well. */
function allFailed(context: Context, error: NodeOperationError): INodeExecutionData[][] {
	const outputs = context.getNodeOutputs().filter((output) => typeof output === 'string' || output.category !== 'error');
	const leaving: INodeExecutionData[][] = outputs.map(() => []);
	leaving.at(-1)?.push(...context.getInputData().map((_, itemIndex) => errorItem(error, itemIndex)));
	return leaving;
}

/**
 * What fails before the first item, such as an empty field of a credential, or after the last, is shown like the rest; no secret has been read
 * before the first. Who stopped the node gets an error also under "continue on fail", as n8n expects.
 */
export async function withNodeErrors(context: Context, work: () => Promise<INodeExecutionData[][]>): Promise<INodeExecutionData[][]> {
	try {
		return await work();
	} catch (error) {
		const shown = isMaestroError(error) ? toNodeError(context.getNode(), error, 0, (text) => text) : error;
		const stopped = context.getExecutionCancelSignal()?.aborted === true || (shown instanceof NodeOperationError && shown.context.code === 'cancelled');
		if (stopped || !context.continueOnFail()) throw shown;
		return allFailed(context, toNodeError(context.getNode(), shown, 0, (text) => text));
	}
}
