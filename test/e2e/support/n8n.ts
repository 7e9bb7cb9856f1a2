import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { N8nClient } from './client';
import { n8nEnvironment } from './environment';
import { type HostProcess, startHostProcess } from './host-process';
import { installPackage } from './package';
import { n8nBinary } from './paths';
import { waitFor } from './poll';
import { freePort } from './ports';
import { list, property, rawRest, rest, text } from './rest';

const READY_LIMIT_MS = 90_000;

export interface Login {
	readonly email: string;
	readonly password: string;
}

export interface N8n {
	readonly url: string;
	readonly port: number;
	readonly userFolder: string;
	/** MAESTRO_DATA_DIR of this n8n. */
	readonly dataDirectory: string;
	readonly logPath: string;
	readonly login: Login;
	readonly apiKey: string;
	readonly client: N8nClient;
	/** Of the n8n that runs now; another one after a restart. */
	pid(): number;
	isRunning(): boolean;
	/** Ends n8n and everything that it started. Removes the user folder when this n8n made it. May be called twice. */
	stop(options?: { keepFolder?: boolean }): Promise<void>;
	/** SIGKILL to n8n alone: what it started lives on, as after a crash. */
	kill9(): Promise<void>;
	/** Starts n8n again on the same folder and port (ends it first where it still runs). */
	restart(options?: { env?: Record<string, string> }): Promise<void>;
	log(): Promise<string>;
}

export interface StartOptions {
	/** Default: a new folder under the system's temporary folder, removed on stop. */
	readonly userFolder?: string;
	/** Added to the environment of n8n. */
	readonly env?: Record<string, string>;
	readonly port?: number;
	readonly login?: Login;
	/** A key that this n8n gave earlier; without it one with every scope is made. */
	readonly apiKey?: string;
	/** Without this package when false. Default true. */
	readonly withPackage?: boolean;
}

/** Starts a real n8n on loopback with this package installed, sets up its owner and an API key with every scope. */
export async function startN8n(options: StartOptions = {}): Promise<N8n> {
	if (!existsSync(n8nBinary)) throw new Error('n8n is not installed. Run the tests through `npm test`, which installs it.');
	// The real path: what works in this folder is found by its working directory, which the system gives resolved.
	const userFolder = await realpath(options.userFolder === undefined ? await mkdtemp(join(tmpdir(), 'maestro-n8n-')) : await ensured(options.userFolder));
	const port = options.port ?? (await freePort());
	const url = `http://127.0.0.1:${port}`;
	const logPath = join(userFolder, 'n8n.log');
	const login = options.login ?? { email: 'owner@example.com', password: `Aa1${randomBytes(12).toString('hex')}` };
	if (options.withPackage !== false) await installPackage(userFolder);

	const start = async (extra: Record<string, string> = {}): Promise<HostProcess> => {
		const env = n8nEnvironment({ userFolder, port, brokerPort: await freePort(), extra: { ...options.env, ...extra } });
		const host = await startHostProcess({ args: [n8nBinary, 'start'], folder: userFolder, env, logPath });
		await untilReady(url, host, logPath);
		return host;
	};

	let host = await start();
	try {
		const cookie = await signIn(url, login);
		const apiKey = options.apiKey ?? (await createApiKey(url, cookie));
		return {
			url,
			port,
			userFolder,
			dataDirectory: join(userFolder, 'maestro'),
			logPath,
			login,
			apiKey,
			client: new N8nClient(url, apiKey, cookie),
			pid: () => host.pid,
			isRunning: () => host.isRunning(),
			stop: async ({ keepFolder = options.userFolder !== undefined } = {}) => {
				await host.stop();
				if (!keepFolder) await rm(userFolder, { recursive: true, force: true, maxRetries: 5 });
			},
			kill9: async () => await host.kill9(),
			restart: async ({ env } = {}) => {
				if (host.isRunning()) await host.stop();
				else host.letGo();
				host = await start(env);
			},
			log: async () => await readFile(logPath, 'utf8'),
		};
	} catch (error) {
		await host.stop();
		throw error;
	}
}

async function untilReady(url: string, host: HostProcess, logPath: string): Promise<void> {
	try {
		await waitFor(
			'n8n to be ready',
			async () => {
				if (!host.isRunning()) throw new Error('n8n ended while starting.');
				// /healthz answers before the webhooks of published workflows are back; the readiness check waits for the database.
				return (await isOk(`${url}/healthz/readiness`)) && (await isOk(`${url}/rest/settings`)) ? true : undefined;
			},
			{ limitMs: READY_LIMIT_MS, everyMs: 150 },
		);
	} catch (error) {
		await host.stop();
		const end = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-30).join('\n');
		throw new Error(`n8n did not start. The end of its log:\n${end}`, { cause: error });
	}
}

async function isOk(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
		const body = await response.text();
		// While it starts, n8n answers every path with a page that says so.
		return response.ok && body.startsWith('{');
	} catch {
		return false; // Not listening yet.
	}
}

/** Makes the owner on a fresh n8n, else logs in. Gives the session cookie. */
async function signIn(url: string, { email, password }: Login): Promise<string> {
	const settings = await rest(`${url}/rest/settings`);
	const isFresh = property(settings, 'data', 'userManagement', 'showSetupOnFirstLoad') === true;
	const { response } = isFresh
		? await rawRest(`${url}/rest/owner/setup`, { method: 'POST', body: { email, password, firstName: 'Maestro', lastName: 'Owner' } })
		: await rawRest(`${url}/rest/login`, { method: 'POST', body: { emailOrLdapLoginId: email, password } });
	const cookie = response.headers.getSetCookie().find((line) => line.startsWith('n8n-auth='));
	if (cookie === undefined) throw new Error('n8n gave no session cookie.');
	return cookie.split(';')[0] ?? '';
}

/** Without `only` the key may do everything. */
export async function createApiKey(url: string, cookie: string, only?: readonly string[]): Promise<string> {
	const headers = { cookie };
	const all = list(await rest(`${url}/rest/api-keys/scopes`, { headers }), 'data');
	const scopes = only === undefined ? all : [...only];
	const body = { label: `maestro ${randomUUID().slice(0, 8)}`, scopes, expiresAt: null };
	return text(await rest(`${url}/rest/api-keys`, { method: 'POST', headers, body }), 'data', 'rawApiKey');
}

async function ensured(folder: string): Promise<string> {
	await mkdir(folder, { recursive: true });
	return folder;
}
