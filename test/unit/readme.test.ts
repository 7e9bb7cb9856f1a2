/** What the README says is held against what is there, so that it cannot grow old unnoticed. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { ICredentialType, INodeType } from 'n8n-workflow';

import { MINIMUM_VERSION } from '../../core/agent/version';
import { PROTECTED_PATHS } from '../../core/git/policy';
import { MAX_ATTEMPTS } from '../../core/task/reconcile-choice';
import { TABLES } from '../../core/task/records';
import { MaestroClaudeApi } from '../../credentials/MaestroClaudeApi.credentials';
import { MaestroGithubApi } from '../../credentials/MaestroGithubApi.credentials';
import { MaestroImapApi } from '../../credentials/MaestroImapApi.credentials';
import { MaestroN8nApi } from '../../credentials/MaestroN8nApi.credentials';
import { MaestroSentryApi } from '../../credentials/MaestroSentryApi.credentials';
import { MaestroSmtpApi } from '../../credentials/MaestroSmtpApi.credentials';
import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { MaestroAwaitPr } from '../../nodes/MaestroAwaitPr/MaestroAwaitPr.node';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroOpenPr } from '../../nodes/MaestroOpenPr/MaestroOpenPr.node';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { checkHostVersion } from '../../nodes/shared/host-version';
import { API_KEY_SCOPES } from '../e2e/support/installation';
import { REQUIRED } from '../demo/settings';

const root = resolve(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
const manifest: { name: string; version: string; engines: { node: string }; scripts: Record<string, string> } = JSON.parse(read('package.json'));

const nodes: readonly INodeType[] = [new MaestroTrigger(), new MaestroCreateTask(), new MaestroSpawnAgent(), new MaestroRunPlaybookStep(), new MaestroOpenPr(), new MaestroAwaitPr(), new MaestroReconcile(), new Maestro()];
const credentials: readonly ICredentialType[] = [new MaestroClaudeApi(), new MaestroGithubApi(), new MaestroImapApi(), new MaestroN8nApi(), new MaestroSentryApi(), new MaestroSmtpApi()];

/** The part below a heading, up to the next one of its rank. */
function section(heading: string): string {
	const [, after] = readme.split(`\n${heading}\n`);
	if (after === undefined) throw new Error(`The README has no heading "${heading}"`);
	const rank = heading.indexOf(' ');
	return after.split(new RegExp(`\n#{1,${rank}} `))[0] ?? '';
}

/** The cells of each line of the tables in a text, without their heads. */
function rows(text: string): string[][] {
	const lines = text.split('\n').map((line) => line.trim());
	return lines
		.filter((line, index) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line) && !/^\|[-| ]+\|$/.test(lines[index + 1] ?? ''))
		.map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner ?? '');

/** The members of a union of string literals, read from the source: types are gone when a test runs. */
function union(path: string, name: string): string[] {
	const [, body = ''] = new RegExp(`export type ${name} =([^;]*);`).exec(read(path)) ?? [];
	return [...body.matchAll(/'([^']+)'/g)].map(([, member]) => member ?? '');
}

describe('the README', () => {
	test('links only to what is there', () => {
		const targets = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target]) => target ?? '');
		expect(targets).not.toEqual([]);
		expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([]);
		const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '');
		const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));
		expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
	});

	test('shows a picture of a size that loads at once', () => {
		expect(statSync(join(root, 'docs/images/task-to-pr.png')).size).toBeLessThan(300_000);
	});

	test('names only commands that exist', () => {
		const commands = [...`${readme}${read('CONTRIBUTING.md')}`.matchAll(/`npm (?:run )?(?!run\b)([a-z]+)/g)].map(([, name]) => name ?? '');
		expect(commands).toEqual(expect.arrayContaining(['demo', 'test', 'start', 'bench']));
		expect([...new Set(commands)].filter((name) => name !== 'install' && manifest.scripts[name] === undefined)).toEqual([]);
	});

	test('lists every bundled workflow', () => {
		const named = rows(section('## Install')).map(([file = '']) => quoted(file)[0]);
		expect(named.sort()).toEqual(readdirSync(join(root, 'workflows')).sort());
	});

	test('lists every node with its outputs', () => {
		const listed = rows(section('## Nodes')).map(([node, , outputs]) => [node, outputs]);
		const described = nodes.map(({ description }) => [description.displayName, (description.outputNames ?? ['one item for each record']).join(', ')]);
		expect(listed).toEqual(described);
	});

	test('names every credential by its type, and fields that it has', () => {
		for (const { name, displayName, properties } of credentials) {
			const text = section(`### ${displayName} (\`${name}\`)`);
			const labels = [...properties.map((property) => property.displayName), ...properties.flatMap(({ options = [] }) => options.flatMap((option) => ('name' in option ? [option.name] : [])))];
			const bold = [...text.matchAll(/^- \*\*([^*]+)\*\*(?: and \*\*([^*]+)\*\*)?/gm)].flatMap(([, first, second]) => [first, second].filter((label) => label !== undefined));
			expect(bold).not.toEqual([]);
			expect(bold.filter((label) => !labels.includes(label))).toEqual([]);
		}
	});

	test('says which node wants which credential', () => {
		const types = ['maestroN8nApi', 'maestroGithubApi', 'maestroClaudeApi'] as const;
		const table = rows(section('### Which node wants which'));
		expect(table.map(([node]) => node)).toEqual(nodes.map(({ description }) => description.displayName));
		for (const [index, { description }] of nodes.entries()) {
			const [, ...cells] = table[index] ?? [];
			const kinds = types.map((type) => {
				const wanted = description.credentials?.find(({ name }) => name === type);
				return wanted === undefined ? 'never' : wanted.required === true && wanted.displayOptions === undefined ? 'always' : 'sometimes';
			});
			expect([description.displayName, ...types.map((_, column) => (cells[column] === '' ? 'never' : cells[column] === 'always' ? 'always' : 'sometimes'))]).toEqual([description.displayName, ...kinds]);
			const others = (description.credentials ?? []).flatMap(({ name }) => (types.some((type) => type === name) ? [] : [name.replace(/^maestro|Api$/g, '')]));
			expect([description.displayName, (cells[3] ?? '').split(';').map((part) => part.split(':')[0]?.trim()).join().toLowerCase()]).toEqual([description.displayName, others.join().toLowerCase()]);
		}
	});

	test('builds its image of the versions that the tests run, on the Node that n8n asks for', () => {
		const image = section('### In a container');
		const pinned = (path: string): Record<string, string> => (JSON.parse(read(path)) as { dependencies: Record<string, string> }).dependencies;
		const { n8n } = pinned('test/host/package.json');
		expect(image).toContain(`npm install --global n8n@${n8n} @anthropic-ai/claude-code@${pinned('test/host/claude/package.json')['@anthropic-ai/claude-code']}`);
		expect(image).toContain(`FROM node:${manifest.engines.node.replace('>=', '')}-`);
		// An agent may not work as root, and what n8n and Maestro keep lies below the home folder of its user.
		expect(image.indexOf('USER node')).toBeGreaterThan(image.indexOf('RUN install --directory --owner=node --group=node /home/node/.n8n'));
		expect(image).toContain("volumes: ['n8n:/home/node/.n8n']");
	});

	test('installs by hand the file that is packed', () => {
		expect(section('### By hand')).toContain(`./${manifest.name}-${manifest.version}.tgz`);
	});

	test('asks for exactly the scopes of the n8n API key that the demo runs with', () => {
		const scopes = quoted(section('### Maestro n8n API (`maestroN8nApi`)')).filter((text) => /^[a-zA-Z]+:[a-z]+$/.test(text));
		expect(scopes.sort()).toEqual([...API_KEY_SCOPES].sort());
	});

	test('asks for the Claude Code that Maestro asks for, and the n8n', () => {
		expect(section('## What you need')).toContain(`${MINIMUM_VERSION} or later`);
		expect(section('## What you need')).toContain('n8n, 2.39 or later');
		expect(() => checkHostVersion('2.39.0')).not.toThrow();
		expect(() => checkHostVersion('2.38.9')).toThrow('2.39 or later');
	});

	test('lists every error code and every failure of a run', () => {
		const listed = rows(section('## When something goes wrong')).flatMap(([codes = '']) => quoted(codes));
		// `blocked` is the agent's own word for it.
		const raised = [...union('core/errors.ts', 'MaestroErrorCode'), ...union('core/agent/agent.ts', 'AgentFailure'), ...union('core/step/judge.ts', 'StepFailure'), 'blocked'];
		expect(raised.length).toBeGreaterThan(40);
		expect([...listed].sort()).toEqual(raised.sort());
	});

	test('lists the data tables and the protected paths', () => {
		const tables = quoted(section('## Operating it')).filter((text) => /^maestro_[a-z_]+$/.test(text));
		expect([...new Set(tables)].sort()).toEqual(Object.keys(TABLES).sort());
		expect(quoted(section('## Safety'))).toEqual(expect.arrayContaining([...PROTECTED_PATHS]));
	});

	test('says how often a task is started again', () => {
		expect(MAX_ATTEMPTS).toBe(5);
		expect(section('## Operating it')).toContain('After five such starts');
	});

	test('names the variables that npm start asks for', () => {
		expect(quoted(section('## Development'))).toEqual(expect.arrayContaining(Object.keys(REQUIRED)));
	});
});
