import fc from 'fast-check';
import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { chooseReady, idsOf } from '../../../../core/task/dispatch-choice';
import { readPlan, type Plan } from '../../../../core/task/plan';
import { filesMeet, readFilePattern } from '../../../../core/task/plan-files';
import { topological } from '../../../../core/task/plan-graph';
import { projectColumns, type Project, type Task } from '../../../../core/task/records';
import { chooseRollUp } from '../../../../core/task/roll-up';
import { PRIORITIES } from '../../../../core/task/states';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const FILES = ['src', 'src/a.ts', 'src/b.ts', 'docs/**', 'docs/x.md', '**/*.md', 'test/{a,b}.ts', 'test/b.ts', 'lib/x', 'lib/y'];
const PARENT = 1;
const stamps = { createdAt: '', updatedAt: '' };
const project = (maxRunning: number): Project => ({ ...blank(projectColumns), id: 1, active: true, maxRunning, ...stamps });

/** Any graph without a circle: each depends only on keys before its own. */
const somePlan = fc
	.array(fc.record({ dependsOn: fc.subarray(KEYS), conflictsWith: fc.subarray(KEYS, { maxLength: 2 }), files: fc.subarray(FILES, { minLength: 1, maxLength: 2 }), parallel: fc.constant(true) }), { minLength: 1, maxLength: KEYS.length })
	.chain((tasks) => fc.tuple(fc.constant(tasks), fc.array(fc.nat(9), { minLength: tasks.length, maxLength: tasks.length })))
	.map(([tasks, alone]) =>
		tasks.map((task, index) => ({
			key: KEYS[index] ?? '',
			title: 'T',
			body: 'B',
			files: task.files,
			dependsOn: task.dependsOn.filter((key) => KEYS.indexOf(key) < index),
			conflictsWith: task.conflictsWith.filter((key) => KEYS.indexOf(key) < tasks.length && KEYS.indexOf(key) !== index),
			parallel: alone[index] !== 0,
		})),
	);

type Given = ReturnType<typeof somePlan.generate>['value'];

function planOf(tasks: Given): Plan {
	const read = readPlan({ tasks });
	if ('problems' in read) throw new Error(read.problems.join(' '));
	return read.plan;
}

/** Rows as makeChildren and releaseChildren leave them. */
function rowsOf(plan: Plan, priorities: readonly number[]): Map<string, Task> {
	const ids = new Map(topological(plan.tasks).map(({ key }, index) => [key, PARENT + 1 + index]));
	const list = (keys: readonly string[]): string => keys.map((key) => ids.get(key)).join(',');
	return new Map(
		plan.tasks.map(({ key, dependsOn, conflictsWith }, index) => {
			const priority = PRIORITIES[priorities[index] ?? 0] ?? 'medium';
			const draft = { title: key, projectId: 1, repository: 'o/r', parentId: PARENT, priority, dependsOn: list(dependsOn), conflictsWith: list(conflictsWith) };
			return [key, { ...newTask(draft), id: ids.get(key) ?? 0, ...stamps }];
		}),
	);
}

/** What may happen to a task that has been started, or stands still; the first is how it gets on. */
const MOVES: Partial<Record<Task['status'], readonly Task['status'][]>> = {
	in_progress: ['in_review', 'failed', 'blocked', 'pending'],
	in_review: ['completed', 'in_progress', 'cancelled', 'blocked'],
	// With an answer a blocked one goes straight back to work, or to its open pull request.
	blocked: ['in_progress', 'pending', 'in_review'],
	failed: ['pending'],
	cancelled: ['pending'],
};

/** An independent reading of the plan as it was given: whether these two may be at work together. */
function mayBeTogether(given: Given, left: string, right: string): boolean {
	const [a, b] = [left, right].map((key) => given.find((task) => task.key === key));
	if (a === undefined || b === undefined) return true;
	const share = a.files.some((mine) => b.files.some((theirs) => filesMeet(readFilePattern(mine), readFilePattern(theirs))));
	return a.parallel && b.parallel && !share && !a.conflictsWith.includes(right) && !b.conflictsWith.includes(left) && !a.dependsOn.includes(right) && !b.dependsOn.includes(left);
}

it('whatever happens to its tasks, no two that conflict are at work together, none starts before what it depends on is merged, and every plan comes to its end', () => {
	let finished = 0;
	let together = 0;
	let mended = 0;
	const happening = fc.record({ which: fc.nat(), move: fc.nat(), ms: fc.nat({ max: 400_000 }) });
	fc.assert(
		fc.property(somePlan, fc.nat(3), fc.array(fc.nat(3), { minLength: KEYS.length, maxLength: KEYS.length }), fc.array(happening, { maxLength: 60 }), (given, maxRunning, priorities, happenings) => {
			const rows = rowsOf(planOf(given), priorities);
			let now = Date.parse('2026-05-01T12:00:00.000Z');
			const set = (key: string, fields: Partial<Task>): void => {
				const row = rows.get(key);
				if (row !== undefined) rows.set(key, { ...row, ...fields });
			};
			const look = (): void => {
				const atWork = [...rows].filter(([, { status }]) => status === 'in_progress').map(([key]) => key);
				if (atWork.length > 1) together++;
				for (const left of atWork) for (const right of atWork) if (left !== right) expect([left, right, mayBeTogether(given, left, right)]).toEqual([left, right, true]);
			};
			const start = (key: string): void => {
				for (const dependency of given.find((task) => task.key === key)?.dependsOn ?? []) expect([key, dependency, rows.get(dependency)?.status]).toEqual([key, dependency, 'completed']);
				set(key, { status: 'in_progress', startedAt: new Date(now).toISOString() });
				look();
			};
			const send = (): void => {
				for (const task of chooseReady([...rows.values()], [project(maxRunning)], { maxRunning: 0, resendAfterMs: 300_000 }, new Date(now))) set(task.title, { dispatchedAt: new Date(now).toISOString() });
			};
			const moveOn = (key: string, move: number): void => {
				const { status, dispatchedAt } = rows.get(key) ?? { status: 'completed', dispatchedAt: null };
				if (status === 'pending' && dispatchedAt !== null) {
					start(key);
					return;
				}
				const moves = MOVES[status] ?? [];
				const next = moves[move % moves.length];
				if (next === undefined) return;
				if (status === 'failed' || status === 'cancelled' || status === 'blocked') mended++;
				set(key, { status: next, ...(next === 'pending' ? { dispatchedAt: null } : {}) });
				look();
			};
			const open = (): string[] => [...rows].filter(([, { status }]) => status !== 'completed').map(([key]) => key);
			for (const { which, move, ms } of happenings) {
				send();
				const keys = open();
				const key = keys[which % Math.max(1, keys.length)];
				if (key !== undefined) moveOn(key, move);
				now += ms;
			}
			// From here on nothing fails any more: what is left has to come to its end.
			for (let round = 0; open().length > 0 && round < 10 * KEYS.length; round++) {
				send();
				for (const key of open()) moveOn(key, 0);
			}
			expect(open()).toEqual([]);
			const parent: Task = { ...newTask({ title: 'P', projectId: 1, repository: 'o/r' }), id: PARENT, ...stamps, status: 'in_review', watchesChildren: true };
			expect(chooseRollUp(parent, [...rows.values()])).toMatchObject({ kind: 'complete' });
			finished++;
		}),
		{ numRuns: 2_000 },
	);
	// That something could have gone wrong: tasks did run side by side, and some failed and were mended.
	expect(finished).toBe(2_000);
	expect(together).toBeGreaterThan(500);
	expect(mended).toBeGreaterThan(500);
});

it('the rows name the same conflicts as the plan', () => {
	fc.assert(
		fc.property(somePlan, (given) => {
			const rows = rowsOf(planOf(given), []);
			for (const left of rows.values()) for (const id of idsOf(left.conflictsWith)) expect([...rows.values()].some((right) => right.id === id && idsOf(right.conflictsWith).includes(left.id))).toBe(true);
		}),
	);
});
