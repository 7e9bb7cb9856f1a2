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
import { freePort } from './ports';
import { openQueue, type QueueOptions, type Worker } from './queue';
import { untilReady } from './ready';
import { list, property, rawRest, rest, text } from './rest';

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
	/** In queue mode; otherwise there are none. */
	readonly workers: readonly Worker[];
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
	/** In queue mode, with a database, a Redis and workers of its own. */
	readonly queue?: QueueOptions;
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
	const withPackage = options.withPackage !== false;
	if (withPackage) await installPackage(userFolder);
	const dataDirectory = join(userFolder, 'maestro');
	const queue = options.queue === undefined ? undefined : await openQueue(options.queue, { withPackage, env: { ...options.env, N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'), MAESTRO_DATA_DIR: dataDirectory } });

	const start = async (extra: Record<string, string> = {}): Promise<HostProcess> => {
		const env = n8nEnvironment({ userFolder, port, brokerPort: await freePort(), extra: { ...options.env, ...queue?.env, ...extra } });
		const host = await startHostProcess({ args: [n8nBinary, 'start'], folder: userFolder, env, logPath });
		// /healthz answers before the webhooks of published workflows are back; the readiness check waits for the database.
		await untilReady('n8n', [`${url}/healthz/readiness`, `${url}/rest/settings`], host, logPath);
		return host;
	};

	let host = await start().catch(async (error: unknown) => {
		await queue?.close();
		throw error;
	});
	const end = async (): Promise<void> => {
		await queue?.stopWorkers();
		await host.stop();
		await queue?.close();
	};
	try {
		const cookie = await signIn(url, login);
		const apiKey = options.apiKey ?? (await createApiKey(url, cookie));
		const workers = (await queue?.startWorkers()) ?? [];
		return {
			url,
			port,
			userFolder,
			dataDirectory,
			logPath,
			login,
			apiKey,
			client: new N8nClient(url, apiKey, cookie),
			workers,
			pid: () => host.pid,
			isRunning: () => host.isRunning(),
			stop: async ({ keepFolder = options.userFolder !== undefined } = {}) => {
				await end();
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
		await end();
		throw error;
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
