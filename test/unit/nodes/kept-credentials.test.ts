import type { IWebhookFunctions } from 'n8n-workflow';
import { withKeptCredentials } from '../../../nodes/MaestroTrigger/kept-credentials';

interface Asked {
	readonly context: IWebhookFunctions;
	readonly times: () => number;
}

/** A webhook of the node with this credential; what n8n would give is `answer`. */
function webhook(workflow: string, credential: string, answer: () => Promise<object>): Asked {
	let times = 0;
	const context = {
		helpers: {},
		getWorkflow: () => ({ id: workflow }),
		getNode: () => ({ id: 'node', credentials: { maestroSentryApi: { id: credential, name: credential } } }),
		getCredentials: async () => {
			times += 1;
			return await answer();
		},
	};
	// Only these are used.
	return { context: context as unknown as IWebhookFunctions, times: () => times };
}

let now = 1_000_000;
const clock = { now: () => new Date(now) };
const read = async ({ context }: Asked): Promise<unknown> => await withKeptCredentials(context, clock).getCredentials('maestroSentryApi');

it('reads a credential once for a burst, and again after some seconds', async () => {
	let secret = 'old';
	const asked = webhook('burst', 'one', async () => await Promise.resolve({ clientSecret: secret }));
	expect(await Promise.all([read(asked), read(asked), read(asked)])).toEqual([{ clientSecret: 'old' }, { clientSecret: 'old' }, { clientSecret: 'old' }]);
	expect(asked.times()).toBe(1);
	secret = 'new';
	now += 2_900;
	expect(await read(asked)).toEqual({ clientSecret: 'old' });
	now += 200;
	expect(await read(asked)).toEqual({ clientSecret: 'new' });
	expect(asked.times()).toBe(2);
});

it('gives no other workflow and no other credential what was read', async () => {
	const one = webhook('first', 'one', async () => await Promise.resolve({ clientSecret: 'one' }));
	const other = webhook('first', 'two', async () => await Promise.resolve({ clientSecret: 'two' }));
	const elsewhere = webhook('second', 'one', async () => await Promise.reject(new Error('not shared with it')));
	expect(await read(one)).toEqual({ clientSecret: 'one' });
	expect(await read(other)).toEqual({ clientSecret: 'two' });
	await expect(read(elsewhere)).rejects.toThrow('not shared with it');
});

it('asks again for what could not be read', async () => {
	let fails = true;
	const asked = webhook('failing', 'one', async () => await (fails ? Promise.reject(new Error('locked')) : Promise.resolve({ clientSecret: 'it' })));
	await expect(read(asked)).rejects.toThrow('locked');
	fails = false;
	expect(await read(asked)).toEqual({ clientSecret: 'it' });
});
