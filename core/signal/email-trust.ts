import type { Sender } from './email-address';
import { readAuthenticationResults, type AuthenticationResult } from './email-authentication';
import type { Mail } from './email-item';
import type { AuthorTrust } from './signal';

export interface EmailTrust {
	readonly trust: AuthorTrust;
	/** The receiving server found the mail to come from the domain of its sender. */
	readonly verified: boolean;
	/** Why, for a person. */
	readonly reason: string;
}

export interface TrustRules {
	/** The name that the receiving server gives itself in Authentication-Results; `microsoft365` for the one that gives none. */
	readonly receivingServer: string;
	/** Addresses, or domains: `ada@example.com`, `example.com`. */
	readonly allowedSenders: readonly string[];
}

/** What stands for the name of a server that gives none. */
export const NAMELESS_SERVER = 'microsoft365';
const TRUSTED: AuthorTrust = 'member';

type Verified = { readonly verified: boolean; readonly reason: string };
const no = (reason: string): Verified => ({ verified: false, reason });

/** The domain itself, or one above it: whoever signs for `example.com` speaks for `mail.example.com` too, and not the other way round. */
function speaksFor(signer: string, domain: string): boolean {
	return signer.includes('.') && (domain === signer || domain.endsWith(`.${signer}`));
}

/** Of the same owner, going by the names. */
function isRelated(host: string, domain: string): boolean {
	return speaksFor(host, domain) || host.endsWith(`.${domain}`);
}

/** The domain that a check of DKIM or SPF is about; undefined for other checks. */
function checkedDomain({ method, properties }: AuthenticationResult): string | undefined {
	const identity = method === 'dkim' ? (properties.get('header.d') ?? properties.get('header.i')) : (properties.get('smtp.mailfrom') ?? properties.get('smtp.mail'));
	return method === 'dkim' || method === 'spf' ? (identity ?? '').replace(/^.*@/, '').replace(/\.$/, '') : undefined;
}

/** What Gmail says of the servers that a mail passed before. */
const EARLIER_SERVERS = /\barc=\w+\s*\(i=\d+(?:\s+(?:spf|dkim|dmarc)=\w+|\s+(?:spfdomain|dkdomain|fromdomain)=[\w.-]+)*\)/gi;

/**
 * Why the results may hold more than the receiving server found out.
 *
 * n8n decodes encoded words also in this header, so that what a sender chooses (the part before an `@`, the selector of a signature, the name of
 * the sending server) may have become further results. It stands there only with a check that failed, with a foreign domain, or with that name.
 */
function reasonToDoubt(results: readonly AuthenticationResult[], header: string, domain: string): string | undefined {
	const said = header.replace(EARLIER_SERVERS, '');
	const verdicts = results.filter(({ method }) => method === 'dmarc').length;
	if (verdicts > 1 || (said.match(/dmarc\s*(?:\/\s*\d+\s*)?=/gi) ?? []).length !== verdicts) return 'its Authentication-Results speak of DMARC more than once';
	if (/\b(?:helo|iprev)\s*(?:\/\s*\d+\s*)?=/i.test(said)) return 'its Authentication-Results hold the name that the sending server gave itself';
	const foreign = [...said.matchAll(/@([^\s;<>()"]*)/g)].map(([, host = '']) => host.toLowerCase().replace(/[.,]+$/, '')).find((host) => !isRelated(host, domain));
	if (foreign !== undefined) return `its Authentication-Results name ${foreign.slice(0, 100)}, which is not ${domain}`;
	for (const result of results) {
		const checked = checkedDomain(result);
		if (checked === undefined || (result.method === 'dkim' && result.result === 'none')) continue;
		if (result.result !== 'pass') return `${result.method.toUpperCase()} did not pass (${result.result})`;
		if (!isRelated(checked, domain)) return `${result.method.toUpperCase()} passed for ${checked.slice(0, 100)} and not for ${domain}`;
	}
	return undefined;
}

function judge(results: readonly AuthenticationResult[], header: string, { domain }: Sender): Verified {
	const doubt = reasonToDoubt(results, header, domain);
	if (doubt !== undefined) return no(doubt);
	const verdict = results.find(({ method }) => method === 'dmarc');
	if (verdict?.result === 'pass') {
		const about = verdict.properties.get('header.from') ?? '';
		return about === domain ? { verified: true, reason: `DMARC passed for ${domain}` } : no(`DMARC passed for "${about.slice(0, 100)}" and not for ${domain}`);
	}
	// Microsoft guesses where a domain says nothing about DMARC.
	if (verdict !== undefined && !['none', 'bestguesspass'].includes(verdict.result)) return no(`DMARC did not pass for ${domain} (${verdict.result})`);
	const by = results.find((result) => result.result === 'pass' && speaksFor(checkedDomain(result) ?? '', domain));
	return by === undefined ? no(`neither DMARC, DKIM nor SPF passed for ${domain}`) : { verified: true, reason: `${by.method.toUpperCase()} passed for ${domain}` };
}

function verify({ headers, kept, sender }: Mail, receivingServer: string): Verified {
	const server = receivingServer.trim().toLowerCase();
	if (server === '') return no('no receiving server is named, so that its checks cannot be told from forged ones');
	if (kept === 'last') return no('the trigger\'s format "Resolved" keeps the last Authentication-Results only, which the sender may have written: choose "Simple"');
	if (sender.ambiguous) return no('its From line can be read in more than one way');
	const header = headers.get('authentication-results');
	if (header === undefined) return no('the receiving server left no Authentication-Results');
	const read = readAuthenticationResults(header);
	if (read === undefined) return no('its Authentication-Results are not well-formed');
	const name = read.server === '' ? NAMELESS_SERVER : read.server;
	if (name !== server) return no(`its uppermost Authentication-Results are of ${read.server === '' ? 'a server without a name' : `"${read.server.slice(0, 100)}"`}, not of "${server}"`);
	return judge(read.results, header, sender);
}

function isAllowed({ address, domain }: Sender, allowed: readonly string[]): boolean {
	return allowed.some((entry) => {
		const plain = entry.trim().toLowerCase();
		return plain !== '' && (plain.replace(/^@/, '') === domain || plain === address);
	});
}

/** What the sender of a mail may ask for. The From line alone says nothing: anybody can write any. */
export function trustMail(mail: Mail, rules: TrustRules): EmailTrust {
	const { verified, reason } = verify(mail, rules.receivingServer);
	if (!verified) return { trust: 'none', verified, reason };
	if (!isAllowed(mail.sender, rules.allowedSenders)) return { trust: 'none', verified, reason: `${reason}, and ${mail.sender.address} is not among the allowed senders` };
	return { trust: TRUSTED, verified, reason: `${reason}, and ${mail.sender.address} is among the allowed senders` };
}
