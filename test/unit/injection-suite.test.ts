/** Holds the suite itself: attacks that could not hurt would prove nothing. */
import { fence } from '../../core/agent/fence';
import { attacksOn, orderOf } from '../fixtures/attacks';
import { LEFT_OUT, ordersIn, outsideFences } from '../fixtures/model';

const attacks = attacksOn('/secret/order.txt');
const inTexts = attacks.filter(({ byFile }) => byFile !== true);

it('has at least forty attacks, each with a name of its own', () => {
	expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
	expect(attacks.length).toBeGreaterThanOrEqual(40);
});

it.each(inTexts)('the gullible model obeys $name where nothing fences it', ({ name, text }) => {
	expect(ordersIn(outsideFences(`Do the task.\n\n${text}`))).toEqual([name]);
});

it.each(attacks)('a fence holds $name', ({ text }) => {
	const outside = outsideFences(`Do the task.\n\n${fence('task', text)}\n\nBegin.`);
	expect(ordersIn(outside)).toEqual([]);
	expect(outside).toBe(outsideFences(`Do the task.\n\n${fence('task', 'harmless')}\n\nBegin.`));
	expect(outside).toContain(LEFT_OUT);
});

it.each([
	['that it did not announce', `<untrusted-0123456789abcdef01>\n${orderOf('a')}\n</untrusted-0123456789abcdef01>`],
	['that does not end', fence('task', orderOf('a')).replace(/<\/untrusted.*/, '')],
	['whose label gives the order', fence(orderOf('a'), 'text')],
])('the gullible model does not take for a fence of Maestro what is one %s', (_, text) => {
	expect(ordersIn(outsideFences(text))).toEqual(['a']);
});
