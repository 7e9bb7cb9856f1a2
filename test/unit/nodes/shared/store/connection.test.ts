/** What is asked of n8n once more, and what is not: an insert that may have been done is never done twice. */
import { createCall, type StoreRequest } from '../../../../../nodes/shared/store/connection';

const signal = new AbortController().signal;
type Answer = { readonly status: number; readonly body?: unknown } | Error;

/** n8n gives these answers one after the other, and the last one for ever. */
function asked(answers: readonly Answer[]): { call: (method: StoreRequest['method']) => Promise<unknown>; sent: () => number; paused: () => number } {
	let sent = 0;
	let paused = 0;
	const call = createCall(
		'http://n8n.test',
		async () => {
			const answer = answers[Math.min(sent++, answers.length - 1)];
			if (answer === undefined || answer instanceof Error) return await Promise.reject(answer ?? new Error('No answer'));
			return { status: answer.status, body: answer.body };
		},
		{ random: () => 1, pause: async (ms) => { paused += ms; await Promise.resolve(); } },
	);
	return { call: async (method) => await call({ method, path: '/api/v1/data-tables/1/rows' }, 'dataTableRow:create', signal), sent: () => sent, paused: () => paused };
}

it.each([429, 503])('what n8n refuses for a moment (%d) is asked again until it takes it, also an insert', async (status) => {
	const { call, sent } = asked([...Array.from({ length: 8 }, () => ({ status })), { status: 200, body: 'done' }]);
	expect(await call('POST')).toBe('done');
	expect(sent()).toBe(9);
});

it('is patient with a busy n8n for some twenty seconds, and then says so', async () => {
	const { call, sent, paused } = asked([{ status: 503, body: { message: 'Database is not ready' } }]);
	await expect(call('POST')).rejects.toThrow('n8n answered 503 to /api/v1/data-tables/1/rows: Database is not ready');
	expect([sent(), paused()]).toEqual([9, 21_200]);
});

it('an insert that may have been done is not sent again, and a look is', async () => {
	for (const [answer, code] of [[{ status: 500, body: 'broken' }, 'n8n_api'], [new Error('socket hang up'), 'n8n_unreachable']] as const) {
		const insert = asked([answer]);
		await expect(insert.call('POST')).rejects.toMatchObject({ code });
		expect(insert.sent()).toBe(1);
		const look = asked([answer]);
		await expect(look.call('GET')).rejects.toMatchObject({ code });
		expect(look.sent()).toBe(5);
	}
});

it('an insert that surely did not arrive is sent again', async () => {
	const { call, sent } = asked([new Error('connect ECONNREFUSED 127.0.0.1:5678'), { status: 200, body: 'done' }]);
	expect(await call('POST')).toBe('done');
	expect(sent()).toBe(2);
});

it('what n8n will never take is asked once', async () => {
	for (const [status, code] of [[400, 'n8n_api'], [401, 'n8n_scopes'], [403, 'n8n_scopes']] as const) {
		const { call, sent } = asked([{ status, body: { message: 'No' } }]);
		await expect(call('GET')).rejects.toMatchObject({ code });
		expect(sent()).toBe(1);
	}
});
