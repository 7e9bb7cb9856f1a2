/** n8n with this package against the real services: set up once, kept in a folder, started again as often as wanted. */
import { startInstallation } from './installation';
import { readSettings, SettingsMissing } from './settings';

async function main(): Promise<void> {
	const ending = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
	const settings = readSettings(process.env);
	console.log(`starting n8n in ${settings.folder} (the first start takes half a minute)`);
	const running = await startInstallation(settings, ending.signal);
	if (running === undefined) return;
	try {
		console.log(running.greeting);
		await new Promise<void>((resolve) => {
			if (ending.signal.aborted) resolve();
			ending.signal.addEventListener('abort', () => resolve());
			running.whenEnded.catch(() => undefined).finally(() => resolve());
		});
	} finally {
		console.log(ending.signal.aborted ? '\nending n8n; what agents did is kept, and goes on at the next start' : 'n8n ended by itself; see n8n.log in its folder');
		if (!ending.signal.aborted) process.exitCode = 1;
		await running.stop();
	}
}

main().catch((error: unknown) => {
	if (error instanceof SettingsMissing) console.error(error.message);
	else console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.exitCode = 1;
});
