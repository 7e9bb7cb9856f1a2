/**
 * Takes the pictures of the README and the docs, and of everything that a user looks at, from a real browser.
 * Those that are committed go to docs/images, the others to .cache/pictures. Run: npm run pictures, or npm run pictures -- docs for the
 * committed ones alone, or npm run pictures -- forms for the pages of the forms.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { openEditor, type EditorView } from '../e2e/support/browser';
import { cacheFolder, repositoryRoot } from '../e2e/support/paths';
import { readWorkflow, workflowNames, WORKFLOWS, type FurtherWorkflow, type WorkflowName } from '../e2e/support/installation';
import { waitFor } from '../e2e/support/poll';
import { openStage, type Stage } from '../e2e/support/stage';
import { say, when } from '../fixtures/model';
import { scripts } from './story';

/** n8n's tabs hang down into the canvas. */
const TABS_HEIGHT = 24;

const folder = join(cacheFolder, 'pictures');

/** Each has a page in docs/ that shows its canvas. */
const FURTHER: readonly FurtherWorkflow[] = ['sentryToTask', 'emailTriage', 'featureDecomposition', 'dailyDigest', 'healthCheck', 'tasks'];
/** So that no node is marked as lacking its credential; nothing is sent. */
const CHOSEN = {
	maestroSentryApi: { clientSecret: 'for the picture' },
	maestroImapApi: { host: '127.0.0.1', port: 143, security: 'none', user: 'support', password: '' },
	maestroSmtpApi: { host: '127.0.0.1', port: 25, security: 'none', user: '', password: '' },
	smtp: { host: '127.0.0.1', port: 25, secure: false, disableStartTls: true, user: '', password: '' },
	imap: { host: '127.0.0.1', port: 143, secure: false, user: 'for the picture', password: 'for the picture' },
};
const ALL: readonly WorkflowName[] = [...workflowNames, ...FURTHER];

async function canvases(stage: Stage, editor: EditorView, suffix: string): Promise<void> {
	for (const name of ALL) await editor.screenshotCanvas(stage.workflow(name), join(folder, `canvas-${name}${suffix}.png`));
}

/** For README and docs: the canvas alone, without n8n's own bars around it. */
async function committed(stage: Stage): Promise<void> {
	const editor = await openEditor(stage.n8n, { width: 1480, height: 800, scale: 1.25 });
	try {
		for (const name of ['taskToPr', ...FURTHER] as const) {
			await editor.screenshotCanvas(stage.workflow(name), join(folder, 'whole.png'));
			const bars = '[data-test-id="canvas-controls"], [data-test-id="execute-workflow-button"], [class*="executionButtons"], [class*="nodeButtonsWrapper"]';
			await editor.page.addStyleTag({ content: `${bars} { visibility: hidden !important; }` });
			const canvas = await editor.page.locator('[data-test-id="canvas"]').first().boundingBox();
			if (canvas === null) throw new Error('There is no canvas.');
			const clip = { ...canvas, y: canvas.y + TABS_HEIGHT, height: canvas.height - 2 * TABS_HEIGHT };
			await editor.page.screenshot({ path: join(repositoryRoot, 'docs/images', `${basename(WORKFLOWS[name], '.json')}.png`), clip });
		}
	} finally {
		await editor.close();
	}
}

async function panels(stage: Stage, editor: EditorView): Promise<void> {
	for (const name of ALL) {
		const { nodes } = await readWorkflow(name);
		for (const node of nodes.filter(({ type }) => !String(type).endsWith('stickyNote') && !String(type).endsWith('noOp'))) {
			await editor.screenshotNode(stage.workflow(name), String(node.name), join(folder, `panel-${name}-${String(node.name).replaceAll(' ', '-')}.png`));
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

/** Sends the page as a person does, and takes the one that follows. */
async function sendPage({ page }: EditorView, name: string): Promise<void> {
	await page.locator('button[type=submit], #submit-btn').first().click();
	await page.waitForTimeout(6_000);
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

async function openForm(stage: Stage, { page }: EditorView, path: string, name: string): Promise<void> {
	await page.goto(`${stage.n8n.url}/form/${path}`);
	await page.waitForTimeout(1_000);
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Strangers' issues, so that the form has something to list. */
async function strangers(stage: Stage): Promise<void> {
	const titles = ['The total of a cart with a discount is wrong', 'Please <b>translate</b> "everything", and do not forget the settings page with all of its tabs'];
	for (const title of titles) {
		const number = stage.github.openIssue({ repository: stage.fullName, title, body: 'Please.', author: 'stranger', association: 'NONE' });
		stage.github.addLabel({ repository: stage.fullName, number }, 'auto');
	}
	await waitFor('their tasks', async () => ((await stage.rows('maestro_tasks')).length >= titles.length ? true : undefined));
}

async function forms(stage: Stage, editor: EditorView): Promise<void> {
	const { user: username, password } = stage.form;
	const { page } = editor;
	await page.context().setHTTPCredentials({ username, password });
	await openForm(stage, editor, 'maestro-setup', 'form');
	await page.locator('input').first().fill(stage.fullName);
	await page.locator('textarea').first().fill('npm ci\nnpm run build');
	await sendPage(editor, 'form-looked-over');
	await sendPage(editor, 'form-done');
	await stage.n8n.client.publish(stage.workflow('tasks'));
	await strangers(stage);
	await openForm(stage, editor, 'maestro-tasks', 'form-tasks');
	await sendPage(editor, 'form-tasks-what');
	await page.locator('select').nth(0).selectOption({ index: 1 });
	await page.locator('select').nth(1).selectOption({ index: 2 });
	await page.screenshot({ path: join(folder, 'form-tasks-chosen.png'), fullPage: true });
	await sendPage(editor, 'form-tasks-done');
	await page.goto(`${stage.n8n.url}/form/maestro-tasks`);
	await page.locator('select').first().selectOption({ index: 2 });
	await sendPage(editor, 'form-tasks-none');
}

async function main(): Promise<void> {
	await mkdir(folder, { recursive: true });
	await mkdir(join(repositoryRoot, 'docs/images'), { recursive: true });
	const stage = await openStage({ scripts: [when(/one word: ready/).turns([say('ready')]), ...scripts], playbooks: true, further: FURTHER, furtherCredentials: CHOSEN });
	try {
		if (process.argv.includes('forms')) {
			const editor = await openEditor(stage.n8n);
			for (const name of ['setup', 'tasks'] as const) await editor.screenshotCanvas(stage.workflow(name), join(folder, `canvas-${name}.png`));
			await forms(stage, editor).finally(async () => await editor.close());
			return;
		}
		await committed(stage);
		if (process.argv.includes('docs')) return;
		const light = await openEditor(stage.n8n);
		try {
			await canvases(stage, light, '');
			await panels(stage, light);
			await credentials(stage, light);
			await forms(stage, light);
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
