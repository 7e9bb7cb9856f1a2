import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { filesMeet, readFilePattern, whyNoPath } from '../../../../core/task/plan-files';

const meet = (left: string, right: string): boolean => filesMeet(readFilePattern(left), readFilePattern(right));

it.each([
	['src/cart.ts', 'src/cart.ts'],
	['./src/cart.ts', 'src//cart.ts'],
	['src\\cart.ts', 'src/cart.ts'],
	['README.md', 'readme.md'],
	['src', 'src/cart/total.ts'],
	['src/', 'src/cart.ts'],
	['src/**', 'src/cart/total.ts'],
	['src/**', 'src'],
	['**/*.ts', 'src/cart/total.ts'],
	['**', 'a/b'],
	['.', 'a/b'],
	['src/*.ts', 'src/cart.ts'],
	['src/*.ts', 'src/cart.*'],
	['src/*/index.ts', 'src/cart'],
	['src/{cart,order}/a.ts', 'src/order/a.ts'],
	['src/{cart/a,order}.ts', 'src/order.ts'],
	['src/[ab].ts', 'src/a.ts'],
	['src/?.ts', 'src/a.ts'],
	['app/(shop)/page.tsx', 'app/(shop)/page.tsx'],
	['app/[id]/page.tsx', 'app/[id]/page.tsx'],
	['src/**/test/**', '**/unit/test/a.ts'],
])('%s and %s can mean one file', (left, right) => {
	expect([meet(left, right), meet(right, left)]).toEqual([true, true]);
});

it.each([
	['src/cart.ts', 'src/order.ts'],
	['src/cart', 'src/cart-total.ts'],
	['src', 'src-generated/a.ts'],
	['src/*.ts', 'src/cart/total.ts'],
	['src/*.ts', 'src/*.css'],
	['src/a*', 'src/b*'],
	['src/**', 'docs/**'],
	['src/**/*.ts', 'src/**/*.md'],
	['src/abc*', 'src/a'],
	['app/(shop)/page.tsx', 'app/(blog)/page.tsx'],
])('%s and %s cannot', (left, right) => {
	expect([meet(left, right), meet(right, left)]).toEqual([false, false]);
});

it('two patterns that both match a file always meet', () => {
	const file = fc.array(fc.constantFrom('a', 'b', 'ab', 'ba'), { minLength: 1, maxLength: 4 });
	const kind = fc.constantFrom('same', '*', 'first*', '*last', '?', 'braces', 'class', '**');
	const loosened = (segment: string, how: string): string => {
		const first = segment.slice(0, 1);
		const forms: Record<string, string> = { same: segment, '*': '*', 'first*': `${first}*`, '*last': `*${segment.slice(-1)}`, '?': '?'.repeat(segment.length), braces: `{x,${segment}}`, class: `[${first}z]${segment.slice(1)}`, '**': '**' };
		return forms[how] ?? segment;
	};
	const patternOf = (segments: string[], kinds: string[]): string => segments.map((segment, index) => loosened(segment, kinds[index] ?? 'same')).join('/');
	const kinds = fc.array(kind, { minLength: 4, maxLength: 4 });
	fc.assert(
		fc.property(file, kinds, kinds, (segments, some, others) => {
			const [left, right] = [patternOf(segments, some), patternOf(segments, others)];
			// Node's own matcher is the second opinion.
			expect([matchesGlob(segments.join('/'), left), matchesGlob(segments.join('/'), right)]).toEqual([true, true]);
			expect(meet(left, right)).toBe(true);
		}),
		{ numRuns: 2_000 },
	);
});

it('a file and the folder that it lies in always meet', () => {
	const name = fc.constantFrom('a', 'b', 'c.ts');
	fc.assert(
		fc.property(fc.array(name, { minLength: 2, maxLength: 5 }), fc.nat(), (segments, cut) => {
			const folder = segments.slice(0, 1 + (cut % (segments.length - 1))).join('/');
			expect(meet(folder, segments.join('/'))).toBe(true);
		}),
	);
});

it.each([
	['/etc/passwd', 'root'],
	['C:\\x', 'root'],
	['~/x', 'root'],
	['a/../b', '".."'],
	['a\nb', 'control'],
	['a/'.repeat(31), 'folders'],
])('%j is no place in the repository', (path, why) => {
	expect(whyNoPath(path)).toContain(why);
});

it('a usual path is', () => {
	expect(['src/cart.ts', '.github/x.yml', 'a..b/c', '**/*.ts', '.'].map(whyNoPath)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
