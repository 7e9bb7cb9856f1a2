/** n8n's queue mode: a PostgreSQL, a Redis, and workers that carry out what the main process enqueues. */
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../fixtures/postgres';
import { startRedis } from '../../fixtures/redis';
import { n8nEnvironment } from './environment';
import { startHostProcess, type HostProcess } from './host-process';
import { installPackage } from './package';
import { n8nBinary } from './paths';
import { freePort } from './ports';
import { untilReady } from './ready';

export interface QueueOptions {
	readonly workers: number;
	/** Executions at once on each worker. Default: n8n's own. */
	readonly concurrency?: number;
}

export interface Worker {
	/** Of the process that runs now; another one after a restart. */
	pid(): number;
	isRunning(): boolean;
	/** SIGKILL to the worker alone: what it started lives on, as after a crash. */
	kill9(): Promise<void>;
	/** Starts it again (ends it first where it still runs). */
	restart(): Promise<void>;
	stop(): Promise<void>;
	/** The executions that it has begun, by its log. */
	executions(): Promise<string[]>;
}

export interface Queue {
	/** For the main process. */
	readonly env: Record<string, string>;
	/** Once the main process has made the tables. */
	startWorkers(): Promise<readonly Worker[]>;
	stopWorkers(): Promise<void>;
	/** Ends database and Redis: the last ones to go. */
	close(): Promise<void>;
}

/** The main process and the workers get `shared.env`; they share nothing else. */
export async function openQueue(options: QueueOptions, shared: { withPackage: boolean; env: Record<string, string> }): Promise<Queue> {
	const postgres = await startPostgres();
	const redis = await startRedis().catch(async (error: unknown) => {
		await postgres.close();
		throw error;
	});
	const env = {
		...shared.env,
		EXECUTIONS_MODE: 'queue',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
		DB_POSTGRESDB_DATABASE: postgres.database,
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_REDIS_PASSWORD: redis.password,
	};
	// Not in the main process's folder: ending a process ends all that works in its folder.
	const folders = await realpath(await mkdtemp(join(tmpdir(), 'maestro-workers-')));
	const workers: Worker[] = [];
	return {
		env,
		startWorkers: async () => {
			const started = await Promise.allSettled(
				Array.from({ length: options.workers }, async (_, index) => {
					const folder = join(folders, String(index + 1));
					await mkdir(folder);
					if (shared.withPackage) await installPackage(folder);
					workers.push(await startWorker(folder, env, options));
				}),
			);
			for (const each of started) if (each.status === 'rejected') throw each.reason;
			return workers;
		},
		stopWorkers: async () => {
			await Promise.all(workers.map(async (worker) => await worker.stop()));
		},
		close: async () => {
			await redis.close();
			await postgres.close();
			await rm(folders, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

/** A worker with a home and a copy of the package of its own, as on another machine. */
async function startWorker(folder: string, env: Record<string, string>, { concurrency }: QueueOptions): Promise<Worker> {
	const logPath = join(folder, 'n8n.log');
	const start = async (): Promise<HostProcess> => {
		const port = await freePort();
		const health = { QUEUE_HEALTH_CHECK_ACTIVE: 'true', QUEUE_HEALTH_CHECK_PORT: String(port), N8N_WORKER_SERVER_ADDRESS: '127.0.0.1' };
		const args = [n8nBinary, 'worker', ...(concurrency === undefined ? [] : [`--concurrency=${concurrency}`])];
		const host = await startHostProcess({ args, folder, env: n8nEnvironment({ userFolder: folder, port, brokerPort: await freePort(), extra: { ...env, ...health } }), logPath });
		await untilReady('The worker', [`http://127.0.0.1:${port}/healthz/readiness`], host, logPath);
		return host;
	};
	let host = await start();
	return {
		pid: () => host.pid,
		isRunning: () => host.isRunning(),
		kill9: async () => await host.kill9(),
		restart: async () => {
			if (host.isRunning()) await host.stop();
			else host.letGo();
			host = await start();
		},
		stop: async () => await host.stop(),
		executions: async () => [...(await readFile(logPath, 'utf8')).matchAll(/Worker started execution (\d+)/g)].map(([, id = '']) => id),
	};
}
