import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Next, Playbook, Position } from '../../core/playbook';
import type { Workspace } from '../../core/session/workspace';
import type { PlaybookFolder } from '../../core/step/folder';
import type { PlaybookState, Project, Task } from '../../core/task/records';
import type { ClaudeSettings } from '../shared/credentials';
import type { Github, Services } from '../shared/services';
import type { StepParameters } from './parameters';
import type { Warnings } from './warnings';

/** One item on its way through the node. */
export interface StepNode {
	readonly context: IExecuteFunctions;
	readonly services: Services;
	readonly github: Github;
	readonly claude: ClaudeSettings;
	readonly parameters: StepParameters;
	readonly input: IDataObject;
	readonly warnings: Warnings;
	readonly signal: AbortSignal;
}

/** The playbook of a task, as it stands now. */
export interface Opened {
	readonly task: Task;
	readonly project: Project;
	readonly row: PlaybookState;
	readonly playbook: Playbook;
	readonly folder: PlaybookFolder;
}

export type StepNext = Extract<Next, { kind: 'step' }>;
export type TreeWorkspace = Workspace & { readonly worktree: NonNullable<Workspace['worktree']> };

const SHOWN_STEP = 300;

/** Which step a person sees in the table as that of now. */
export function standing(playbook: Playbook, position: Position, next: StepNext): Pick<PlaybookState, 'progress' | 'step'> {
	const loop = playbook.loop ? `, loop ${position.loop}` : '';
	return { progress: `step ${next.number} of ${next.of}${loop}`, step: next.step.text.slice(0, SHOWN_STEP) };
}
