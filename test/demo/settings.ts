/** What `npm start` takes from the environment. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { claudePath } from '../fixtures/agent/cli';
import { cacheFolder } from '../e2e/support/paths';

export const REQUIRED = {
	CLAUDE_CODE_OAUTH_TOKEN: 'a subscription token, from `claude setup-token`',
	GH_TOKEN: 'a GitHub token with write access to the repository (see README, "Credentials")',
	MAESTRO_REPO: 'the repository to work on, as owner/name',
} as const;

export interface Settings {
	readonly claudeToken: string;
	readonly claudeBaseUrl: string;
	readonly cliPath: string;
	readonly githubToken: string;
	readonly githubApiUrl: string;
	readonly githubWebUrl: string;
	readonly repository: string;
	/** n8n's user folder; kept. */
	readonly folder: string;
	readonly port: number;
	/** Where GitHub reaches this n8n; empty: nowhere. */
	readonly publicUrl: string;
}

/** Says what to set. */
export class SettingsMissing extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(env: Environment): Settings {
	const missing = Object.entries(REQUIRED).filter(([name]) => (env[name] ?? '').trim() === '');
	if (missing.length > 0) {
		const lines = missing.map(([name, what]) => `  ${name}  ${what}`);
		throw new SettingsMissing(`npm start runs n8n against the real GitHub and Claude. Set these first:\n${lines.join('\n')}\nWithout any account, \`npm run demo\` shows the same on stand-ins.`);
	}
	const value = (name: string, fallback = ''): string => (env[name] ?? '').trim() || fallback;
	const repository = value('MAESTRO_REPO');
	if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new SettingsMissing(`MAESTRO_REPO is "${repository}"; it has to be owner/name, for example acme/shop.`);
	const port = Number(value('N8N_PORT', '5678'));
	if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new SettingsMissing(`N8N_PORT is "${value('N8N_PORT')}"; it has to be a port number.`);
	return {
		claudeToken: value('CLAUDE_CODE_OAUTH_TOKEN'),
		claudeBaseUrl: value('ANTHROPIC_BASE_URL'),
		cliPath: onPath('claude', value('PATH')) ?? claudePath(),
		githubToken: value('GH_TOKEN'),
		githubApiUrl: value('GITHUB_API_URL', 'https://api.github.com'),
		githubWebUrl: value('GITHUB_WEB_URL', 'https://github.com'),
		repository,
		folder: value('MAESTRO_START_FOLDER', join(cacheFolder, 'start')),
		port,
		publicUrl: value('N8N_WEBHOOK_URL').replace(/\/+$/, ''),
	};
}

function onPath(name: string, path: string): string | undefined {
	return path
		.split(delimiter)
		.map((folder) => join(folder, name))
		.find((candidate) => existsSync(candidate));
}
