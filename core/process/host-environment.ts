const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];

/** What a shell command of the project gets to know of this host: enough to build and test, and no secret. */
export function hostEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
	const env: Record<string, string> = { ...own };
	for (const name of PASSED_ON) {
		const value = process.env[name];
		if (value !== undefined) env[name] ??= value;
	}
	return env;
}
