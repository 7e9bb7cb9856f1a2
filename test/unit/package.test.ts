import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

import type { ICredentialType, INodeProperties, INodeType, INodeTypeDescription } from 'n8n-workflow';

const root = resolve(__dirname, '../..');
const manifest: { n8n: { nodes: string[]; credentials: string[] }; files: string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const nodeFiles = below('nodes').filter((path) => path.endsWith('.node.ts'));
const credentialFiles = below('credentials').filter((path) => path.endsWith('.credentials.ts'));
const nodes = nodeFiles.map((path) => ({ path, description: describedBy(path) }));
const credentials = credentialFiles.map((path) => ({ path, credential: instance(path, '.credentials.ts') as ICredentialType }));

describe('package.json', () => {
	test('lists every node and no other', () => {
		expect([...manifest.n8n.nodes].sort()).toEqual(nodeFiles.map(compiled).sort());
	});

	test('lists every credential and no other', () => {
		expect([...manifest.n8n.credentials].sort()).toEqual(credentialFiles.map(compiled).sort());
	});

	test('packs only what runs', async () => {
		const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
		const parsed: unknown = JSON.parse(stdout);
		const [entry] = Array.isArray(parsed) ? parsed : Object.values(Object(parsed));
		const packed: string[] = (entry as { files: { path: string }[] }).files.map(({ path }) => path);
		const wrong = packed.filter((path) => !/^((dist|workflows|playbooks)\/|(index\.js|README\.md|LICENSE|package\.json)$)/.test(path));
		expect(wrong).toEqual([]);
		expect(packed).toEqual(expect.arrayContaining(['index.js', 'LICENSE', 'package.json']));
		expect(packed).toEqual(expect.arrayContaining(below('playbooks')));
		expect(packed.filter((path) => /\.(ts|tsbuildinfo|map)$|(^|\/)test\//.test(path))).toEqual([]);
	}, 60_000);
});

describe.each(nodes)('the node $path', ({ path, description }) => {
	const folder = dirname(path);

	test('is named after its file', () => {
		const name = basename(path, '.node.ts');
		expect(description.name).toBe(name.charAt(0).toLowerCase() + name.slice(1));
		expect(basename(folder)).toBe(name);
	});

	test('has a codex file with its own name', () => {
		const codex: unknown = JSON.parse(readFileSync(join(root, path.replace(/\.ts$/, '.json')), 'utf8'));
		expect(codex).toMatchObject({ node: `n8n-nodes-maestro.${description.name}`, categories: expect.any(Array) });
	});

	test('has an icon for the light and one for the dark theme', () => {
		expectIcons(folder, description.icon);
	});

	test('says of every parameter what it is', () => {
		expect(undescribed(description.properties)).toEqual([]);
	});

	test('asks only for credentials of this package', () => {
		const own = credentials.map(({ credential }) => credential.name);
		expect((description.credentials ?? []).map(({ name }) => name).filter((name) => !own.includes(name))).toEqual([]);
	});

	test('says in its subtitle and description what it does', () => {
		expect(description.subtitle).toBeTruthy();
		expect(description.description.length).toBeGreaterThan(20);
	});
});

describe.each(credentials)('the credential $path', ({ path, credential }) => {
	test('is named after its file', () => {
		const name = basename(path, '.credentials.ts');
		expect(credential.name).toBe(name.charAt(0).toLowerCase() + name.slice(1));
	});

	test('has an icon for the light and one for the dark theme', () => {
		expectIcons(dirname(path), credential.icon);
	});

	test('says of every field what it is, and hides every secret', () => {
		expect(undescribed(credential.properties)).toEqual([]);
		const open = credential.properties.filter(({ name, typeOptions }) => /token|secret|apikey|password/i.test(name) && typeOptions?.password !== true);
		expect(open.map(({ name }) => name)).toEqual([]);
	});

	test('is tested in its dialog', () => {
		const testedByNode = nodes.some(({ description }) => description.credentials?.some(({ name, testedBy }) => name === credential.name && testedBy !== undefined));
		expect(credential.test !== undefined || testedByNode).toBe(true);
	});
});

function below(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function compiled(path: string): string {
	return `dist/${path.replace(/\.ts$/, '.js')}`;
}

/** n8n makes its instance the same way: the class is named as the file. */
function instance(path: string, suffix: string): unknown {
	const loaded: Record<string, new () => unknown> = jest.requireActual(join(root, path));
	const Class = loaded[basename(path, suffix)];
	if (Class === undefined) throw new Error(`${path} exports no class named as the file`);
	return new Class();
}

function describedBy(path: string): INodeTypeDescription {
	return (instance(path, '.node.ts') as INodeType).description;
}

function expectIcons(folder: string, icon: INodeTypeDescription['icon']): void {
	expect(icon).toMatchObject({ light: expect.stringMatching(/^file:.+\.svg$/), dark: expect.stringMatching(/^file:.+\.svg$/) });
	const files = Object.values(Object(icon)).map((name) => join(root, folder, String(name).replace(/^file:/, '')));
	expect(files.filter((file) => !existsSync(file))).toEqual([]);
	expect(new Set(files).size).toBe(2);
}

/** Names of the parameters without a description, at any depth. A collection's fields have theirs; resource and operation explain themselves by their options. */
function undescribed(properties: readonly INodeProperties[]): string[] {
	return properties.flatMap((property) => {
		const isBare = !property.description && !['notice', 'hidden', 'collection', 'fixedCollection'].includes(property.type) && !['resource', 'operation'].includes(property.name);
		const nested = (property.options ?? []).flatMap((option) => {
			if ('values' in option) return option.values;
			return 'type' in option ? [option] : [];
		});
		return [...(isBare ? [property.name] : []), ...undescribed(nested)];
	});
}
