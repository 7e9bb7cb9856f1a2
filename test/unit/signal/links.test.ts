import fc from 'fast-check';
import { extractLinks } from '../../../core/signal/links';

const found = (text: string, scope: object = {}): string[] => extractLinks(text, { repository: 'Octo/Shop', ...scope }).map(({ fingerprint }) => fingerprint);

describe('links to what may have a task already', () => {
	it.each([
		['https://github.com/octo/shop/issues/12', 'github:octo/shop#12'],
		['(see https://www.github.com/Octo/Shop/issues/012#issuecomment-1).', 'github:octo/shop#12'],
		['<a href="https://github.com/octo/shop/issues/7?x=1">', 'github:octo/shop#7'],
		['[x](https://github.com/octo/shop/issues/7)', 'github:octo/shop#7'],
		['https://acme.sentry.io/issues/4711/?project=5', 'sentry:acme:4711'],
		['https://sentry.io/organizations/Acme/issues/4711/events/abc/.', 'sentry:acme:4711'],
	])('%s is %s', (text, fingerprint) => {
		expect(found(text)).toEqual([fingerprint]);
	});

	it.each([
		'https://github.com/octo/other/issues/12',
		'https://github.com/octo/shop/pull/12',
		'https://github.com/octo/shop/issues',
		'https://github.com.evil.example/octo/shop/issues/12',
		'https://evil.example/https://github.com/octo/shop/issues/12',
		'https://github.com@evil.example/octo/shop/issues/12',
		'https://sentry.io.evil.example/organizations/acme/issues/1/',
		'https://sentry.example/organizations/acme/issues/1/',
		'octo/shop#12',
		'http://[',
	])('%s is none', (text) => {
		expect(found(text)).toEqual([]);
	});

	it("count on one's own servers where these are named", () => {
		expect(found('https://git.example/octo/shop/issues/3', { githubUrl: 'https://git.example' })).toEqual(['github:octo/shop#3']);
		expect(found('https://sentry.example/organizations/acme/issues/1/', { sentryHosts: ['Sentry.example'] })).toEqual(['sentry:acme:1']);
		expect(found('https://github.com/octo/shop/issues/3', { githubUrl: 'nonsense' })).toEqual([]);
		expect(found('https://github.com///issues/3', { repository: '' })).toEqual([]);
	});

	it('are listed once each, in their order, and not without end', () => {
		const many = Array.from({ length: 50 }, (_, index) => `https://github.com/octo/shop/issues/${index + 1}`).join(' ');
		expect(found(`https://acme.sentry.io/issues/1/ ${many} ${many}`)).toHaveLength(20);
		expect(found('https://github.com/octo/shop/issues/2 https://github.com/octo/shop/issues/1 https://github.com/octo/shop/issues/2#x')).toEqual(['github:octo/shop#2', 'github:octo/shop#1']);
	});

	it('end before the punctuation of the sentence, and take along the brackets that they open', () => {
		expect(found('((see https://acme.sentry.io/issues/1/?q=(a)).,)!) https://github.com/octo/shop/issues/2.).]')).toEqual(['sentry:acme:1', 'github:octo/shop#2']);
	});

	it.each([')', '.', 'a)', '.a', '[', '.)'])('cost no more for each character in long addresses than in short ones, as in those of %j', (piece) => {
		const time = (length: number): number => {
			const text = `http://${piece.repeat(Math.floor(length / piece.length))} `.repeat(100_000 / length);
			const at = performance.now();
			found(text);
			return performance.now() - at;
		};
		time(100);
		// The floor is far above what it takes, and far below the seconds that looking at each character again and again took.
		expect(time(1_980)).toBeLessThan(Math.max(300, 8 * time(198)));
	});

	it('are read from as much of a text as a task keeps', () => {
		const link = 'https://github.com/octo/shop/issues/1';
		expect(found(`${' '.repeat(99_900)}${link}`)).toHaveLength(1);
		expect(found(`${' '.repeat(100_001)}${link}`)).toEqual([]);
	});

	it('are looked for in any text without an error', () => {
		const piece = fc.oneof(fc.constantFrom('https://', 'github.com', '/octo/shop', '/issues/', '1', '(', ')', '[', ']', '.', '@', ':', '%', ' '), fc.string({ maxLength: 3, unit: 'binary' }));
		fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => expect(Array.isArray(found(pieces.join('')))).toBe(true)));
	});
});
