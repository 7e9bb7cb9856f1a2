import fc from 'fast-check';

import { PathIndex } from '../../../core/signal/path-index';

describe('the file of a path', () => {
	const files = new PathIndex(['index.js', 'src/cart.ts', 'packages/a/src/cart.ts', 'packages/b/src/page.tsx', 'src/main/java/com/acme/Cart.java', 'lib/index.js', 'lib/only.js']);

	test.each([
		['src/cart.ts', ['src/cart.ts']],
		['a/src/cart.ts', ['packages/a/src/cart.ts']],
		['work/packages/a/src/cart.ts', ['packages/a/src/cart.ts']],
		['src/page.tsx', ['packages/b/src/page.tsx']],
		['com/acme/Cart.java', ['src/main/java/com/acme/Cart.java']],
		['index.js', ['index.js']],
		['home/deploy/releases/42/index.js', ['index.js']],
		['only.js', ['lib/only.js']],
		['dist/only.js', []],
		['src/gone.ts', []],
		['art.ts', []],
		['', []],
	])('%s is %j', (path, found) => {
		expect(files.like(path)).toEqual(found);
	});

	it('is each of those that fit alike', () => {
		expect(new PathIndex(['packages/a/src/cart.ts', 'packages/b/src/cart.ts']).like('src/cart.ts')).toEqual(['packages/a/src/cart.ts', 'packages/b/src/cart.ts']);
	});

	it('is found at once among 200,000, also where all have the same name', () => {
		const many = new PathIndex(Array.from({ length: 200_000 }, (_, index) => `packages/p${index}/index.js`));
		const from = performance.now();
		for (let time = 0; time < 100; time += 1) expect(many.like('p77777/index.js')).toEqual(['packages/p77777/index.js']);
		expect(performance.now() - from).toBeLessThan(1_000);
	});

	it('is not looked for among more than 500 that end alike, unless it is named in full', () => {
		const alike = (count: number): PathIndex => new PathIndex(Array.from({ length: count }, (_, index) => `packages/p${index}/src/index.ts`));
		expect(alike(500).like('p42/src/index.ts')).toEqual(['packages/p42/src/index.ts']);
		expect(alike(501).like('p42/src/index.ts')).toBeUndefined();
		expect(alike(501).like('index.ts')).toBeUndefined();
		expect(alike(501).like('packages/p42/src/index.ts')).toEqual(['packages/p42/src/index.ts']);
	});

	it('is the one that holding the path against each of them would find', () => {
		const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'b.ts'), { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
		const found: number[] = [];
		fc.assert(
			fc.property(fc.uniqueArray(path, { maxLength: 12 }), path, (paths, asked) => {
				const ends = (file: string, count: number): string => file.split('/').slice(-count).join('/');
				const shared = (file: string): number => Math.max(0, ...[1, 2, 3, 4].filter((count) => ends(file, count) === ends(asked, count) && count <= Math.min(file.split('/').length, asked.split('/').length)));
				const fit = paths.filter((file) => shared(file) >= 2 || (shared(file) === 1 && (!file.includes('/') || !asked.includes('/'))));
				const most = Math.max(0, ...fit.map(shared));
				const expected = paths.includes(asked) ? [asked] : fit.filter((file) => shared(file) === most);
				found.push(expected.length);
				expect(new PathIndex(paths).like(asked)).toEqual(expected);
			}),
			{ numRuns: 500 },
		);
		expect(new Set(found.map((count) => Math.min(count, 2)))).toEqual(new Set([0, 1, 2]));
	});
});
