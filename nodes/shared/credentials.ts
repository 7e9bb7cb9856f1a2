import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { AUTH_METHODS, type AgentAuth } from '../../core/agent/agent';
import { MaestroError } from '../../core/errors';
import { MAIL_SECURITY, type MailServer } from '../../core/mail/server';

/** What a node, a trigger and a hook have in common. */
export interface CredentialReader {
	getCredentials(type: string): Promise<ICredentialDataDecryptedObject>;
}

export interface ClaudeSettings {
	readonly auth: AgentAuth;
	readonly cliPath: string;
}

export interface GithubSettings {
	readonly accessToken: string;
	readonly apiUrl: string;
	readonly webUrl: string;
	readonly webhookSecret: string;
}

export interface SentrySettings {
	/** Empty: every webhook is refused. */
	readonly clientSecret: string;
}

export interface N8nSettings {
	readonly baseUrl: string;
	readonly apiKey: string;
}

function field(data: ICredentialDataDecryptedObject, name: string, fallback: string): string {
	const value = data[name];
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
}

function required(data: ICredentialDataDecryptedObject, type: string, name: string, label: string): string {
	const value = field(data, name, '');
	if (value === '') {
		throw new MaestroError('bad_parameter', `The credential has no ${label}`, `Open the ${type} credential and fill in "${label}".`, { credential: type });
	}
	return value;
}

function url(value: string): string {
	return value.replace(/\/+$/, '');
}

export async function readClaude(reader: CredentialReader): Promise<ClaudeSettings> {
	const data = await reader.getCredentials('maestroClaudeApi');
	const method = AUTH_METHODS.find((candidate) => candidate === data.authMethod) ?? 'oauthToken';
	return {
		auth: { method, token: required(data, 'Maestro Claude API', 'token', 'Token'), baseUrl: url(field(data, 'baseUrl', '')) },
		cliPath: field(data, 'cliPath', 'claude'),
	};
}

export async function readGithub(reader: CredentialReader): Promise<GithubSettings> {
	const data = await reader.getCredentials('maestroGithubApi');
	return {
		accessToken: required(data, 'Maestro GitHub API', 'accessToken', 'Access Token'),
		apiUrl: url(field(data, 'apiUrl', 'https://api.github.com')),
		webUrl: url(field(data, 'webUrl', 'https://github.com')),
		webhookSecret: field(data, 'webhookSecret', ''),
	};
}

export async function readSentry(reader: CredentialReader): Promise<SentrySettings> {
	const data = await reader.getCredentials('maestroSentryApi');
	return { clientSecret: field(data, 'clientSecret', '') };
}

function mailServerOf(data: ICredentialDataDecryptedObject, type: string, port: string): MailServer {
	return {
		host: required(data, type, 'host', 'Host'),
		port: typeof data.port === 'number' ? data.port : Number(field(data, 'port', port)),
		security: MAIL_SECURITY.find((candidate) => candidate === data.security) ?? 'tls',
		user: field(data, 'user', ''),
		password: typeof data.password === 'string' ? data.password : '',
	};
}

export const smtpOf = (data: ICredentialDataDecryptedObject): MailServer => mailServerOf(data, 'Maestro SMTP API', '465');
/** No mailbox opens without a login. */
export const imapOf = (data: ICredentialDataDecryptedObject): MailServer => ({ ...mailServerOf(data, 'Maestro IMAP API', '993'), user: required(data, 'Maestro IMAP API', 'user', 'User') });

export async function readSmtp(reader: CredentialReader): Promise<MailServer> {
	return smtpOf(await reader.getCredentials('maestroSmtpApi'));
}

export async function readImap(reader: CredentialReader): Promise<MailServer> {
	return imapOf(await reader.getCredentials('maestroImapApi'));
}

export async function readN8n(reader: CredentialReader): Promise<N8nSettings> {
	const data = await reader.getCredentials('maestroN8nApi');
	return {
		baseUrl: url(field(data, 'baseUrl', 'http://localhost:5678')),
		apiKey: required(data, 'Maestro n8n API', 'apiKey', 'API Key'),
	};
}
