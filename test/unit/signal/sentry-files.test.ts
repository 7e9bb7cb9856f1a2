import { PathIndex } from '../../../core/signal/path-index';
import { namedByFiles } from '../../../core/signal/sentry-files';
import type { StackPlace } from '../../../core/signal/sentry-frames';

describe('the places on a stack, where the files of the repository are known', () => {
	const place = (path: string, inApp = true): StackPlace => ({ path, line: 3, function: 'total', code: '', inApp });
	const named = (path: string, files: string[], inApp = true): StackPlace | undefined => namedByFiles([place(path, inApp)], new PathIndex(files))[0];

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

	it('stay as they are where a stranger chose them so that thousands of files are alike, and hold nothing up', () => {
		const many = new PathIndex(Array.from({ length: 50_000 }, (_, index) => `packages/p${index}/src/index.ts`));
		const places = Array.from({ length: 8 }, (_, index) => place(`gone/g${index}/src/index.ts`));
		const from = performance.now();
		for (let webhook = 0; webhook < 100; webhook += 1) expect(namedByFiles(places, many)).toEqual(places);
		expect(performance.now() - from).toBeLessThan(3_000);
	});
});
