import { readSender } from '../../../core/signal/email-address';
import { readAuthenticationResults } from '../../../core/signal/email-authentication';
import { item, signalOf, simple } from './mails';

const RESULTS = 'mx.google.com; dkim=pass header.i=@example.com header.s=s1; spf=pass (google.com: domain of ada@example.com designates 192.0.2.1 as permitted sender) smtp.mailfrom=ada@example.com; dmarc=pass (p=REJECT) header.from=example.com';

function trustOf(results: string | undefined, changes: Parameters<typeof signalOf>[1] = {}, from = 'Ada <ada@example.com>'): { trust: string; verified: boolean; reason: string; author: string } {
	const { signal, mail } = signalOf(simple({ from, headers: results === undefined ? {} : { 'authentication-results': results } }), changes);
	return { trust: signal.authorTrust, verified: mail.verified, reason: mail.trustReason, author: signal.author };
}

describe('a sender is trusted', () => {
	it.each([
		['by its address', { allowedSenders: ['ADA@example.com'] }],
		['by its domain', { allowedSenders: ['example.com'] }],
		['by its domain with an @', { allowedSenders: ['@example.com'] }],
		['whatever the case of the server', { receivingServer: ' MX.Google.com ' }],
	])('%s', (_how, changes) => {
		expect(trustOf(RESULTS, changes)).toEqual({ trust: 'member', verified: true, author: 'ada@example.com', reason: 'DMARC passed for example.com, and ada@example.com is among the allowed senders' });
	});

	it.each([
		['DKIM, where the domain has no DMARC', 'mx.google.com; dkim=pass header.d=example.com header.s=s1', 'DKIM passed'],
		['SPF, where the domain has no DMARC', 'mx.google.com 1; spf=pass smtp.mailfrom=example.com; dmarc=none header.from=example.com', 'SPF passed'],
		['what Microsoft guesses, with DKIM', 'mx.google.com; dkim=pass header.d=example.com;dmarc=bestguesspass action=none header.from=example.com', 'DKIM passed'],
		['DMARC beside what servers before said', 'mx.google.com; arc=pass (i=1 spf=pass spfdomain=example.com dkim=pass dkdomain=example.com dmarc=pass fromdomain=example.com); dkim=pass header.i=@example.com; dmarc=pass header.from=example.com', 'DMARC passed'],
		['DMARC where there is no signature', 'mx.google.com; dkim=none (message not signed) header.d=none; spf=pass smtp.mailfrom=ada@example.com; dmarc=pass header.from=example.com', 'DMARC passed'],
		['DMARC with an envelope below the domain', 'mx.google.com; spf=pass smtp.mailfrom=x@bounces.example.com; dmarc=pass header.from=example.com', 'DMARC passed'],
	])('by %s', (_by, results, reason) => {
		expect(trustOf(results)).toMatchObject({ trust: 'member', reason: expect.stringContaining(reason) });
	});

	it('of a domain below the one that signs', () => {
		expect(trustOf('mx.google.com; dkim=pass header.d=example.com', { allowedSenders: ['sales.example.com'] }, 'ada@sales.example.com')).toMatchObject({ trust: 'member' });
	});

	it('of a server that gives no name, where that is said', () => {
		const changes = { allowedSenders: ['jana.mueller@example.de'] };
		expect(signalOf(item('outlook-reply-german').simple, { ...changes, receivingServer: 'microsoft365' }).signal.authorTrust).toBe('member');
		expect(signalOf(item('outlook-reply-german').simple, { ...changes, receivingServer: 'protection.outlook.com' }).mail.trustReason).toContain('a server without a name');
	});
});

describe('a sender is not trusted', () => {
	it.each<[string, string | undefined, string]>([
		['without any result', undefined, 'left no Authentication-Results'],
		['by a server of another name', RESULTS.replace('mx.google.com', 'mx.evil.example'), 'are of "mx.evil.example", not of "mx.google.com"'],
		['by a server whose name only begins so', RESULTS.replace('mx.google.com', 'mx.google.com.evil.example'), 'not of'],
		['when DMARC failed, whatever else passed', 'mx.google.com; dkim=pass header.d=example.com; dmarc=fail header.from=example.com', 'DMARC did not pass'],
		['when DMARC passed for another domain', 'mx.google.com; dmarc=pass header.from=evil.example', 'DMARC passed for "evil.example"'],
		['when DMARC passed for nothing that is said', 'mx.google.com; dmarc=pass', 'DMARC passed for ""'],
		['when DMARC is told twice', `${RESULTS}; dmarc=pass header.from=example.com`, 'more than once'],
		['when DMARC is told in a comment', `mx.google.com; dkim=pass (dmarc=pass header.from=x) header.d=example.com; dmarc=none`, 'more than once'],
		['when one signature failed', 'mx.google.com; dkim=pass header.d=example.com; dkim=fail header.d=example.com header.s=x; dmarc=pass header.from=example.com', 'DKIM did not pass (fail)'],
		['when a signature is of another domain', 'mx.google.com; dkim=pass header.d=mailer.example; dmarc=pass header.from=example.com', 'DKIM passed for mailer.example'],
		['when the envelope is of another domain', 'mx.google.com; spf=pass smtp.mailfrom=x@mailer.example; dmarc=pass header.from=example.com', 'name mailer.example'],
		['by SPF of a domain below', 'mx.google.com; spf=pass smtp.mailfrom=x.example.com; dmarc=none', 'neither DMARC, DKIM nor SPF'],
		['by a domain of the top', 'mx.google.com; dkim=pass header.d=com', 'DKIM passed for com'],
		['when the sending server could name itself in them', 'mx.google.com; spf=pass smtp.helo=x smtp.mailfrom=example.com; dmarc=pass header.from=example.com', 'gave itself'],
		['when a comment does not end', 'mx.google.com; dmarc=pass (x header.from=example.com', 'not well-formed'],
		['when a quote does not end', 'mx.google.com; dmarc=pass header.from=example.com; x="', 'not well-formed'],
		['when a result is none', 'mx.google.com; dmarc=pass header.from=example.com; hello', 'not well-formed'],
		['when nothing was checked', 'mx.google.com; none', 'neither DMARC, DKIM nor SPF'],
		['when all is in quotes', 'mx.google.com; dkim=pass reason="; dmarc=pass header.from=example.com" header.d=example.com', 'more than once'],
	])('%s', (_when, results, reason) => {
		expect(trustOf(results)).toMatchObject({ trust: 'none', verified: false, author: 'ada@example.com (not verified)', reason: expect.stringContaining(reason) });
	});

	it('where no server is named, or nobody is allowed', () => {
		expect(trustOf(RESULTS, { receivingServer: '' })).toMatchObject({ trust: 'none', reason: expect.stringContaining('no receiving server is named') });
		expect(trustOf(RESULTS, { allowedSenders: [] })).toMatchObject({ trust: 'none', verified: true, author: 'ada@example.com', reason: expect.stringContaining('not among the allowed senders') });
		expect(trustOf(RESULTS, { allowedSenders: ['', '@', 'xexample.com', 'example.com.evil.example', 'grace@example.com'] })).toMatchObject({ trust: 'none', verified: true });
	});

	it.each(['spoofed-from', 'forged-results', 'forged-results-other-server', 'name-as-address', 'two-senders'])('in the mail %s', (name) => {
		expect(signalOf(item(name).simple).signal.authorTrust).toBe('none');
		expect(signalOf(item(name).resolved).signal.authorTrust).toBe('none');
	});

	it('by results that n8n made of what the sender wrote in encoded words', () => {
		for (const [name, server] of [['injected-results', 'mx.google.com'], ['injected-selector', 'mx.shop.example']] as const) {
			const { simple: given } = item(name);
			// The attack is real: after n8n's decoding they are there.
			expect(JSON.stringify(given)).toContain('dmarc=pass header.from=example.com');
			expect(signalOf(given, { receivingServer: server }).mail).toMatchObject({ verified: false });
		}
	});

	it('in the format that keeps the last of the results, which anybody can write', () => {
		const { simple: first, resolved: last } = item('forged-results');
		expect(JSON.stringify(first)).toContain('dmarc=fail');
		expect(JSON.stringify(last)).not.toContain('dmarc=fail');
		expect(signalOf(last).mail.trustReason).toContain('choose "Simple"');
		expect(signalOf(item('plain').resolved).signal.authorTrust).toBe('none');
	});
});

describe('a From line', () => {
	it.each([
		['Ada <ADA@Example.com>', 'ada@example.com', 'Ada', false],
		['ada@example.com', 'ada@example.com', '', false],
		['"Lovelace, Ada" <ada@example.com>', 'ada@example.com', 'Lovelace, Ada', false],
		['=?utf-8?B?TcO8bGxlcg==?= <m@example.com>', 'm@example.com', 'Müller', false],
		['boss@example.com> <x@evil.example>', 'x@evil.example', 'boss@example.com', true],
		['Boss <boss@example.com> <x@evil.example>', 'x@evil.example', 'Boss boss@example.com', true],
		['ada@example.com, x@evil.example', '', '', true],
		['x@evil.example <ada@example.com> x', 'ada@example.com', 'x@evil.example', true],
		['Ada', '', '', true],
		['"a@b"@example.com', '', '', true],
		['', '', '', true],
	])('%j is of %j', (from, address, name, ambiguous) => {
		expect(readSender(from)).toMatchObject({ address, name, ambiguous });
	});
});

it('results are read as the standard has them', () => {
	expect(readAuthenticationResults('mx (a; (b) \\) c) 1; spf = pass reason="a; b" smtp.mailfrom="x y"@z ; none')).toEqual({
		server: 'mx',
		results: [{ method: 'spf', result: 'pass', properties: new Map([['reason', 'a\u0001\u0001b'], ['smtp.mailfrom', 'x\u0001y@z']]) }],
	});
	for (const broken of ['', 'a b', 'mx; =pass', 'mx; spf', 'mx; spf=pass)', `mx; ${'a'.repeat(20_000)}`]) expect(readAuthenticationResults(broken)).toBeUndefined();
});
