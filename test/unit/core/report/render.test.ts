import fc from 'fast-check';

import { defuse } from '../../../../core/report/defuse';
import { firstOf, githubLink, type Page, type Part } from '../../../../core/report/page';
import { renderHtml, renderSlack, renderText } from '../../../../core/report/render';

const FOOTER = 'The end';
const page = (...parts: Part[]): Page => ({ title: 'Title & more', sections: [{ heading: 'One', lines: [parts] }] });
const all = (...parts: Part[]): string[] => [renderText(page(...parts), FOOTER), renderHtml(page(...parts), FOOTER), renderSlack(page(...parts))];
const shown = (html: string): string => html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

const ATTACKS = [
	'<!channel> everyone',
	'<!here|here>',
	'<@U024BE7LH> look',
	'<https://evil.example/login|your bank>',
	'<a href="https://evil.example">click</a>',
	'"><img src=x onerror=alert(1)>',
	'<script>alert(1)</script>',
	'see https://evil.example/x',
	'see www.evil.example',
	'mail me@evil.example',
	'@channel @everyone',
	'javascript:alert(1)',
	'[click](https://evil.example)',
	'line\nTo: someone@evil.example\r\n\r\n<b>bold</b>',
	'hid\u200bden \u202egnp.exe',
	'&lt;script&gt;',
	'<<https://evil.example|a>|b>',
];

describe.each(ATTACKS)('text from outside: %j', (attack) => {
	it('opens no element, mention or link in any of the three', () => {
		for (const label of [{ outside: attack }, { url: 'https://github.com/octo/shop/issues/1', label: attack }]) {
			const [text = '', html = '', slack = ''] = all(label);
			const elements = [...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, name]) => name);
			expect(elements.filter((name) => !['div', 'h2', 'h3', 'ul', 'li', 'p', 'a'].includes(name ?? ''))).toEqual([]);
			const ours: string[] = 'url' in label ? [label.url ?? ''] : [];
			expect([...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)).toEqual(ours);
			// All that Slack reads begins with "<".
			expect([...slack.matchAll(/<([^>|]*)/g)].map(([, what]) => what)).toEqual(ours);
			for (const message of [text, shown(html), slack]) {
				const rest = ours.reduce((left, url) => left.replaceAll(url, ''), message);
				expect(rest).not.toMatch(/\w:\/\/|www\.\w|@\w|\w\.example|javascript:\w/);
			}
		}
	});

	it('stays on its line', () => {
		expect(renderText(page({ outside: attack }), FOOTER).split('\n')).toHaveLength(6);
	});
});

describe('whatever comes from outside', () => {
	it('is neither markup nor longer than it may be, and reads as it did', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
				const [, html = '', slack = ''] = all({ outside: text });
				expect(html.match(/<li>(.*)<\/li>/)?.[1]).not.toMatch(/[<>"']/);
				expect(slack.split('• ')[1]).not.toMatch(/[<>]/);
				expect(defuse(text, 50).replaceAll('\u200b', '').length).toBeLessThanOrEqual(50);
			}),
		);
	});

	it('keeps its words', () => {
		expect(defuse('Fix README.md: add #12 for @octo', 100).replaceAll('\u200b', '')).toBe('Fix README.md: add #12 for @octo');
	});

	it('does not set type in Slack, and names with an underscore stay as they are', () => {
		expect(renderSlack(page({ outside: '*bold* _italic_ ~struck~ `code` snake_case' }))).toContain('∗bold∗ ＿italic＿ ∼struck∼ ˋcodeˋ snake_case');
	});
});

describe('a message', () => {
	it('has its title, sections and last line in each form', () => {
		const [text, html, slack] = all('a & b, ', { url: 'https://github.com/octo/shop/pull/3', label: 'Mend it' });
		expect(text).toBe('Title & more\n\nOne\n- a & b, Mend it (https://github.com/octo/shop/pull/3)\n\nThe end');
		expect(html).toContain('<h2>Title &amp; more</h2>\n<h3>One</h3>\n<ul>\n<li>a &amp; b, <a href="https://github.com/octo/shop/pull/3">Mend it</a></li>');
		expect(html).toContain('<p>The end</p>');
		expect(slack).toBe('*Title &amp; more*\n\n*One*\n• a &amp; b, <https://github.com/octo/shop/pull/3|Mend it>');
	});

	it('is cut for Slack at the end of a line', () => {
		const line: Part[] = [{ url: 'https://github.com/octo/shop/issues/1', label: 'x'.repeat(250) }];
		const slack = renderSlack({ title: 'Long', sections: [{ heading: 'One', lines: Array.from({ length: 300 }, () => line) }] });
		expect(slack.length).toBeLessThan(40_000);
		expect(slack.split('\n').slice(3, -1).every((each) => each.startsWith('• <https://') && each.endsWith('>'))).toBe(true);
	});

	it('says how many there are beyond those that it shows', () => {
		const line = (entry: number): Part[] => [String(entry)];
		expect(firstOf([1, 2, 3], 2, line)).toEqual([['1'], ['2'], ['and 1 more']]);
		expect(firstOf([1, 2], 2, line)).toEqual([['1'], ['2']]);
		expect(firstOf([1, 2], 2, line, 40)).toEqual([['1'], ['2'], ['and 38 more']]);
	});
});

describe('a link', () => {
	it('is put together from parts that were looked at', () => {
		expect(githubLink('https://git.example.com/github/', 'octo/shop', 'pull', 7, 'x')).toEqual({ url: 'https://git.example.com/github/octo/shop/pull/7', label: 'x' });
	});

	it.each([
		['javascript:alert(1)', 'octo/shop', 1],
		['', 'octo/shop', 1],
		['https://github.com', 'octo/shop|x', 1],
		['https://github.com', '../..', 1],
		['https://github.com', 'octo/shop/../../evil', 1],
		['https://github.com', 'octo/shop', 0],
		['https://github.com', 'octo/shop', 1.5],
	])('is none for %j, %j and %j', (webUrl, repository, number) => {
		expect(githubLink(webUrl, repository, 'issues', number, 'x')).toEqual({ outside: 'x' });
	});
});
