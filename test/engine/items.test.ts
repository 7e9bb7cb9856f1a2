import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { MaestroError } from '../../core/errors';
import { runItems, toJson, type Leaving } from '../../nodes/shared/items';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

type Work = (json: IDataObject, itemIndex: number, signal: AbortSignal) => Promise<Leaving | undefined>;

/** A node of three outputs that does nothing but run its items as Maestro's nodes do. */
class Sorter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Sorter',
		name: 'sorter',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Sorter' },
		inputs: ['main'],
		outputs: ['main', 'main', 'main'],
		properties: [],
	};

	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	constructor(work: Work) {
		this.execute = async function (this: IExecuteFunctions) {
			const input = this.getInputData();
			return await runItems(this, 3, () => (text) => text.replaceAll('s3cret', '[redacted]'), async (itemIndex, signal) => await work(input[itemIndex]?.json ?? {}, itemIndex, signal));
		};
	}
}

const sort = async (work: Work, options: RunOptions): Promise<NodeRun> => await runNode(new Sorter(work), options);
const byOutput: Work = async ({ to, name }) => {
	if (to === 'nowhere') return undefined;
	if (typeof to !== 'number') throw new MaestroError('bad_parameter', `${name as string} has no output: s3cret`, 'Give one.');
	return await Promise.resolve({ output: to, json: { name } });
};

describe('the items of a node', () => {
	it('leave each on its output, paired with what came in; one that ends here leaves nowhere', async () => {
		const { items, error } = await sort(byOutput, { input: [{ to: 2, name: 'a' }, { to: 'nowhere' }, { to: 0, name: 'b' }, { to: 2, name: 'c' }] });
		expect(error).toBeUndefined();
		expect(items).toEqual([[{ json: { name: 'b' }, pairedItem: { item: 2 } }], [], [{ json: { name: 'a' }, pairedItem: { item: 0 } }, { json: { name: 'c' }, pairedItem: { item: 3 } }]]);
	});

	it('are done one after the other', async () => {
		let inside = 0;
		let most = 0;
		await sort(async () => {
			most = Math.max(most, ++inside);
			await new Promise((resolve) => setTimeout(resolve, 5));
			inside--;
			return { output: 0, json: {} };
		}, { input: [{}, {}, {}] });
		expect(most).toBe(1);
	});

	it('end with the first that fails, which is named, without secrets', async () => {
		const seen: number[] = [];
		const { error, outputs } = await sort(async (json, index, signal) => {
			seen.push(index);
			return await byOutput(json, index, signal);
		}, { input: [{ to: 0, name: 'a' }, { name: 'b' }, { to: 0, name: 'c' }] });
		expect(error).toMatchObject({ message: 'b has no output: [redacted]', description: 'Give one.', context: { itemIndex: 1, code: 'bad_parameter' } });
		expect(outputs.flat()).toEqual([]);
		expect(seen).toEqual([0, 1]);
	});

	it('go on past one that fails under "continue on fail", which leaves on the last output and never among those that went well', async () => {
		const { items, error } = await sort(byOutput, { input: [{ name: 'b' }, { to: 0, name: 'c' }], node: { onError: 'continueRegularOutput' } });
		expect(error).toBeUndefined();
		expect(items[0]).toEqual([{ json: { name: 'c' }, pairedItem: { item: 1 } }]);
		expect(items[2]).toEqual([{ json: { error: 'b has no output: [redacted]', details: { code: 'bad_parameter', advice: 'Give one.' } }, pairedItem: { item: 0 } }]);
	});

	it('do not go on past one that was stopped, nor past the Stop button, also under "continue on fail"', async () => {
		const node = { onError: 'continueRegularOutput' as const };
		const cancelled: Work = async () => await Promise.reject(new MaestroError('cancelled', 'The agent was stopped', 'Set it to pending.'));
		expect((await sort(cancelled, { input: [{}, {}], node })).error).toMatchObject({ message: 'The agent was stopped' });
		const stop = new AbortController();
		const seen: number[] = [];
		const untilStopped: Work = async (_, index, signal) => {
			seen.push(index);
			const ended = new Promise<never>((_resolve, reject) => {
				signal.addEventListener('abort', () => reject(new MaestroError('n8n_unreachable', 'Cut off', 'Run it again.')), { once: true });
			});
			stop.abort();
			return await ended;
		};
		const { outputs } = await sort(untilStopped, { input: [{}, {}], node, signal: stop.signal });
		expect(seen).toEqual([0]);
		// n8n itself hands on what came in.
		expect(outputs.flat().filter((json) => 'error' in json)).toEqual([]);
	});
});

describe('what items hold', () => {
	it('is JSON: without what is undefined, with dates as texts', () => {
		expect(toJson({ a: undefined, b: [undefined, 1], at: new Date(0), deep: { c: undefined } })).toEqual({ b: [null, 1], at: '1970-01-01T00:00:00.000Z', deep: {} });
	});
});
