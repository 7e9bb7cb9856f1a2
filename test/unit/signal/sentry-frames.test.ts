import { repositoryPath, stackPlaces } from '../../../core/signal/sentry-frames';
import { EVENT } from '../../../core/signal/sentry-payload';
import { event, exception, frame } from '../../fixtures/sentry';

describe('the path of a frame', () => {
	test.each([
		['webpack:///./src/cart.ts', 'src/cart.ts'],
		['webpack:///./src/cart.vue?a1b2', 'src/cart.vue'],
		['webpack://shop/./src/cart.ts', 'src/cart.ts'],
		['webpack-internal:///(rsc)/./src/cart.ts', 'src/cart.ts'],
		['app:///src/cart.js', 'src/cart.js'],
		['app:///app/src/cart.js', 'app/src/cart.js'],
		['/app/src/cart.js', 'src/cart.js'],
		['/app/app/models/cart.rb', 'app/models/cart.rb'],
		['app/models/cart.rb', 'app/models/cart.rb'],
		['/usr/src/app/dist/cart.js', 'dist/cart.js'],
		['/var/task/handler.py', 'handler.py'],
		['/home/runner/work/shop/shop/src/cart.go', 'src/cart.go'],
		['https://shop.example/static/js/cart.js', 'static/js/cart.js'],
		['file:///app/src/cart.js', 'src/cart.js'],
		['../../packages/cart/index.ts', 'packages/cart/index.ts'],
		['C:\\work\\src\\Cart.cs', 'work/src/Cart.cs'],
		['~/src/cart.ts', 'src/cart.ts'],
		['/app/../../etc/passwd', 'etc/passwd'],
		['shop/cart.py', 'shop/cart.py'],
		['', ''],
	])('%s is %s', (written, path) => {
		expect(repositoryPath(written)).toBe(path);
	});
});

describe('the places on a stack', () => {
	const of = (fields: Record<string, unknown>): unknown => stackPlaces(EVENT.parse(event(fields)));

	it("are the project's own, the innermost first", () => {
		expect(of({})).toEqual([
			{ path: 'src/cart.ts', line: 12, function: 'total', code: 'return cart.items.reduce((sum, item) => sum + item.price, 0);', inApp: true },
			{ path: 'src/page.tsx', line: 40, function: 'Page', code: '', inApp: true },
		]);
	});

	it('are the innermost few where nothing counts as the project', () => {
		const frames = [1, 2, 3, 4, 5, 6].map((lineno) => frame({ in_app: false, lineno }));
		expect(of({ exception: { values: [exception(frames)] } })).toMatchObject([{ line: 6 }, { line: 5 }, { line: 4 }, { line: 3 }]);
	});

	it('are at most eight', () => {
		const frames = Array.from({ length: 30 }, (_, lineno) => frame({ lineno }));
		expect(of({ exception: { values: [exception(frames)] } })).toHaveLength(8);
	});

	it('are those of what was thrown last', () => {
		const cause = exception([frame({ filename: 'src/db.ts' })], { type: 'DbError' });
		const thrown = exception([frame({ filename: 'src/api.ts' })]);
		expect(of({ exception: { values: [cause, thrown] } })).toMatchObject([{ path: 'src/api.ts' }]);
		expect(of({ exception: { values: [cause, { type: 'Error', value: 'without a stack' }] } })).toMatchObject([{ path: 'src/db.ts' }]);
	});

	it('are those of the thread that crashed, and of the event, where nothing was thrown', () => {
		const threads = { values: [{ crashed: false, stacktrace: { frames: [frame({ filename: 'src/idle.ts' })] } }, { crashed: true, stacktrace: { frames: [frame({ filename: 'src/crash.ts' })] } }] };
		expect(of({ exception: null, threads })).toMatchObject([{ path: 'src/crash.ts' }]);
		expect(of({ exception: null, threads, stacktrace: { frames: [frame({ filename: 'src/log.ts' })] } })).toMatchObject([{ path: 'src/log.ts' }]);
	});

	it('of the JVM have the folders of their package', () => {
		expect(of({ exception: { values: [exception([frame({ filename: 'Cart.java', module: 'com.acme.shop.Cart', abs_path: 'Cart.java' })])] } })).toMatchObject([{ path: 'com/acme/shop/Cart.java' }]);
	});
});
