import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transcript } from '../../../core/agent/transcript';
import { redactor } from '../../../core/redact';

const root = mkdtempSync(join(tmpdir(), 'maestro-transcript-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const redact = redactor(['a-secret-token']);

describe('a transcript', () => {
	it('keeps every line, redacted, for its owner alone', async () => {
		const path = join(root, 'new', 'run.jsonl');
		const transcript = await Transcript.open(path, redact);
		for (const line of ['{"a":1}', '{"b":"a-secret-token"}']) transcript.add(Buffer.from(line));
		await transcript.close();
		expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":"[redacted]"}\n');
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	it('is cut at its bound, and says so', async () => {
		const path = join(root, 'long.jsonl');
		const transcript = await Transcript.open(path, redact, 100);
		for (let line = 0; line < 50; line++) {
			transcript.add(Buffer.from('{"a":"0123456789"}'));
			await transcript.drained();
		}
		await transcript.close();
		expect(readFileSync(path, 'utf8').trim().split('\n').at(-1)).toBe('{"type":"maestro","subtype":"transcript_cut"}');
		expect(statSync(path).size).toBeLessThan(200);
		expect(transcript.warnings).toHaveLength(1);
	});

	it('that cannot be opened names the disk', async () => {
		writeFileSync(join(root, 'file'), '');
		await expect(Transcript.open(join(root, 'file', 'run.jsonl'), redact)).rejects.toMatchObject({ code: 'disk' });
	});

	it('on a full disk costs a warning, not the run', async () => {
		const transcript = await Transcript.open('/dev/full', redact);
		transcript.add(Buffer.alloc(100_000, 'x'));
		await transcript.drained();
		await transcript.close();
		transcript.add(Buffer.from('later'));
		expect(transcript.warnings).toEqual([expect.stringContaining('could not be written any further')]);
	});
});
