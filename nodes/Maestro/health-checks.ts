import type { IExecuteFunctions } from 'n8n-workflow';
import { judgeDisk, judgeExpiry, judgeScopes, judgeSessions, judgeTables, well, wrong, type Finding } from '../../core/report/health';
import { claimLock, releaseLock, renewLock } from '../../core/task/locks';
import { askClaude } from '../shared/agent/try-claude';
import { readClaude, readN8n } from '../shared/credentials';
import { openGithub, type Services } from '../shared/services';
import { tablesLimit, tablesSize } from '../shared/store/size';
import { freeBytes } from './disk';
import type { HealthOperation } from './report-parameters';

/** Tries one thing. What it throws is a finding too. */
export type Look = (signal: AbortSignal) => Promise<Finding>;

const MAX_PROJECTS = 1_000;
const MAX_RUNS = 2_000;
const LOCK_MS = 30_000;

/** An API key of n8n is a signed token that says itself when it ends. Null: it does not, or is of another kind. */
export function expiryOfKey(apiKey: string): Date | null {
	try {
		const claims: unknown = JSON.parse(Buffer.from(apiKey.split('.')[1] ?? '', 'base64url').toString('utf8'));
		return typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number' ? new Date(claims.exp * 1000) : null;
	} catch {
		return null;
	}
}

async function claudeAnswers(context: IExecuteFunctions, services: Services, signal: AbortSignal): Promise<Finding> {
	const settings = await readClaude(context);
	services.addSecret(settings.auth.token);
	return await askClaude(settings, signal);
}

/** Writes, reads, changes and removes a row: what a key may is only known when it is tried. */
async function n8nKey(services: Services, signal: AbortSignal): Promise<Finding> {
	const lock = await claimLock(services, 'health-check', LOCK_MS, signal);
	if (lock !== undefined) {
		await renewLock(services, lock, LOCK_MS, signal);
		await releaseLock(services, lock, signal);
	}
	if ((await services.n8n.executionState(services.executionId, signal)) !== 'unknown') return well('The key may read and write data tables, and read executions');
	return wrong('n8n did not say how this execution is', 'Check "Base URL" in the Maestro n8n API credential.');
}

async function repositories(context: IExecuteFunctions, services: Services, signal: AbortSignal): Promise<Finding> {
	const active = (await services.store.projects.find({}, { limit: MAX_PROJECTS }, signal)).filter((project) => project.active);
	const { client } = await openGithub(context, services);
	const lost: string[] = [];
	for (const { repository } of active) {
		const found = await client.repository(repository, signal).catch((error: unknown) => {
			signal.throwIfAborted();
			return error instanceof Error ? error.message : String(error);
		});
		if (typeof found === 'string') lost.push(`${repository}: ${found}`);
		else if (found.archived) lost.push(`${repository} is archived`);
		else if (!found.canPush) lost.push(`${repository} may not be pushed to`);
	}
	if (lost.length === 0) return well(`All ${active.length} may be pushed to`);
	return wrong(lost.join('; '), 'Give the token write access, or make the project inactive.');
}

/** All checks by name. Each stands by itself. */
export function healthChecks(context: IExecuteFunctions, services: Services, operation: HealthOperation): readonly (readonly [string, Look])[] {
	const expiry = (what: string, at: Date | null, advice: string): Finding => judgeExpiry(what, at, operation.expiryDays, services.clock.now(), advice);
	const claude: (readonly [string, Look])[] = operation.askClaude ? [['Claude', async (signal) => await claudeAnswers(context, services, signal)]] : [];
	return [
		...claude,
		[
			'Claude token',
			async () =>
				await Promise.resolve(
					expiry('the Claude token', operation.claudeTokenExpiresOn, 'Make a new one with "claude setup-token", enter it in the Maestro Claude API credential, and note its date in the node "Maestro" that checks the health.'),
				),
		],
		[
			'GitHub token',
			async (signal) => {
				const { client } = await openGithub(context, services);
				const { login, scopes, expiresAt } = await client.viewer(signal);
				const may = judgeScopes(login, scopes);
				if (!may.ok || expiresAt === null) return may;
				const ends = expiry('the GitHub token', new Date(expiresAt), 'Make a new one, and enter it in the Maestro GitHub API credential.');
				return { ...ends, message: `${may.message}; ${ends.message}` };
			},
		],
		['Repositories', async (signal) => await repositories(context, services, signal)],
		['n8n API key', async (signal) => await n8nKey(services, signal)],
		[
			'n8n API key expiry',
			async () => {
				const { apiKey } = await readN8n(context);
				return expiry('the n8n API key', expiryOfKey(apiKey), 'Make a new one in n8n (Settings → n8n API), and enter it in the Maestro n8n API credential.');
			},
		],
		['Data tables', async (signal) => judgeTables(await tablesSize(await readN8n(context), context.helpers, signal), tablesLimit(), operation.tablesPercent)],
		['Disk', async () => judgeDisk(await freeBytes(services.dataDir), operation.minimumDiskGb)],
		['Sessions', async (signal) => judgeSessions(await services.store.runs.find({ status: { eq: 'running' } }, { limit: MAX_RUNS }, signal), services.clock.now())],
	];
}
