import { isMaestroError, MaestroError, messageOf } from '../../../core/errors';

describe('an error of Maestro', () => {
	const cause = new Error('ECONNREFUSED');
	const error = new MaestroError('n8n_unreachable', 'n8n did not answer', 'Check "Base URL".', { status: 0 }, cause);

	it('says what happened, what to do, the facts, and what it came from', () => {
		expect(error).toBeInstanceOf(Error);
		expect(error).toMatchObject({ name: 'MaestroError', message: 'n8n did not answer', code: 'n8n_unreachable', advice: 'Check "Base URL".', facts: { status: 0 } });
		expect(error.cause).toBe(cause);
		expect(String(error)).toBe('MaestroError: n8n did not answer');
	});

	it('has no cause where none was given, and no facts', () => {
		const plain = new MaestroError('no_task', 'm', 'a');
		expect('cause' in plain).toBe(false);
		expect(plain.facts).toEqual({});
	});

	it('is told from any other', () => {
		expect([error, cause, { code: 'n8n_unreachable', advice: '' }, 'n8n_unreachable', undefined].map(isMaestroError)).toEqual([true, false, false, false, false]);
	});
});

describe('the message of anything thrown', () => {
	it.each([
		[new Error('went wrong'), 'went wrong'],
		['a text', 'a text'],
		[undefined, 'undefined'],
		[42, '42'],
	])('of %p is "%s"', (thrown, message) => expect(messageOf(thrown)).toBe(message));
});
