import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';
import { redactor } from '../../core/redact';
import { runAgent } from '../../core/agent/run';
import { readClaude } from '../shared/credentials';

const LIMIT_MS = 60_000;

export async function tryClaude(data: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult> {
	const redact = redactor(typeof data.token === 'string' ? [data.token] : []);
	const folder = await mkdtemp(join(tmpdir(), 'maestro-credential-'));
	try {
		// The dialog hands the fields over already decrypted; the reader wants to be asked for them.
		const reader = { getCredentials: async <T extends object>() => await Promise.resolve(data as unknown as T) };
		const { auth, cliPath } = await readClaude(reader);
		const result = await runAgent(
			{
				cliPath,
				auth,
				cwd: folder,
				configDir: join(folder, 'config'),
				transcriptPath: join(folder, 'transcript.jsonl'),
				prompt: 'Answer with the one word: ready',
				session: { mode: 'new', id: randomUUID() },
				model: '',
				fallbackModel: '',
				maxTurns: 1,
				maxBudgetUsd: 0.5,
				tools: [],
				allowedTools: [],
				permissionMode: 'dontAsk',
				mcpServers: {},
				pluginDirs: [],
				folders: [],
				repositoryExtensions: false,
				sandbox: false,
				timeouts: { firstEventMs: LIMIT_MS, idleMs: LIMIT_MS, totalMs: LIMIT_MS },
				gitIdentity: { name: 'Maestro', email: 'maestro@localhost' },
			},
			0,
			{ onStarted: () => undefined, onActivity: () => undefined },
			AbortSignal.timeout(LIMIT_MS),
		);
		const { outcome } = result;
		switch (outcome.kind) {
			case 'completed':
				return { status: 'OK', message: `Claude Code ${result.cliVersion} answers` };
			case 'paused':
				return { status: 'OK', message: `The token is right, but ${outcome.reason.replace('_', ' ')} until ${outcome.resumeAt.toISOString()}` };
			case 'failed':
				// A model that answers with more than words has answered: the token is right.
				if (outcome.failure === 'max_turns') return { status: 'OK', message: `Claude Code ${result.cliVersion} answers` };
				return { status: 'Error', message: redact(`${outcome.message}. ${outcome.advice}`) };
			case 'stopped':
				return { status: 'Error', message: 'Claude Code did not answer within a minute' };
		}
	} catch (error) {
		const advice = isMaestroError(error) ? ` ${error.advice}` : '';
		return { status: 'Error', message: redact(`${messageOf(error)}.${advice}`) };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
