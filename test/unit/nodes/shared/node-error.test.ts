import { NodeOperationError, type INode } from 'n8n-workflow';
import { MaestroError } from '../../../../core/errors';
import { errorItem, toNodeError, withNodeErrors } from '../../../../nodes/shared/node-error';

const node: INode = { id: '1', name: 'Maestro', type: 'n8n-nodes-maestro.maestro', typeVersion: 1, position: [0, 0], parameters: {} };
const hide = (text: string): string => text.replaceAll('s3cret', '[redacted]');

describe('an error as n8n shows it', () => {
	it('has the message as its title, the advice as its description, the item and the code', () => {
		const shown = toNodeError(node, new MaestroError('no_task', 'There is no task 9', 'Give another ID.'), 3, hide);
		expect(shown).toBeInstanceOf(NodeOperationError);
		expect(shown).toMatchObject({ message: 'There is no task 9', description: 'Give another ID.', context: { itemIndex: 3, code: 'no_task' } });
	});

	it.each(['n8n did not answer at http://localhost:1: connect ECONNREFUSED 127.0.0.1:1', 'git could not read the folder: ENOENT: no such file', 'ETIMEDOUT while asking GitHub'])(
		'keeps its own words where n8n would put others in their place: %s',
		(message) => {
			expect(toNodeError(node, new MaestroError('n8n_unreachable', message, 'Check it.'), 0, hide).message).toBe(message);
		},
	);

	it('shows no secret, in whatever was thrown', () => {
		const ours = toNodeError(node, new MaestroError('git_failed', 'With s3cret', 'Not s3cret', {}, new Error('s3cret below')), 0, hide);
		expect([ours.message, ours.description]).toEqual(['With [redacted]', 'Not [redacted]']);
		expect(JSON.stringify(ours)).not.toContain('s3cret');
		for (const thrown of [new Error('a s3cret'), 'a s3cret']) {
			const shown = toNodeError(node, thrown, 1, hide);
			expect(shown).toMatchObject({ message: 'a [redacted]', context: { itemIndex: 1 } });
			expect(JSON.stringify(shown)).not.toContain('s3cret');
		}
	});

	it('is left as it is where it is one of n8n\'s already', () => {
		const already = new NodeOperationError(node, 'Already');
		expect(toNodeError(node, already, 4, hide)).toBe(already);
	});

	it('goes on as an item with nothing beside the error and its details', () => {
		const shown = toNodeError(node, new MaestroError('no_task', 'There is no task 9', 'Give another ID.'), 3, hide);
		expect(errorItem(shown, 3)).toEqual({ json: { error: 'There is no task 9', details: { code: 'no_task', advice: 'Give another ID.' } }, pairedItem: { item: 3 } });
	});
});

describe('what fails before the first item', () => {
	const context = { getNode: () => node, continueOnFail: () => false, getExecutionCancelSignal: () => undefined, getInputData: () => [{ json: {} }, { json: {} }], getNodeOutputs: () => [{ type: 'main' as const }, { type: 'main' as const }, { type: 'main' as const, category: 'error' as const }] };

	it('is shown like the rest where it is ours, and left alone where it is not', async () => {
		await expect(withNodeErrors(context, () => Promise.reject(new MaestroError('bad_parameter', 'No key', 'Fill it in.')))).rejects.toMatchObject({ name: 'NodeOperationError', description: 'Fill it in.', context: { itemIndex: 0 } });
		const theirs = new TypeError('x is not a function');
		await expect(withNodeErrors(context, () => Promise.reject(theirs))).rejects.toBe(theirs);
	});

	it('is nothing where nothing fails', async () => {
		expect(await withNodeErrors(context, () => Promise.resolve([]))).toEqual([]);
	});

	it('is an error for each item on the last output under "continue on fail", but not what was stopped', async () => {
		const going = { ...context, continueOnFail: () => true };
		const item = (index: number): object => ({ json: { error: 'No key', details: { code: 'bad_parameter', advice: 'Fill it in.' } }, pairedItem: { item: index } });
		expect(await withNodeErrors(going, () => Promise.reject(new MaestroError('bad_parameter', 'No key', 'Fill it in.')))).toEqual([[], [item(0), item(1)]]);
		expect(await withNodeErrors(going, () => Promise.reject(new TypeError('x is not a function')))).toMatchObject([[], [{ json: { error: 'x is not a function' } }, {}]]);
		await expect(withNodeErrors(going, () => Promise.reject(new MaestroError('cancelled', 'Stopped', 'Start it.')))).rejects.toMatchObject({ message: 'Stopped' });
		await expect(withNodeErrors({ ...going, getExecutionCancelSignal: () => AbortSignal.abort() }, () => Promise.reject(new TypeError('Cut off')))).rejects.toThrow('Cut off');
	});
});
