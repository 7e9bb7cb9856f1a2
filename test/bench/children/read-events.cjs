// Reads so many megabytes of stream-json through the event reader that was built, and says how long it took and how much memory it held.
const { Buffer } = require('node:buffer');
const { join } = require('node:path');
const { eventReader } = require(join(__dirname, '../../../dist/core/agent/reader.js'));

const CHUNK = 64 * 1024;
const megabytes = Number(process.argv[2]);

/** One turn as the CLI writes it: small events, a tool's input and a tool's long output, in about 8 KB. */
function turn(number) {
	const message = (type, role, content) => ({ type, message: { id: `msg_${number}`, role, type: 'message', model: 'stand-in', content, usage: { input_tokens: 100, output_tokens: 20 } }, session_id: '5f0c0000-0000-4000-8000-000000000000', parent_tool_use_id: null });
	const id = `toolu_${number}`;
	const events = [
		message('assistant', 'assistant', [{ type: 'text', text: `Now I look at part ${number}. `.repeat(8) }]),
		message('assistant', 'assistant', [{ type: 'tool_use', id, name: 'Edit', input: { file_path: `/src/file-${number}.ts`, old_string: 'x'.repeat(300), new_string: 'y'.repeat(300) } }]),
		message('user', 'user', [{ type: 'tool_result', tool_use_id: id, content: 'All tests passed, "really" ü\n'.repeat(200) }]),
	];
	return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** About a megabyte, cut where a pipe would cut it: anywhere. */
function chunks() {
	let text = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: '5f0c0000-0000-4000-8000-000000000000', model: 'stand-in', tools: ['Bash'], cwd: '/' })}\n`;
	for (let number = 0; text.length < 1024 * 1024; number++) text += turn(number);
	const whole = Buffer.from(text);
	const cut = [];
	for (let at = 0; at < whole.length; at += CHUNK) cut.push(whole.subarray(at, at + CHUNK));
	return { cut, bytes: whole.length };
}

async function main() {
	const { cut, bytes } = chunks();
	let events = 0;
	let lines = 0;
	const reader = eventReader({ onEvent: () => events++, onLine: () => lines++ });
	const rounds = Math.max(1, Math.round((megabytes * 1024 * 1024) / bytes));
	const before = performance.now();
	for (let round = 0; round < rounds; round++) {
		for (const chunk of cut) reader.push(chunk);
		// As between two reads of a pipe.
		await new Promise((resolve) => setImmediate(resolve));
	}
	reader.end();
	const ms = performance.now() - before;
	const { maxRSS } = process.resourceUsage();
	console.log(JSON.stringify({ ms, bytes: rounds * bytes, events, lines, broken: reader.brokenLines(), memoryMb: maxRSS / 1024 }));
}

main();
