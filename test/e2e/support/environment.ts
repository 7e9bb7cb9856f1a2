import { dirname, join, delimiter } from 'node:path';

// Nothing else of the environment reaches n8n: a token that lies around on this machine must not make a test pass.
const PASSED_ON = ['LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** n8n's environment for tests, the demo and the benchmark: all of it in one folder, on loopback, telling nobody. */
export function n8nEnvironment(options: { userFolder: string; port: number; brokerPort: number; extra?: Record<string, string> }): Record<string, string> {
	const passedOn = PASSED_ON.flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value] as const];
	});
	return {
		...Object.fromEntries(passedOn),
		PATH: [dirname(process.execPath), process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
		HOME: options.userFolder,
		GIT_CONFIG_NOSYSTEM: '1',
		N8N_USER_FOLDER: options.userFolder,
		N8N_PORT: String(options.port),
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_SECURE_COOKIE: 'false',
		N8N_RUNNERS_BROKER_PORT: String(options.brokerPort),
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_COMMUNITY_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_REINSTALL_MISSING_PACKAGES: 'false',
		N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES: 'true',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
		N8N_LOG_LEVEL: 'info',
		EXECUTIONS_DATA_SAVE_ON_ERROR: 'all',
		EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
		EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'true',
		EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
		MAESTRO_DATA_DIR: join(options.userFolder, 'maestro'),
		...options.extra,
	};
}
