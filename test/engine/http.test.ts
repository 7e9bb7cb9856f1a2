import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { workflowOf } from './support/workflow';

import { ExecuteContext } from 'n8n-core';
import { createRunExecutionData, NodeConnectionTypes, type INodeType } from 'n8n-workflow';

import { hostFetch, send, type HttpHelpers } from '../../nodes/shared/http';

const never = new AbortController().signal;
const node: INodeType = {
	description: { displayName: 'Probe', name: 'probe', group: ['transform'], version: 1, description: 'For these tests', defaults: { name: 'Probe' }, inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main], properties: [] },
};

/** n8n's own helper, as a node has it. */
function helpersOfN8n(): HttpHelpers {
	const { node: one, workflow, additionalData, mode } = workflowOf(node, {});
	const execution = { node: one, data: { main: [[{ json: {} }]] }, source: null };
	return new ExecuteContext(workflow, one, additionalData, mode, createRunExecutionData(), 0, [], { main: [[{ json: {} }]] }, execution, []).helpers;
}

describe("requests through n8n's helper", () => {
	let server: Server;
	let url = '';
	let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
	const helpers = helpersOfN8n();

	beforeAll(async () => {
		server = createServer((request, response) => answer(request, response));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const address = server.address();
		url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
	});
	afterAll(() => {
		server.closeAllConnections();
		server.close();
	});

	it.each([204, 304])('give an answer without a body for %s', async (status) => {
		answer = (_, response) => response.writeHead(status).end();
		const response = await hostFetch(helpers, 5_000)(url);
		expect([response.status, await response.text()]).toEqual([status, '']);
	});

	it.each([400, 404, 500])('take %s as an answer, with its headers and words', async (status) => {
		answer = (_, response) => response.writeHead(status, { 'x-why': 'because' }).end('{"message":"ünïcode"}');
		const response = await hostFetch(helpers, 5_000)(url);
		expect([response.status, response.headers.get('x-why'), await response.json()]).toEqual([status, 'because', { message: 'ünïcode' }]);
	});

	it('carry method, headers and the body as it is', async () => {
		answer = (request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => response.end(JSON.stringify([request.method, request.headers['x-a'], Buffer.concat(chunks).toString()])));
		};
		const response = await hostFetch(helpers, 5_000)(url, { method: 'PATCH', headers: { 'x-a': 'b', 'content-type': 'application/json' }, body: '{"a": 1}' });
		expect(await response.json()).toEqual(['PATCH', 'b', '{"a": 1}']);
	});

	it('follow a redirect to another origin without the token', async () => {
		const seen: (string | undefined)[] = [];
		const other = createServer((request, response) => {
			seen.push(request.headers.authorization);
			response.end('the log');
		});
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		const address = other.address();
		answer = (request, response) => {
			seen.push(request.headers.authorization);
			response.writeHead(302, { location: `http://localhost:${typeof address === 'object' ? String(address?.port) : ''}/` }).end();
		};
		const response = await hostFetch(helpers, 5_000)(url, { headers: { authorization: 'Bearer secret' } });
		expect(await response.text()).toBe('the log');
		expect(seen).toEqual(['Bearer secret', undefined]);
		other.closeAllConnections();
		other.close();
	});

	it('end with the signal, before the answer and in the middle of it', async () => {
		for (const begin of [false, true]) {
			const stop = new AbortController();
			answer = (_, response) => {
				if (begin) response.writeHead(200).write('begun');
				setTimeout(() => stop.abort(new Error('stopped')), 50);
			};
			await expect(send(helpers, { method: 'GET', url, headers: {}, timeoutMs: 30_000 }, stop.signal)).rejects.toThrow();
		}
	});

	it('end at their time limit also when the answer has begun', async () => {
		answer = (_, response) => void response.writeHead(200).write('begun');
		await expect(send(helpers, { method: 'GET', url, headers: {}, timeoutMs: 200 }, never)).rejects.toThrow();
	});

	it('refuse an answer above 30 MB without holding it', async () => {
		let written = 0;
		answer = (_, response) => {
			const chunk = Buffer.alloc(1024 * 1024);
			const more = (): void => {
				while (!response.destroyed && written < 500) {
					written++;
					if (!response.write(chunk)) return void response.once('drain', more);
				}
				response.end();
			};
			more();
		};
		await expect(send(helpers, { method: 'GET', url, headers: {}, timeoutMs: 30_000 }, never)).rejects.toThrow('larger than 30 MB');
		expect(written).toBeLessThan(200);
	});

	it('throw where nobody listens', async () => {
		await expect(hostFetch(helpers, 5_000)('http://127.0.0.1:1/')).rejects.toThrow(/ECONNREFUSED/);
	});
});
