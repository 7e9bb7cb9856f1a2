import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type EditorView, openEditor } from './support/browser';
import { type N8n, startN8n } from './support/n8n';
import type { WorkflowJson } from './support/workflows';

const small: WorkflowJson = {
	name: 'Small',
	nodes: [
		{ id: 'a', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{ id: 'b', name: 'Maestro', type: 'n8n-nodes-maestro.maestro', typeVersion: 1, position: [220, 0], parameters: {} },
	],
	connections: { Start: { main: [[{ node: 'Maestro', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

describe('the editor in a real browser', () => {
	let n8n: N8n | undefined;
	let editor: EditorView | undefined;
	const pictures = mkdtempSync(join(tmpdir(), 'maestro-pictures-'));
	beforeAll(async () => {
		n8n = await startN8n();
		editor = await openEditor(n8n);
	}, 900_000);
	afterAll(async () => {
		await editor?.close();
		await n8n?.stop();
		rmSync(pictures, { recursive: true });
	}, 60_000);

	test('shows a workflow with one of our nodes, and the panel of that node', async () => {
		if (n8n === undefined || editor === undefined) throw new Error('n8n or the browser did not start.');
		const id = await n8n.client.importWorkflow(small);
		await editor.screenshotCanvas(id, join(pictures, 'canvas.png'));
		expect(await editor.page.locator('[data-test-id="canvas-node"]').count()).toBe(2);
		await editor.screenshotNode(id, 'Maestro', join(pictures, 'node.png'));
		expect(statSync(join(pictures, 'canvas.png')).size).toBeGreaterThan(10_000);
		expect(statSync(join(pictures, 'node.png')).size).toBeGreaterThan(10_000);
		expect(editor.errors).toEqual([]);
	}, 120_000);
});
