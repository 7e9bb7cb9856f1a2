import type { AgentRequest } from './agent';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What an agent and its shell get from the host, and nothing else: n8n's own variables hold its encryption key and its database's
 * password. Proxies and certificates, because without them it reaches nothing; tool chains, because its home is not the host's.
 */
const FROM_HOST = [
	...['PATH', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'SHELL', 'USER', 'LOGNAME'],
	...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
	...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'],
	...['JAVA_HOME', 'GOROOT', 'GOPATH', 'CARGO_HOME', 'RUSTUP_HOME', 'NVM_DIR', 'PYENV_ROOT', 'VOLTA_HOME', 'DOTNET_ROOT'],
];

/** The variable part of the host's environment that the command needs, with empty ones left out. */
export function fromHost(host: Environment): Record<string, string> {
	const kept: Record<string, string> = {};
	for (const name of FROM_HOST) {
		const value = host[name];
		if (value !== undefined && value !== '') kept[name] = value;
	}
	return kept;
}

/** Passwords inside proxy addresses: they reach the agent, and must not reach a log. */
export function proxySecrets(env: Environment): string[] {
	return Object.entries(env).flatMap(([name, value]) => {
		const password = /_proxy$/i.test(name) ? /^[a-z0-9+]+:\/\/[^/@:]*:([^/@]+)@/i.exec(value ?? '')?.[1] : undefined;
		return password === undefined ? [] : [password];
	});
}

export interface HostFacts {
	readonly env: Environment;
	readonly isRoot: boolean;
	/** How often the CLI asks the service again before it gives up. */
	readonly apiRetries: number;
}

/**
 * The whole environment of one run. The token is not in it: it comes through descriptor 3.
 *
 * `home`: a directory of the session's own. The host's would hand the agent every credential that git, gh or npm keep there.
 */
export function agentEnvironment(request: AgentRequest, host: HostFacts, home: string): Record<string, string> {
	const { auth, gitIdentity } = request;
	return {
		...fromHost(host.env),
		HOME: home,
		CLAUDE_CONFIG_DIR: request.configDir,
		...(auth.method === 'apiKey' ? { CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR: '3' } : { CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR: '3' }),
		...(auth.baseUrl === '' ? {} : { ANTHROPIC_BASE_URL: auth.baseUrl }),
		CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
		CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
		CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
		DISABLE_AUTOUPDATER: '1',
		CLAUDE_CODE_MAX_RETRIES: String(host.apiRetries),
		...(request.repositoryExtensions ? { CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: '1' } : {}),
		// Without it the CLI refuses this mode to root, which is who n8n is in many containers.
		...(host.isRoot && request.permissionMode === 'bypassPermissions' ? { IS_SANDBOX: '1' } : {}),
		GIT_AUTHOR_NAME: gitIdentity.name,
		GIT_AUTHOR_EMAIL: gitIdentity.email,
		GIT_COMMITTER_NAME: gitIdentity.name,
		GIT_COMMITTER_EMAIL: gitIdentity.email,
		GIT_TERMINAL_PROMPT: '0',
	};
}
