import { filesByName, filesLike, namedByFiles } from '../../../core/signal/sentry-files';
import type { StackPlace } from '../../../core/signal/sentry-frames';

describe('the file of a path', () => {
	const files = filesByName(['index.js', 'src/cart.ts', 'packages/a/src/cart.ts', 'packages/b/src/page.tsx', 'src/main/java/com/acme/Cart.java', 'lib/index.js', 'lib/only.js']);

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
		expect(filesLike(path, files)).toEqual(found);
	});

	it('is each of those that fit alike', () => {
		expect(filesLike('src/cart.ts', filesByName(['packages/a/src/cart.ts', 'packages/b/src/cart.ts']))).toEqual(['packages/a/src/cart.ts', 'packages/b/src/cart.ts']);
	});

	it('is found at once among 200,000, also where all have the same name', () => {
		const many = filesByName(Array.from({ length: 200_000 }, (_, index) => `packages/p${index}/index.js`));
		const from = performance.now();
		expect(filesLike('p77777/index.js', many)).toEqual(['packages/p77777/index.js']);
		expect(performance.now() - from).toBeLessThan(2_000);
	});
});

describe('the places on a stack, where the files of the repository are known', () => {
	const place = (path: string, inApp = true): StackPlace => ({ path, line: 3, function: 'total', code: '', inApp });
	const named = (path: string, files: string[], inApp = true): StackPlace | undefined => namedByFiles([place(path, inApp)], filesByName(files))[0];

	it('have the path of their file there', () => {
		expect(named('src/cart.ts', ['web/src/cart.ts'])).toEqual({ ...place('web/src/cart.ts'), known: true });
	});

	it('say so where there is none', () => {
		expect(named('src/page.tsx', ['web/src/cart.ts'])).toEqual({ ...place('src/page.tsx'), known: false });
	});

	it('stay as they are where several files fit alike', () => {
		expect(named('src/cart.ts', ['a/src/cart.ts', 'b/src/cart.ts'])).toEqual(place('src/cart.ts'));
	});

	it('stay as they are in the code of others, which may be named like a file of the project', () => {
		expect(named('node_modules/react/index.js', ['index.js'], false)).toEqual(place('node_modules/react/index.js', false));
	});

	it('stay as they are where the name of the file holds what nobody sees', () => {
		expect(named('src/cart.ts', ['we\u202eb/src/cart.ts'])).toEqual(place('src/cart.ts'));
		expect(named('src/cart.ts', ['a\nb/src/cart.ts'])).toEqual(place('src/cart.ts'));
	});

	it('may be only the name of a function', () => {
		expect(named('', ['index.js'])).toEqual(place(''));
	});
});
