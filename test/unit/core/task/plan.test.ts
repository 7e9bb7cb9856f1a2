import fc from 'fast-check';
import Ajv from 'ajv';
import { PLAN_SCHEMA, readPlan, type Plan } from '../../../../core/task/plan';
import { findCycle, topological, type PlannedTask } from '../../../../core/task/plan-graph';

const planned = (key: string, fields: Partial<PlannedTask> = {}): PlannedTask => ({
	key,
	title: `Do ${key}`,
	body: `All about ${key}`,
	dependsOn: [],
	parallel: true,
	conflictsWith: [],
	files: [`src/${key}.ts`],
	...fields,
});
const report = (...tasks: unknown[]): object => ({ status: 'done', summary: 'Split', tasks });

function planOf(...tasks: unknown[]): Plan {
	const read = readPlan(report(...tasks));
	if ('problems' in read) throw new Error(read.problems.join(' '));
	return read.plan;
}
function problemsOf(value: unknown): readonly string[] {
	const read = readPlan(value);
	return 'problems' in read ? read.problems : [];
}
const conflicts = (plan: Plan): Record<string, readonly string[]> => Object.fromEntries(plan.tasks.map(({ key, conflictsWith }) => [key, conflictsWith]));

describe('a plan', () => {
	it('is read as it was given, and read again as it was read', () => {
		const plan = planOf(planned('a'), planned('b', { dependsOn: ['a', 'a'], conflictsWith: ['c'] }), planned('c'));
		expect(plan.tasks.map(({ key, dependsOn }) => [key, dependsOn])).toEqual([['a', []], ['b', ['a']], ['c', []]]);
		expect(readPlan(JSON.parse(JSON.stringify(plan)))).toEqual({ plan });
	});

	it('that fits the schema for the agent is read, and one with each field amiss does not fit it', () => {
		const isValid = new Ajv().compile(PLAN_SCHEMA);
		expect(isValid(report(planned('a')))).toBe(true);
		for (const wrong of [{ key: 'no blanks' }, { title: '' }, { body: '' }, { parallel: 'yes' }, { files: [] }, { dependsOn: 'a' }]) {
			expect(isValid(report({ ...planned('a'), ...wrong }))).toBe(false);
			expect(problemsOf(report({ ...planned('a'), ...wrong }))).toHaveLength(1);
		}
	});

	it.each([
		['holds no tasks', { status: 'done' }, 'no list of "tasks"'],
		['is no object', 'plan', 'no list of "tasks"'],
		['is empty', report(), 'has no tasks'],
		['has eleven tasks', report(...Array.from({ length: 11 }, (_, index) => planned(`t${index}`))), 'has 11 tasks, and at most 10'],
		['has a task that is a text', report('do it'), 'Task number 1 is not an object'],
		['has a task without a title', report({ ...planned('a'), title: undefined }), 'Task "a" needs a "title" of 1 to 200 characters'],
		['has a title of two lines', report(planned('a', { title: 'one\ntwo' })), 'in one line'],
		['has a task without files', report(planned('a', { files: [] })), 'needs in "files" a list of 1 to 30'],
		['has a body that is too long', report(planned('a', { body: 'x'.repeat(10_001) })), '"body" of 1 to 10000'],
		['has a body with a NUL, which tables cannot hold', report(planned('a', { body: 'x\0y' })), 'needs a "body"'],
		['has two tasks of one key', report(planned('api'), planned('API')), 'The key "API" is there twice'],
		['has a task that depends on itself', report(planned('a', { dependsOn: ['a'] })), 'Task "a" depends on itself'],
		['has a task that conflicts with itself', report(planned('a', { conflictsWith: ['a'] })), 'Task "a" conflicts with itself'],
		['names a task that is not there', report(planned('a', { dependsOn: ['z'] })), 'Task "a" names "z" in "dependsOn", and no task'],
		['has a circle', report(planned('a', { dependsOn: ['c'] }), planned('b', { dependsOn: ['a'] }), planned('c', { dependsOn: ['b'] }), planned('d', { dependsOn: ['a'] })), 'never start: a → c → b → a.'],
		['names a file elsewhere', report(planned('a', { files: ['/etc/passwd'] })), '"/etc/passwd", which does not begin at the root'],
		['names a file outside', report(planned('a', { files: ['src/../../x'] })), 'with ".."'],
	])('that %s is refused, and the sentence says why', (_, value, words) => {
		expect(problemsOf(value)).toEqual([expect.stringContaining(words)]);
	});

	it('with several faults names them all', () => {
		expect(problemsOf(report(planned('a', { dependsOn: ['x'] }), planned('b', { conflictsWith: ['y'], files: ['../up'] })))).toHaveLength(3);
	});

	it('never makes the reader throw, whatever the agent gave', () => {
		const field = fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.array(fc.constantFrom('a', 'b', 'src/{a', '**/**', '[', '.')));
		const task = fc.record({ key: field, title: field, body: field, dependsOn: field, parallel: field, conflictsWith: field, files: field }, { requiredKeys: [] });
		fc.assert(
			fc.property(fc.oneof(fc.jsonValue(), fc.array(task, { maxLength: 4 }).map((tasks) => ({ tasks }))), (value) => {
				const read = readPlan(value);
				expect('plan' in read ? read.plan.tasks.length : read.problems.length).toBeGreaterThan(0);
			}),
		);
	});
});

describe('the conflicts of a plan', () => {
	it('follow from the files, said or not, and stand on both sides', () => {
		const plan = planOf(planned('a', { files: ['src/cart'] }), planned('b', { files: ['src/cart/total.ts'] }), planned('c', { files: ['docs/**'] }));
		expect(conflicts(plan)).toEqual({ a: ['b'], b: ['a'], c: [] });
	});

	it('that one side says stand on both', () => {
		expect(conflicts(planOf(planned('a'), planned('b', { conflictsWith: ['a'] })))).toEqual({ a: ['b'], b: ['a'] });
	});

	it('are not needed between tasks of which one waits for the other, also around a corner', () => {
		const files = ['src/one.ts'];
		const plan = planOf(planned('a', { files }), planned('b', { dependsOn: ['a'], files: ['other'] }), planned('c', { dependsOn: ['b'], files, conflictsWith: ['a'] }));
		expect(conflicts(plan)).toEqual({ a: [], b: [], c: [] });
	});

	it('of a task that goes alone are all those that it has no order with', () => {
		const plan = planOf(planned('a'), planned('b', { dependsOn: ['a'] }), planned('c', { dependsOn: ['a'], parallel: false }), planned('d'));
		expect(conflicts(plan)).toEqual({ a: [], b: ['c'], c: ['b', 'd'], d: ['c'] });
	});
});

describe('the order of creation', () => {
	it('puts each task after all that it depends on, and keeps the given order otherwise', () => {
		const tasks = [planned('d', { dependsOn: ['b', 'c'] }), planned('b', { dependsOn: ['a'] }), planned('a'), planned('c')];
		expect(topological(tasks).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
	});

	it('exists exactly where no circle is found, and the circle that is found is one', () => {
		const keys = ['a', 'b', 'c', 'd', 'e'];
		const graph = fc.array(fc.subarray(keys), { minLength: keys.length, maxLength: keys.length }).map((edges) => keys.map((key, index) => ({ key, dependsOn: (edges[index] ?? []).filter((other) => other !== key) })));
		fc.assert(
			fc.property(graph, (tasks) => {
				const cycle = findCycle(tasks);
				if (cycle === undefined) {
					const order = topological(tasks).map(({ key }) => key);
					for (const { key, dependsOn } of tasks) expect(dependsOn.every((other) => order.indexOf(other) < order.indexOf(key))).toBe(true);
					return;
				}
				expect(() => topological(tasks)).toThrow('circle');
				expect(cycle[0]).toBe(cycle.at(-1));
				for (const [index, key] of cycle.slice(0, -1).entries()) expect(tasks.find((task) => task.key === key)?.dependsOn).toContain(cycle[index + 1]);
			}),
		);
	});
});
