import type { AgentEvent } from '../../../core/agent/events';
import { addEvent, noFacts } from '../../../core/agent/facts';
import { eventReader } from '../../../core/agent/reader';

function read(...lines: (string | object)[]): { events: AgentEvent[]; broken: number; facts: ReturnType<typeof noFacts> } {
	const events: AgentEvent[] = [];
	const reader = eventReader({ onEvent: (event) => events.push(event) });
	for (const line of lines) reader.push(Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
	reader.end();
	const facts = noFacts();
	for (const event of events) addEvent(facts, event);
	return { events, broken: reader.brokenLines(), facts };
}

const block = (id: string, text: string) => ({ type: 'assistant', message: { id, model: 'm', content: [{ type: 'text', text }], usage: { input_tokens: 10, output_tokens: 2 } } });

describe('the event reader', () => {
	it('ignores events that it does not know', () => {
		expect(read({ type: 'news' }, { type: 'system', subtype: 'ui_invalidate' }, { type: 'user', message: {} })).toMatchObject({ events: [], broken: 0 });
	});

	it.each(['not json', '[1]', '"text"', 'null', '{"type":"user"', '{"type":"assistant"', '{"type":"assistant"}', '{"type":"rate_limit_event"}'])(
		'counts a broken line and goes on: %s',
		(line) => {
			const { events, broken } = read(line, { type: 'result', subtype: 'success', is_error: false });
			expect(broken).toBe(1);
			expect(events).toHaveLength(1);
		},
	);

	it('takes a result whatever is missing or of another type in it, and then for an error', () => {
		expect(read({ type: 'result', num_turns: 'three', permission_denials: null, usage: [] }).events).toMatchObject([
			{ is_error: true, num_turns: 0, permission_denials: [], usage: { input_tokens: 0 }, total_cost_usd: 0 },
		]);
	});

	it('drops a line beyond its bound, counts it, and goes on', () => {
		const { events, broken } = read(JSON.stringify({ type: 'assistant', text: 'x'.repeat(5 * 1024 * 1024) }), block('a', 'ok'));
		expect(broken).toBe(1);
		expect(events).toHaveLength(1);
	});
});

describe('the facts of a run', () => {
	it('count the blocks of one message as one turn', () => {
		const { facts } = read(block('a', 'one'), block('a', 'two'), block('b', 'three'));
		expect(facts).toMatchObject({ turns: 2, tokens: { input: 20, output: 4 }, lastText: 'three' });
	});

	it('do not count the CLI\'s own report of a failure as a turn', () => {
		expect(read({ ...block('a', 'API Error'), error: 'server_error' }).facts).toMatchObject({ turns: 0, apiError: 'server_error' });
	});

	it('know the MCP servers that did not start', () => {
		const servers = [{ name: 'good', status: 'connected' }, { name: 'bad', status: 'failed' }];
		expect(read({ type: 'system', subtype: 'init', model: 'm', claude_code_version: '2.1.329', mcp_servers: servers }).facts).toMatchObject({ failedMcpServers: ['bad'], cliVersion: '2.1.329' });
	});
});
