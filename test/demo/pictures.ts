/**
 * Takes the pictures of the README, and of everything that a user looks at, from a real browser.
 * Those that are committed go to docs/images, the others to .cache/pictures. Run: npm run pictures, or npm run pictures -- readme for the
 * committed ones alone.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { openEditor, type EditorView } from '../e2e/support/browser';
import { cacheFolder, repositoryRoot } from '../e2e/support/paths';
import { readWorkflow, workflowNames } from '../e2e/support/installation';
import { openStage, type Stage } from '../e2e/support/stage';
import { say, when } from '../fixtures/model';
import { scripts } from './story';

/** n8n's tabs hang down into the canvas. */
const TABS_HEIGHT = 24;

const folder = join(cacheFolder, 'pictures');

async function canvases(stage: Stage, editor: EditorView, suffix: string): Promise<void> {
	for (const name of workflowNames) await editor.screenshotCanvas(stage.workflows[name], join(folder, `canvas-${name}${suffix}.png`));
}

/** The picture in the README: the canvas alone, without n8n's own bars around it. */
async function pictureForReadme(stage: Stage): Promise<void> {
	const editor = await openEditor(stage.n8n, { width: 1480, height: 800, scale: 1.25 });
	try {
		await editor.screenshotCanvas(stage.workflows.taskToPr, join(folder, 'whole.png'));
		const bars = '[data-test-id="canvas-controls"], [data-test-id="execute-workflow-button"], [class*="executionButtons"], [class*="nodeButtonsWrapper"]';
		await editor.page.addStyleTag({ content: `${bars} { visibility: hidden !important; }` });
		const canvas = await editor.page.locator('[data-test-id="canvas"]').first().boundingBox();
		if (canvas === null) throw new Error('There is no canvas.');
		const clip = { ...canvas, y: canvas.y + TABS_HEIGHT, height: canvas.height - 2 * TABS_HEIGHT };
		await editor.page.screenshot({ path: join(repositoryRoot, 'docs/images/task-to-pr.png'), clip });
	} finally {
		await editor.close();
	}
}

async function panels(stage: Stage, editor: EditorView): Promise<void> {
	for (const name of workflowNames) {
		const { nodes } = await readWorkflow(name);
		for (const node of nodes.filter(({ type }) => !String(type).endsWith('stickyNote') && !String(type).endsWith('noOp'))) {
			await editor.screenshotNode(stage.workflows[name], String(node.name), join(folder, `panel-${name}-${String(node.name).replaceAll(' ', '-')}.png`));
		}
	}
}

async function credentials(stage: Stage, { page }: EditorView): Promise<void> {
	for (const [type, { id }] of Object.entries(stage.credentials)) {
		await page.goto(`${stage.n8n.url}/home/credentials/${id}`);
		await page.locator('[data-test-id="editCredential-modal"]').waitFor();
		// n8n tests a stored credential as soon as its dialog opens.
		await page.getByText(/tested successfully|Couldn.t connect/).first().waitFor({ state: 'visible' }).catch(() => undefined);
		await page.screenshot({ path: join(folder, `credential-${type}.png`) });
	}
}

async function form(stage: Stage, { page }: EditorView): Promise<void> {
	const { user: username, password } = stage.form;
	await page.context().setHTTPCredentials({ username, password });
	await page.goto(`${stage.n8n.url}/form/maestro-setup`);
	await page.waitForTimeout(1_000);
	await page.screenshot({ path: join(folder, 'form.png'), fullPage: true });
	await page.locator('input').first().fill(stage.fullName);
	await page.locator('button[type=submit], #submit-btn').first().click();
	await page.waitForTimeout(6_000);
	await page.screenshot({ path: join(folder, 'form-done.png'), fullPage: true });
}

async function main(): Promise<void> {
	await mkdir(folder, { recursive: true });
	await mkdir(join(repositoryRoot, 'docs/images'), { recursive: true });
	const stage = await openStage({ scripts: [when(/one word: ready/).turns([say('ready')]), ...scripts] });
	try {
		await pictureForReadme(stage);
		if (process.argv.includes('readme')) return;
		const light = await openEditor(stage.n8n);
		try {
			await canvases(stage, light, '');
			await panels(stage, light);
			await credentials(stage, light);
			await form(stage, light);
		} finally {
			await light.close();
		}
		const dark = await openEditor(stage.n8n, { dark: true });
		try {
			await canvases(stage, dark, '-dark');
		} finally {
			await dark.close();
		}
	} finally {
		await stage.close();
	}
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.exitCode = 1;
});
