import { Buffer } from 'node:buffer';

export type GitConfig = ReadonlyArray<readonly [key: string, value: string]>;

/** Reaching GitHub from behind a proxy or with a company's certificates depends on these. */
const NETWORK = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE'];
const HOST = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];

/** Nothing that git could run besides itself, whatever a repository says. */
const SAFE: GitConfig = [
	['core.hooksPath', '/dev/null'],
	['core.fsmonitor', 'false'],
	['core.untrackedCache', 'false'],
	['credential.helper', ''],
	['gc.auto', '0'],
	['maintenance.auto', 'false'],
	// A pack for each fetch, which tidy.ts counts, instead of a file for each object.
	['fetch.unpackLimit', '1'],
	['protocol.allow', 'never'],
	['protocol.https.allow', 'always'],
	['protocol.http.allow', 'always'],
	['protocol.file.allow', 'always'],
	['safe.directory', '*'],
	['submodule.recurse', 'false'],
	['fetch.recurseSubmodules', 'false'],
	['push.recurseSubmodules', 'no'],
	['advice.detachedHead', 'false'],
	['http.followRedirects', 'false'],
	['http.lowSpeedLimit', '1000'],
	['http.lowSpeedTime', '60'],
];

/** The whole environment of one git call, on Maestro's own repositories only. */
export function gitEnvironment(gitDir: string, config: GitConfig = [], more: Readonly<Record<string, string>> = {}): Record<string, string> {
	const environment: Record<string, string> = {
		// Without a home there is no ~/.netrc, and so no login but ours.
		HOME: '/dev/null',
		LC_ALL: 'C',
		GIT_DIR: gitDir,
		GIT_CONFIG_NOSYSTEM: '1',
		GIT_CONFIG_GLOBAL: '/dev/null',
		GIT_ATTR_NOSYSTEM: '1',
		GIT_TERMINAL_PROMPT: '0',
		GIT_NO_LAZY_FETCH: '1',
		GIT_NO_REPLACE_OBJECTS: '1',
		GIT_PAGER: 'cat',
		GIT_ALLOW_PROTOCOL: 'https:http:file',
		...more,
	};
	for (const name of [...HOST, ...NETWORK]) {
		const value = process.env[name];
		if (value !== undefined) environment[name] = value;
	}
	const settings = [...SAFE, ...config];
	environment['GIT_CONFIG_COUNT'] = String(settings.length);
	settings.forEach(([key, value], index) => {
		environment[`GIT_CONFIG_KEY_${index}`] = key;
		environment[`GIT_CONFIG_VALUE_${index}`] = value;
	});
	return environment;
}

/** The token as a header for one host. As part of the environment it is in no argument, URL or file. */
export function tokenConfig(cloneUrl: string, token: string): GitConfig {
	if (token === '' || !/^https?:/i.test(cloneUrl)) return [];
	const { origin } = new URL(cloneUrl);
	const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
	return [[`http.${origin}/.extraHeader`, `Authorization: Basic ${credentials}`]];
}
