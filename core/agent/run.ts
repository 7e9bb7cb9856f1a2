/** Drives the CLI once: the effects around the pure parts (command, events, outcome, result). */
import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors';
import { redactor } from '../redact';
import { watchProcess } from '../process';
import { ActivityFeed, describe, oneLine } from './activity';
import type { AgentHooks, AgentOutcome, AgentRequest, AgentResult, RunAgent } from './agent';
import { agentCommand, type AgentCommand } from './command';
import { proxySecrets, type HostFacts } from './environment';
import type { AgentEvent } from './events';
import { addEvent, noFacts, type RunFacts } from './facts';
import { decideOutcome, type EndedBy } from './outcome';
import { eventReader } from './reader';
import { agentResult } from './result';
import { sessionVariable } from './session-processes';
import { Transcript } from './transcript';
import { checkVersion } from './version';
import { Watchdog } from './watchdog';
import { mcpSecrets, prepare, type Prepared } from './workspace';

export interface RunAgentDependencies {
	readonly host: HostFacts;
	readonly now: () => Date;
	/** Between asking the CLI to end and ending it by force. */
	readonly graceMs: number;
}

/** A refused API key is tried again and again for minutes; a single refusal may be a service's slip. */
const AUTH_RETRIES = 3;
const STDERR_BYTES = 8 * 1024;

/** Who ended the run first, and the signal that tells the process. */
class Ender {
	by: EndedBy | undefined;

	private readonly controller = new AbortController();

	readonly signal = this.controller.signal;

	readonly end = (by: EndedBy): void => {
		this.by ??= by;
		this.controller.abort();
	};
}

/** What came of the process, before it is put together for the caller. */
interface Driven {
	readonly facts: RunFacts;
	readonly outcome: AgentOutcome;
	readonly durationMs: number;
	readonly warnings: readonly string[];
}

export function createRunAgent(dependencies: RunAgentDependencies): RunAgent {
	return async (request, previousCostUsd, hooks, signal) => {
		const secrets = [request.auth.token, ...mcpSecrets(request.mcpServers), ...proxySecrets(dependencies.host.env)];
		const redact = redactor(secrets);
		const gather = (driven: Driven, cliVersion: string): AgentResult => agentResult({ request, previousCostUsd, cliVersion, ...driven }, redact);
		const stopped: Driven = { facts: noFacts(), outcome: { kind: 'stopped' }, durationMs: 0, warnings: [] };
		if (signal.aborted) return gather(stopped, '');
		const prepared = await prepare(request);
		try {
			const cliVersion = await checkVersion(request.cliPath, signal).catch((error: unknown) => {
				if (signal.aborted) return undefined;
				throw error;
			});
			if (cliVersion === undefined) return gather(stopped, '');
			const transcript = await Transcript.open(request.transcriptPath, redact);
			try {
				const driven = await drive({ ...dependencies, request, prepared, transcript, hooks, redact, signal });
				await transcript.close();
				return gather({ ...driven, warnings: [...prepared.warnings, ...transcript.warnings] }, cliVersion);
			} finally {
				await transcript.close();
			}
		} finally {
			await prepared.remove();
		}
	};
}

interface Drive extends RunAgentDependencies {
	readonly request: AgentRequest;
	readonly prepared: Prepared;
	readonly transcript: Transcript;
	readonly hooks: AgentHooks;
	readonly redact: (text: string) => string;
	readonly signal: AbortSignal;
}

/** Behind a call, for it may have come to pass since it was last looked at. */
const hasAborted = (signal: AbortSignal): boolean => signal.aborted;

async function drive(drive: Drive): Promise<Driven> {
	const { request, prepared, transcript, hooks, redact, signal, now } = drive;
	const facts = noFacts();
	const ender = new Ender();
	const watchdog = new Watchdog(request.timeouts, ender.end);
	const feed = new ActivityFeed((activity) => hooks.onActivity(activity));
	const onAbort = (): void => ender.end('caller');

	const onEvent = (event: AgentEvent): void => {
		addEvent(facts, event);
		watchdog.heard(event.type === 'system' && event.subtype === 'init' ? 'cli' : 'model');
		if (event.type === 'system' && event.subtype === 'init') void prepared.forgetMcpServers();
		if (facts.authRetries >= AUTH_RETRIES) ender.end('auth_refused');
		const said = describe(event);
		if (said !== undefined) feed.push({ at: now(), text: oneLine(said, redact), turns: facts.turns });
	};
	const onLine = (line: Buffer): void => {
		watchdog.heard('cli');
		transcript.add(line);
	};
	const reader = eventReader({ onEvent, onLine });

	signal.addEventListener('abort', onAbort, { once: true });
	try {
		if (hasAborted(signal)) return { facts, outcome: { kind: 'stopped' }, durationMs: 0, warnings: [] };
		if (hooks.mayBegin === undefined) watchdog.begin();
		else void hooks.mayBegin.then(() => watchdog.begin());
		const command = agentCommand(request, drive.host, prepared.files);
		const end = await watch(drive, command, ender.signal, (chunk) => {
			reader.push(chunk);
			return transcript.drained();
		});
		if (end.kind === 'not_started') throw notStarted(request, end.code, end.message);
		reader.end();
		facts.brokenLines = reader.brokenLines();
		const ending = { facts, end, endedBy: ender.by, schemaAsked: request.outputSchema !== undefined, now: now() };
		return { facts, outcome: decideOutcome(ending), durationMs: end.durationMs, warnings: [] };
	} finally {
		signal.removeEventListener('abort', onAbort);
		watchdog.stop();
		feed.stop();
	}
}

async function watch(drive: Drive, command: AgentCommand, signal: AbortSignal, onStdout: (chunk: Buffer) => void | Promise<void>) {
	const { request, hooks, graceMs } = drive;
	return await watchProcess(
		{
			...command,
			env: { ...command.env, ...sessionVariable(request.session.id) },
			stdin: hooks.mayBegin?.then((may) => (may ? command.stdin : '')) ?? command.stdin,
			cwd: request.cwd,
			secret: request.auth.token,
			// Of this launch alone: what cleans up after it must not end the one that has taken the session over.
			marker: `MAESTRO_RUN=${randomUUID()}`,
		},
		{
			onStdout,
			onStarted: (pid) => hooks.onStarted({ pid }),
			stderrBytes: STDERR_BYTES,
			endSignal: 'SIGINT',
			graceMs,
		},
		signal,
	);
}

function notStarted({ cliPath }: AgentRequest, code: string, message: string): MaestroError {
	const advice = 'Check the Maestro Claude credential, field "CLI Path", and that the file may be executed.';
	return new MaestroError('cli_missing', `The Claude Code CLI "${cliPath}" could not be started: ${message}`, advice, { cliPath, code });
}

/** `runAgent` on this host. */
export const runAgent: RunAgent = async (...run) =>
	await createRunAgent({
		host: { env: process.env, isRoot: process.getuid?.() === 0, apiRetries: 5 },
		now: () => new Date(),
		graceMs: 5_000,
	})(...run);
