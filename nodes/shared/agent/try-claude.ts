import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../../core/errors';
import { redactor, type Redact } from '../../../core/redact';
import { runAgent } from '../../../core/agent/run';
import { readClaude, type ClaudeSettings } from '../credentials';

const LIMIT_MS = 60_000;

export interface ClaudeAnswer {
	readonly ok: boolean;
	readonly message: string;
	/** Empty where it answered. */
	readonly advice: string;
}

const answers = (message: string): ClaudeAnswer => ({ ok: true, message, advice: '' });

function refusal(error: unknown, redact: Redact): ClaudeAnswer {
	return { ok: false, message: redact(messageOf(error)), advice: isMaestroError(error) ? redact(error.advice) : '' };
}

/** Asks the CLI for one word, which proves its path, its version and the token. Throws only where `signal` stopped it. */
export async function askClaude({ auth, cliPath }: ClaudeSettings, signal: AbortSignal): Promise<ClaudeAnswer> {
	const redact = redactor([auth.token]);
	const folder = await mkdtemp(join(tmpdir(), 'maestro-credential-'));
	try {
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
			AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
		);
		const { outcome } = result;
		switch (outcome.kind) {
			case 'completed':
				return answers(`Claude Code ${result.cliVersion} answers`);
			case 'paused':
				return answers(`The token is right, but ${outcome.reason.replace('_', ' ')} until ${outcome.resumeAt.toISOString()}`);
			case 'failed':
				// A model that answers with more than words has answered: the token is right.
				if (outcome.failure === 'max_turns') return answers(`Claude Code ${result.cliVersion} answers`);
				return { ok: false, message: redact(outcome.message), advice: redact(outcome.advice) };
			case 'stopped':
				signal.throwIfAborted();
				return { ok: false, message: 'Claude Code did not answer within a minute', advice: 'Look at what n8n\'s machine is busy with, and whether it reaches the API or your gateway.' };
		}
	} catch (error) {
		signal.throwIfAborted();
		return refusal(error, redact);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** As n8n's credential dialog shows it, which hands the fields over already decrypted. */
export async function tryClaude(data: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult> {
	const reader = { getCredentials: async () => await Promise.resolve(data) };
	const { ok, message, advice } = await readClaude(reader).then(
		async (settings) => await askClaude(settings, new AbortController().signal),
		(error: unknown) => refusal(error, (text) => text),
	);
	if (ok) return { status: 'OK', message };
	return { status: 'Error', message: advice === '' ? message : `${message}. ${advice}` };
}
