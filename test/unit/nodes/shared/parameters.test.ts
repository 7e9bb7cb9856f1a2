import fc from 'fast-check';
import { isMaestroError } from '../../../../core/errors';
import { boolean, jsonObject, list, number, oneOf, readOptions, requiredTaskId, string, taskId } from '../../../../nodes/shared/parameters';

/** What an expression in a field can give. */
const anything = fc.anything({ withDate: true });

/** Gives its value, or an error of ours that names the field; never anything else. */
function reads(read: () => unknown, label: string): boolean {
	try {
		read();
		return true;
	} catch (error) {
		return isMaestroError(error) && error.code === 'bad_parameter' && error.message.includes(`"${label}"`) && error.advice !== '';
	}
}

describe('fields of a node', () => {
	it('give a value of the right type, or an error that names the field, whatever an expression gives', () => {
		fc.assert(
			fc.property(anything, (value) => {
				expect(reads(() => expect(typeof string(value, 'Title')).toBe('string'), 'Title')).toBe(true);
				expect(reads(() => expect(number(value, 'Limit')).toBeGreaterThanOrEqual(0), 'Limit')).toBe(true);
				expect(reads(() => expect(['a', 'b']).toContain(oneOf(value, 'Kind', ['a', 'b'])), 'Kind')).toBe(true);
				expect(reads(() => expect(Array.isArray(jsonObject(value, 'Schema'))).toBe(false), 'Schema')).toBe(true);
				expect(reads(() => expect(Number.isSafeInteger(taskId(value))).toBe(true), 'Task')).toBe(true);
				expect(typeof boolean(value, true)).toBe('boolean');
				expect(typeof readOptions(value)).toBe('object');
			}),
			{ numRuns: 1_000 },
		);
	});

	it.each([
		['text', 'text'],
		[12, '12'],
		[false, 'false'],
		[undefined, ''],
		[null, ''],
	])('as a text: %p is %p', (given, expected) => expect(string(given, 'Title')).toBe(expected));

	it.each([{ a: 1 }, ['a'], () => ''])('as a text: %p is none', (given) => {
		expect(() => string(given, 'Title')).toThrow('"Title" is not a text');
	});

	it.each([
		[0, 0],
		[2.5, 2.5],
		[' 7 ', 7],
		['1e3', 1000],
	])('as a number: %p is %p', (given, expected) => expect(number(given, 'Limit')).toBe(expected));

	it.each(['', ' ', 'many', -1, '-1', Number.NaN, Number.POSITIVE_INFINITY, null, undefined, true, [3]])('as a number: %p is none', (given) => {
		expect(() => number(given, 'Limit')).toThrow('"Limit" is not a number of 0 or more');
	});

	it('as yes or no: only a real one counts, the text "false" is no yes', () => {
		expect([boolean(true, false), boolean(false, true), boolean('false', false), boolean(0, true)]).toEqual([true, false, false, true]);
	});

	it('as one of several: says which there are', () => {
		expect(oneOf('high', 'Priority', ['low', 'high'])).toBe('high');
		expect(() => oneOf('High', 'Priority', ['low', 'high'])).toThrow(expect.objectContaining({ message: '"Priority" is "High"', advice: 'It can be: low, high.' }));
	});
});

describe('a list', () => {
	it.each([
		['a, b ,,c', ['a', 'b', 'c']],
		['a\nb\n\n', ['a', 'b']],
		['Bash(npm test:*, x), Read', ['Bash(npm test:*, x)', 'Read']],
		[['a ', ' ', 3], ['a', '3']],
		[12, ['12']],
		['', []],
		[undefined, []],
		[{ a: 1 }, []],
	])('of %j is %j', (given, expected) => expect(list(given)).toEqual(expected));
});

describe('a JSON field', () => {
	it.each([
		['{"a":1}', { a: 1 }],
		[{ a: 1 }, { a: 1 }],
		['', {}],
		[null, {}],
	])('of %j is %j', (given, expected) => expect(jsonObject(given, 'Schema')).toEqual(expected));

	it.each([
		['{"a":', 'is not valid JSON'],
		['[1]', 'is not a JSON object'],
		['"text"', 'is not a JSON object'],
		['null', 'is not a JSON object'],
		[[1], 'is not a JSON object'],
		[7, 'is not a JSON object'],
	])('of %j %s', (given, problem) => expect(() => jsonObject(given, 'Schema')).toThrow(`"Schema" ${problem}`));
});

describe('the ID of a task', () => {
	it.each([
		['12', 12],
		[12, 12],
		['', 0],
		[null, 0],
		[undefined, 0],
	])('%j is %j', (given, expected) => expect(taskId(given)).toBe(expected));

	it.each([0, -1, 1.5, 'x', '1,2', {}, [3], true, 2 ** 60])('%j is none', (given) => expect(() => taskId(given)).toThrow(`"Task" is ${JSON.stringify(given)}`));

	it('is asked for where a node cannot do without', () => {
		expect(requiredTaskId('3')).toBe(3);
		expect(() => requiredTaskId('')).toThrow(expect.objectContaining({ message: '"Task" is empty', advice: expect.stringContaining('$json.task.id') }));
	});
});
