import { NodeConnectionTypes, NodeOperationError, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { callWebhook } from './support/call-webhook';
import { runNode } from './support/run-node';

const description: INodeTypeDescription = {
	displayName: 'Probe',
	name: 'probe',
	group: ['transform'],
	version: 1,
	description: 'A node for these tests',
	defaults: { name: 'Probe' },
	inputs: [NodeConnectionTypes.Main],
	outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
	credentials: [{ name: 'probeApi' }],
	webhooks: [{ name: 'default', httpMethod: 'POST', path: 'probe' }],
	properties: [{ displayName: 'Word', name: 'word', type: 'string', default: 'nothing' }],
};

function probe(execute: (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>): INodeType {
	return {
		description,
		async execute() {
			return await execute(this);
		},
		async webhook() {
			const request = this.getRequestObject();
			if (this.getHeaderData()['x-pass'] !== 'yes') {
				this.getResponseObject().status(401).send('no');
				return { noWebhookResponse: true };
			}
			return { workflowData: [[{ json: { raw: request.rawBody.toString() } }]] };
		},
	};
}

describe('a single node in n8n-core', () => {
	test('gets its parameters with expressions resolved, its defaults, input and credentials', async () => {
		const node = probe(async (context) => {
			const { secret } = await context.getCredentials<{ secret: string }>('probeApi');
			return [[{ json: { word: context.getNodeParameter('word', 0), secret } }], context.getInputData()];
		});
		const { outputs, error } = await runNode(node, { parameters: { word: '={{ $json.a + 1 }}' }, credentials: { probeApi: { secret: 's' } }, input: [{ a: 1 }] });
		expect(error).toBeUndefined();
		expect(outputs).toEqual([[{ word: 2, secret: 's' }], [{ a: 1 }]]);
		const plain = await runNode(probe(async (context) => [[{ json: { word: context.getNodeParameter('word', 0) } }]]));
		expect(plain.outputs[0]).toEqual([{ word: 'nothing' }]);
	});

	test('shows what the node threw', async () => {
		const node = probe(async (context) => {
			throw new NodeOperationError(context.getNode(), 'It broke', { description: 'Mend it' });
		});
		const { error } = await runNode(node);
		expect(error).toMatchObject({ message: 'It broke', description: 'Mend it' });
	});

	test('can be stopped like an execution in the editor', async () => {
		const stop = new AbortController();
		let seen: AbortSignal | undefined;
		const node = probe(async (context) => {
			seen = context.getExecutionCancelSignal();
			const stopped = new Promise((resolve) => seen?.addEventListener('abort', resolve, { once: true }));
			stop.abort();
			await stopped;
			return [[]];
		});
		await runNode(node, { signal: stop.signal });
		expect(seen?.aborted).toBe(true);
	});

	test('shows that a node parked its execution', async () => {
		const till = new Date('2030-01-01T00:00:00Z');
		const { waitTill } = await runNode(
			probe(async (context) => {
				await context.putExecutionToWait(till);
				return [context.getInputData()];
			}),
		);
		expect(waitTill).toEqual(till);
	});
});

describe('a webhook of a single node in n8n-core', () => {
	const node = probe(async () => [[]]);

	test('gets headers and the raw body, and starts the workflow', async () => {
		const { workflowData, answer } = await callWebhook(node, { headers: { 'X-Pass': 'yes' }, body: '{"a": 1}' });
		expect(workflowData).toEqual([[{ json: { raw: '{"a": 1}' } }]]);
		expect(answer).toBeUndefined();
	});

	test('may answer by itself and start nothing', async () => {
		const { workflowData, answer } = await callWebhook(node, { body: {} });
		expect(workflowData).toBeUndefined();
		expect(answer).toEqual({ status: 401, body: 'no' });
	});
});
