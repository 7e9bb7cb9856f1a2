import { type Setting, workflowOf } from './workflow';

import { WorkflowExecute } from 'n8n-core';
import { createRunExecutionData, type IBinaryKeyData, type IDataObject, type INodeExecutionData, type INodeType, type IRun } from 'n8n-workflow';

export interface NodeRun {
	/** The JSON of the items, per output. */
	readonly outputs: IDataObject[][];
	/** The items with binary data and pairedItem. */
	readonly items: INodeExecutionData[][];
	/** What the node threw, as n8n shows it. */
	readonly error: (Error & { description?: string | null; context?: IDataObject }) | undefined;
	/** Set when the node parked the execution. */
	readonly waitTill: Date | undefined;
	readonly metadata: unknown;
	readonly run: IRun;
}

export interface RunOptions extends Setting {
	/** JSON of the input items; default one empty item. */
	readonly input?: readonly IDataObject[];
	/** Files of the input items, in their order. */
	readonly binary?: readonly IBinaryKeyData[];
	/** Aborting it is n8n's Stop button. */
	readonly signal?: AbortSignal;
}

/** Runs one node in n8n-core, as an execution of a workflow that holds only it. */
export async function runNode(nodeType: INodeType, options: RunOptions = {}): Promise<NodeRun> {
	const { node, workflow, additionalData, mode } = workflowOf(nodeType, options);
	const input = (options.input ?? [{}]).map((json, item) => ({ json, binary: options.binary?.[item], pairedItem: { item } }));
	const runExecutionData = createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node, data: { main: [input] }, source: null }] },
		resumeToken: 'resume-token',
	});
	const execution = new WorkflowExecute(additionalData, mode, runExecutionData).processRunExecutionData(workflow);
	const stop = (): void => execution.cancel();
	options.signal?.addEventListener('abort', stop, { once: true });
	try {
		const run = await execution;
		const task = run.data.resultData.runData[node.name]?.at(-1);
		const items = (task?.data?.main ?? []).map((output) => output ?? []);
		return {
			outputs: items.map((output) => output.map(({ json }) => json)),
			items,
			error: run.data.resultData.error ?? task?.error,
			waitTill: run.waitTill ?? undefined,
			metadata: task?.metadata,
			run,
		};
	} finally {
		options.signal?.removeEventListener('abort', stop);
	}
}
