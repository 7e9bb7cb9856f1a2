import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { MaestroError, isMaestroError } from '../../core/errors';
import type { Redact } from '../../core/redact';
import { errorItem, toNodeError } from './node-error';

/** Where an item leaves, by the index of the output. */
export interface Leaving {
	readonly output: number;
	readonly json: IDataObject;
}

const NEVER = new AbortController().signal;

/** n8n's Stop button, as the signal that every long call takes. */
export function cancelSignal(context: IExecuteFunctions): AbortSignal {
	return context.getExecutionCancelSignal() ?? NEVER;
}

/** Turns a JSON-like object of ours into what n8n's items hold. */
export function toJson(value: object): IDataObject {
	const json: IDataObject = {};
	// n8n stores items as JSON; undefined entries would vanish there and only confuse here.
	Object.assign(json, JSON.parse(JSON.stringify(value)));
	return json;
}

/**
 * Runs `work` for each input item, one after the other, and sorts what leaves to the outputs.
 *
 * `undefined` means that the item ends here, and a list that it becomes several. On the Stop button the error goes up also under "continue on fail", since n8n
 * expects a stopped node to throw.
 */
export async function runItems(
	context: IExecuteFunctions,
	outputs: number,
	redact: () => Redact,
	work: (itemIndex: number, signal: AbortSignal) => Promise<Leaving | readonly Leaving[] | undefined>,
): Promise<INodeExecutionData[][]> {
	const signal = cancelSignal(context);
	const leaving: INodeExecutionData[][] = Array.from({ length: outputs }, () => []);
	for (let itemIndex = 0; itemIndex < context.getInputData().length; itemIndex++) {
		try {
			const left = (await work(itemIndex, signal)) ?? [];
			for (const item of 'output' in left ? [left] : left) leaving[item.output]?.push({ json: item.json, pairedItem: { item: itemIndex } });
		} catch (error) {
			const shown = toNodeError(context.getNode(), error, itemIndex, redact());
			const stopped = signal.aborted || (isMaestroError(error) && error.code === 'cancelled');
			if (stopped || !context.continueOnFail()) throw shown;
			// Not on the first output: that one says that it went well.
			leaving.at(-1)?.push(errorItem(shown, itemIndex));
		}
	}
	return leaving;
}

export function badParameter(name: string, problem: string, advice: string): MaestroError {
	return new MaestroError('bad_parameter', `"${name}" ${problem}`, advice, { parameter: name });
}
