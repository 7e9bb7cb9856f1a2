/** Passes requests on and keeps what they were; or holds each answer back for a while, as a real model does. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CountingProxy {
	readonly url: string;
	/** `PATCH /api/v1/…`, in order. */
	readonly requests: readonly string[];
	close(): Promise<void>;
}

export async function countingProxy(target: string, delayMs = 0): Promise<CountingProxy> {
	const requests: string[] = [];
	const server = createServer((request, response) => {
		requests.push(`${request.method} ${(request.url ?? '').split('?')[0]}`);
		const pass = async (): Promise<void> => {
			const body = await buffer(request);
			const headers = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name) ? [[name, value]] : [])));
			const answer = await fetch(`${target}${request.url}`, { method: request.method, headers, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) });
			if (delayMs > 0) await sleep(delayMs);
			response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
			response.end(Buffer.from(await answer.arrayBuffer()));
		};
		pass().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
	return {
		url: `http://127.0.0.1:${address.port}`,
		requests,
		close: async () => {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}
