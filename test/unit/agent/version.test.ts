import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkVersion, compareVersions } from '../../../core/agent/version';
import { agentBench } from '../../fixtures/agent/run';
import { done, when } from '../../fixtures/model';

const root = mkdtempSync(join(tmpdir(), 'maestro-version-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const never = new AbortController().signal;

function cli(name: string, script: string): string {
	const path = join(root, name);
	writeFileSync(path, `#!/bin/sh\n${script}\n`);
	chmodSync(path, 0o755);
	return path;
}

describe('the CLI', () => {
	it.each([
		['that is not there', () => '/nowhere/claude', 'cli_missing'],
		['that does not run', () => cli('broken', 'echo cannot load >&2; exit 1'), 'cli_missing'],
		['that is something else', () => cli('other', 'echo hello'), 'cli_missing'],
		['that is too old', () => cli('old', 'echo "2.1.210 (Claude Code)"'), 'cli_too_old'],
	])('%s is refused with advice', async (_, path, code) => {
		await expect(checkVersion(path(), never)).rejects.toMatchObject({ code, advice: expect.stringContaining('npm install -g @anthropic-ai/claude-code') });
	});

	it('is asked for its version once, and again after a failure', async () => {
		const path = cli('late', 'exit 1');
		await expect(checkVersion(path, never)).rejects.toMatchObject({ code: 'cli_missing' });
		cli('late', 'echo "2.1.300 (Claude Code)"');
		expect(await checkVersion(path, never)).toBe('2.1.300');
		rmSync(path);
		expect(await checkVersion(path, never)).toBe('2.1.300');
	});

	it('is checked before a run, and so is the folder to work in', async () => {
		const bench = await agentBench([when(/[^]*/).turns([done('Never.')])]);
		try {
			await expect(bench.run(bench.request({ cliPath: '/nowhere/claude' }))).rejects.toMatchObject({ code: 'cli_missing', advice: expect.stringContaining('CLI Path') });
			await expect(bench.run(bench.request({ cwd: join(root, 'gone') }))).rejects.toMatchObject({ code: 'workspace_missing' });
		} finally {
			await bench.close();
		}
	});
});

describe('versions', () => {
	it.each([
		['2.1.0', '2.1.0', 0],
		['2.0.99', '2.1.0', -1],
		['2.10.0', '2.9.9', 1],
		['3.0.0', '2.99.99', 1],
	])('%s against %s', (a, b, sign) => expect(Math.sign(compareVersions(a, b))).toBe(sign));
});
