import { chromium as playwright, type Page } from 'playwright-core';

import { chromium } from './chromium';
import type { N8n } from './n8n';

const LIMIT_MS = 30_000;

export interface EditorView {
	/** The whole workflow on its canvas, fitted to the window. Writes a PNG. */
	screenshotCanvas(workflowId: string, path: string): Promise<void>;
	/** The opened panel of one node. Writes a PNG. */
	screenshotNode(workflowId: string, nodeName: string, path: string): Promise<void>;
	/** The open page, for anything else. */
	readonly page: Page;
	/** Errors that the page logged so far; n8n's own included. */
	readonly errors: readonly string[];
	close(): Promise<void>;
}

/** Opens n8n's editor as its owner in a real browser. */
export async function openEditor(n8n: N8n, { width = 1600, height = 900, scale = 2, dark = false } = {}): Promise<EditorView> {
	const browser = await playwright.launch({ executablePath: await chromium(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
	try {
		const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, colorScheme: dark ? 'dark' : 'light' });
		// A session belongs to the browser that logged in: n8n refuses the cookie of another one.
		const login = { emailOrLdapLoginId: n8n.login.email, password: n8n.login.password };
		const page = await context.newPage();
		page.setDefaultTimeout(LIMIT_MS);
		const errors: string[] = [];
		page.on('pageerror', (error) => errors.push(error.message));
		await page.goto(`${n8n.url}/signin`);
		await page.evaluate(async (body) => {
			const browserId = localStorage.getItem('n8n-browserId') ?? '';
			const headers = { 'content-type': 'application/json', 'browser-id': browserId };
			const answer = await fetch('/rest/login', { method: 'POST', headers, body: JSON.stringify(body) });
			if (!answer.ok) throw new Error(`The login answered ${answer.status}`);
		}, login);

		const open = async (workflowId: string): Promise<void> => {
			await page.goto(`${n8n.url}/workflow/${workflowId}`);
			await page.locator('[data-test-id="canvas-node"]').first().waitFor();
			await dismissNotices(page);
			await page.locator('[data-test-id="zoom-to-fit"]').click();
			await settled(page);
		};
		return {
			page,
			errors,
			screenshotCanvas: async (workflowId, path) => {
				await open(workflowId);
				await page.screenshot({ path });
			},
			screenshotNode: async (workflowId, nodeName, path) => {
				await open(workflowId);
				await page.locator(`[data-test-id="canvas-node"][data-node-name="${nodeName}"]`).dblclick();
				await page.locator('[data-test-id="ndv"], [data-test-id="ndv-panel"], [data-test-id="node-parameters"]').first().waitFor();
				await settled(page);
				await page.screenshot({ path });
				await page.keyboard.press('Escape');
			},
			close: async () => await browser.close(),
		};
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/** Fonts, icons and the zoom animation. */
async function settled(page: Page): Promise<void> {
	await page.evaluate(async () => {
		await document.fonts.ready;
		await Promise.all(document.getAnimations().map(async (animation) => await animation.finished.catch(() => undefined)));
	});
	await page.waitForTimeout(500);
}

/** Whatever n8n wants to tell a new owner would stand in front of the workflow. */
async function dismissNotices(page: Page): Promise<void> {
	await page.keyboard.press('Escape');
	const closers = page.locator('.el-notification__closeBtn, [data-test-id="close-button"]');
	for (const closer of await closers.all()) if (await closer.isVisible()) await closer.click();
}
