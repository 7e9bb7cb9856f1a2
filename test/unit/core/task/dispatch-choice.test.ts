import fc from 'fast-check';
import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { chooseReady, idsOf } from '../../../../core/task/dispatch-choice';
import { projectColumns, type Project, type Task } from '../../../../core/task/records';
import { PRIORITIES, TASK_STATUSES } from '../../../../core/task/states';

const now = new Date('2026-05-01T12:00:00.000Z');
const limitsOf = (maxRunning: number) => ({ maxRunning, resendAfterMs: 300_000 });
const stamps = { createdAt: '', updatedAt: '' };
const task = (id: number, fields: Partial<Task> = {}): Task => ({ ...newTask({ title: `t${id}`, projectId: 1, repository: 'o/r' }), id, ...stamps, ...fields });
const project = (id: number, fields: Partial<Project> = {}): Project => ({ ...blank(projectColumns), id, active: true, ...stamps, ...fields });
const ids = (tasks: Task[]): number[] => tasks.map((each) => each.id);

const someTasks = fc
	.array(
		fc.record({
			projectId: fc.integer({ min: 1, max: 3 }),
			status: fc.constantFrom(...TASK_STATUSES),
			priority: fc.constantFrom(...PRIORITIES),
			dependsOn: fc.constantFrom('', '1', '2,3', '5'),
			conflictsWith: fc.constantFrom('', '1', '4', '2,6'),
			dispatchedAt: fc.constantFrom(null, '2026-05-01T11:59:00.000Z', '2026-05-01T11:00:00.000Z'),
		}),
		{ maxLength: 12 },
	)
	.map((fields) => fields.map((each, index) => task(index + 1, each)));
const someProjects = fc.tuple(fc.nat(3), fc.nat(3), fc.boolean()).map(([first, second, active]) => [project(1, { maxRunning: first }), project(2, { maxRunning: second, active })]);

const hasSlot = (each: Task): boolean => each.status === 'in_progress' || (each.status === 'pending' && each.dispatchedAt === '2026-05-01T11:59:00.000Z');

describe('the choice of the next tasks', () => {
	it('never goes over a limit, in all or in a project', () => {
		fc.assert(
			fc.property(someTasks, someProjects, fc.nat(5), (tasks, projects, maxRunning) => {
				const chosen = chooseReady(tasks, projects, limitsOf(maxRunning), now);
				const busy = tasks.filter(hasSlot);
				if (maxRunning > 0 && chosen.length > 0) expect(busy.length + chosen.length).toBeLessThanOrEqual(maxRunning);
				for (const { id, maxRunning: most } of projects.filter((each) => each.maxRunning > 0)) {
					const mine = chosen.filter((each) => each.projectId === id).length;
					if (mine > 0) expect(mine + busy.filter((each) => each.projectId === id).length).toBeLessThanOrEqual(most);
				}
			}),
		);
	});

	it('never has two tasks at work that conflict, nor one whose dependency is not completed, nor one of an inactive project', () => {
		fc.assert(
			fc.property(someTasks, someProjects, (tasks, projects) => {
				const chosen = chooseReady(tasks, projects, limitsOf(0), now);
				const together = [...tasks.filter(hasSlot), ...chosen];
				for (const each of chosen) {
					expect(together.some((other) => other.id !== each.id && (idsOf(each.conflictsWith).includes(other.id) || idsOf(other.conflictsWith).includes(each.id)))).toBe(false);
					expect(idsOf(each.dependsOn).every((id) => tasks.some((other) => other.id === id && other.status === 'completed'))).toBe(true);
					expect(projects.some((known) => known.id === each.projectId && known.active)).toBe(true);
					expect(each.status).toBe('pending');
				}
			}),
		);
	});

	it('takes the most urgent first, then the oldest', () => {
		const tasks = [task(1, { priority: 'low' }), task(2, { priority: 'high' }), task(3, { priority: 'urgent' }), task(4, { priority: 'high' })];
		expect(ids(chooseReady(tasks, [project(1)], limitsOf(3), now))).toEqual([3, 2, 4]);
	});

	it('sends a task again that nobody took up', () => {
		expect(ids(chooseReady([task(1, { dispatchedAt: '2026-05-01T11:00:00.000Z' }), task(2, { dispatchedAt: '2026-05-01T11:59:00.000Z' })], [project(1)], limitsOf(0), now))).toEqual([1]);
	});
});
