/** An n8n that is kept: made once, found again at the next start. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { addProject, createCredentials, CREDENTIAL_TYPES, type Credentials, type CredentialType, importBundled, importedWorkflows, publishedAfterSetup, workflowNames, type WorkflowName } from '../e2e/support/installation';
import { startN8n, type N8n } from '../e2e/support/n8n';
import { list, property, record, text } from '../e2e/support/rest';
import { fileOf, type Kept, readKept, writeKept } from './kept';
import type { Settings } from './settings';

export interface Installation {
	/** What to do now, for a person. */
	readonly greeting: string;
	/** When n8n has ended by itself. */
	readonly whenEnded: Promise<void>;
	stop(): Promise<void>;
}

const FORM_USER = 'owner';
/** Without these an agent behind a company's proxy reaches nothing. */
const PASSED_ON = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

const password = (): string => `Aa1${randomBytes(15).toString('hex')}`;

function environment(settings: Settings): Record<string, string> {
	const passedOn = PASSED_ON.flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value] as const];
	});
	return { ...Object.fromEntries(passedOn), ...(settings.publicUrl === '' ? {} : { N8N_WEBHOOK_URL: `${settings.publicUrl}/` }) };
}

async function credentialsThere(n8n: N8n): Promise<Partial<Record<CredentialType, { id: string; name: string }>>> {
	const found: Partial<Record<CredentialType, { id: string; name: string }>> = {};
	for (const row of list(await n8n.client.editor('/rest/credentials'), 'data')) {
		const type = CREDENTIAL_TYPES.find((known) => known === property(row, 'type'));
		if (type !== undefined) found[type] ??= { id: text(row, 'id'), name: text(row, 'name') };
	}
	return found;
}

function allOf(found: Partial<Record<CredentialType, { id: string; name: string }>>): Credentials | undefined {
	const { maestroClaudeApi, maestroGithubApi, maestroN8nApi, httpBasicAuth } = found;
	if (maestroClaudeApi === undefined || maestroGithubApi === undefined || maestroN8nApi === undefined || httpBasicAuth === undefined) return undefined;
	return { maestroClaudeApi, maestroGithubApi, maestroN8nApi, httpBasicAuth };
}

/** A token may have been changed since the last start. What n8n hides of the rest goes back hidden, and it keeps that. */
async function refresh(n8n: N8n, type: CredentialType, { id, name }: { id: string; name: string }, changes: Record<string, unknown>): Promise<void> {
	const stored = await n8n.client.editor(`/rest/credentials/${id}?includeData=true`);
	const data = { ...record(property(stored, 'data', 'data')), ...changes };
	await n8n.client.editor(`/rest/credentials/${id}`, { method: 'PATCH', body: { name, type, data } });
}

async function openCredentials(n8n: N8n, settings: Settings, kept: Kept): Promise<Credentials> {
	const there = allOf(await credentialsThere(n8n));
	const claude = { token: settings.claudeToken, baseUrl: settings.claudeBaseUrl, cliPath: settings.cliPath };
	const github = { apiUrl: settings.githubApiUrl, webUrl: settings.githubWebUrl };
	if (there === undefined) {
		return await createCredentials(n8n, { claude, github: { token: settings.githubToken, ...github, webhookSecret: randomBytes(24).toString('hex') }, form: { user: FORM_USER, password: kept.formPassword } });
	}
	await refresh(n8n, 'maestroClaudeApi', there.maestroClaudeApi, claude);
	await refresh(n8n, 'maestroGithubApi', there.maestroGithubApi, { accessToken: settings.githubToken, ...github });
	await refresh(n8n, 'maestroN8nApi', there.maestroN8nApi, { baseUrl: n8n.url });
	return there;
}

async function openWorkflows(n8n: N8n, credentials: Credentials): Promise<Partial<Record<WorkflowName, string>>> {
	const there = await importedWorkflows(n8n.client);
	for (const name of workflowNames) there[name] ??= await importBundled(n8n.client, name, credentials);
	return there;
}

async function hasProject(n8n: N8n, repository: string): Promise<boolean> {
	const rows = (await n8n.client.tableRows('maestro_projects')) ?? [];
	return rows.some((row) => String(row.repository).toLowerCase() === repository.toLowerCase());
}

async function setUp(n8n: N8n, settings: Settings, kept: Kept): Promise<void> {
	const credentials = await openCredentials(n8n, settings, kept);
	const workflows = kept.isSetUp ? await importedWorkflows(n8n.client) : await openWorkflows(n8n, credentials);
	const { setup } = workflows;
	if (!kept.isSetUp && setup !== undefined) await n8n.client.publish(setup);
	if (setup !== undefined && !(await hasProject(n8n, settings.repository))) {
		await addProject(n8n, setup, { user: FORM_USER, password: kept.formPassword }, settings.repository, { maxRunning: 1 });
	}
	if (kept.isSetUp) return;
	for (const name of publishedAfterSetup) {
		const id = workflows[name];
		if (id !== undefined) await n8n.client.publish(id);
	}
	await writeKept(settings.folder, { ...kept, apiKey: n8n.apiKey, isSetUp: true });
}

function greeting(n8n: N8n, settings: Settings, kept: Kept): string {
	const hook = `${settings.publicUrl === '' ? n8n.url : settings.publicUrl}/webhook/maestro/github`;
	const reachable = [
		`GitHub sends its webhooks to ${hook}`,
		`Put the label "auto" on an issue of ${settings.repository}. A task, an agent and a pull request follow.`,
	];
	const unreachable = [
		`GitHub cannot reach this n8n, so a label does not start anything yet: the webhook ${hook} is on loopback.`,
		`Open a tunnel to port ${settings.port} and start again with N8N_WEBHOOK_URL=https://its-address; then put the label "auto" on an issue of ${settings.repository}.`,
		'Reviews, checks and merges of open pull requests are noticed without it, within a minute.',
	];
	return [
		'',
		`n8n is up at ${n8n.url}`,
		`  e-mail     ${kept.email}`,
		`  password   ${kept.password}`,
		`  set-up     ${n8n.url}/form/maestro-setup (user ${FORM_USER}, password ${kept.formPassword})`,
		`  kept in    ${fileOf(settings.folder)}`,
		'',
		...(settings.publicUrl === '' ? unreachable : reachable),
		'End it with Ctrl+C.',
		'',
	].join('\n');
}

/** Undefined when `signal` ended it on the way; nothing is left running then. */
export async function startInstallation(settings: Settings, signal: AbortSignal): Promise<Installation | undefined> {
	const kept = (await readKept(settings.folder)) ?? { email: 'owner@example.com', password: password(), formPassword: password(), apiKey: '', isSetUp: false };
	await writeKept(settings.folder, kept);
	const n8n = await startN8n({
		userFolder: settings.folder,
		port: settings.port,
		login: { email: kept.email, password: kept.password },
		env: environment(settings),
		...(kept.apiKey === '' ? {} : { apiKey: kept.apiKey }),
	});
	const watch = new AbortController();
	const stop = async (): Promise<void> => {
		watch.abort();
		await n8n.stop({ keepFolder: true });
	};
	try {
		signal.throwIfAborted();
		const withKey = { ...kept, apiKey: n8n.apiKey };
		await writeKept(settings.folder, withKey);
		await setUp(n8n, settings, withKey);
		signal.throwIfAborted();
	} catch (error) {
		await stop();
		if (signal.aborted) return undefined;
		throw error;
	}
	return { greeting: greeting(n8n, settings, kept), whenEnded: untilEnded(n8n, watch.signal), stop };
}

async function untilEnded(n8n: N8n, signal: AbortSignal): Promise<void> {
	while (!signal.aborted && n8n.isRunning()) await sleep(1_000);
}
