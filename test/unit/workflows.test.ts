/** What a person imports: each file stands by itself, and leaves no output of ours without an end. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { NodeHelpers, type INode, type INodeParameters, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

const root = resolve(__dirname, '../..');
const OURS = 'n8n-nodes-maestro.';

interface WorkflowFile {
	readonly name: string;
	readonly nodes: readonly INode[];
	readonly connections: Readonly<Record<string, { readonly main?: readonly (readonly { readonly node: string }[] | null)[] }>>;
}

const files = readdirSync(join(root, 'workflows')).sort();
const workflows = files.map((file) => ({ file, workflow: JSON.parse(readFileSync(join(root, 'workflows', file), 'utf8')) as WorkflowFile }));

function descriptionOf(type: string): INodeTypeDescription {
	const folder = type.slice(OURS.length).replace(/^./, (first) => first.toUpperCase());
	const loaded: Record<string, new () => INodeType> = jest.requireActual(join(root, 'nodes', folder, `${folder}.node.ts`));
	const Class = loaded[folder];
	if (Class === undefined) throw new Error(`There is no node ${type}`);
	return new Class().description;
}

/** With what n8n fills in, so that only fields that count are asked. */
function filled(node: INode, description: INodeTypeDescription): INodeParameters {
	return NodeHelpers.getNodeParameters(description.properties, node.parameters, true, false, node, description) ?? {};
}

test('each webhook path is used once', () => {
	const paths = workflows.flatMap(({ workflow }) => workflow.nodes.map(({ parameters }) => parameters.path).filter((path) => path !== undefined));
	expect(paths).toEqual([...new Set(paths)]);
	expect(paths).toContain('maestro/sentry');
});

test.each(['sentry-to-task', 'email-triage', 'feature-decomposition', 'daily-digest', 'health-check', 'maestro-tasks'])('%s has a page that shows it, and that the README names', (name) => {
	const pages = readdirSync(join(root, 'docs')).filter((page) => page.endsWith('.md')).map((page) => ({ page, text: readFileSync(join(root, 'docs', page), 'utf8') }));
	const shown = pages.filter(({ text }) => text.includes(`](images/${name}.png)`));
	expect(shown).toHaveLength(1);
	expect(shown[0]?.text).toContain(`${name}.json`);
	expect(statSync(join(root, 'docs/images', `${name}.png`)).size).toBeLessThan(300_000);
	expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`docs/${shown[0]?.page ?? ''}`);
});

describe.each(workflows)('$file', ({ workflow }) => {
	const ours = workflow.nodes.filter(({ type }) => type.startsWith(OURS));

	test('has nodes with names and ids of their own, and no credential of somebody', () => {
		for (const key of ['id', 'name'] as const) expect(new Set(workflow.nodes.map((node) => node[key])).size).toBe(workflow.nodes.length);
		expect(workflow.nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
	});

	test('connects only nodes that are there', () => {
		const names = workflow.nodes.map(({ name }) => name);
		const named = Object.entries(workflow.connections).flatMap(([from, { main = [] }]) => [from, ...main.flatMap((output) => (output ?? []).map(({ node }) => node))]);
		expect(named.filter((name) => !names.includes(name))).toEqual([]);
	});

	test('leaves no output of ours without an end', () => {
		const open = ours.flatMap((node) => {
			const { outputs, outputNames = [] } = descriptionOf(node.type);
			const connected = workflow.connections[node.name]?.main ?? [];
			const count = Array.isArray(outputs) ? outputs.length : 1;
			// A report at the end of a sweep is for whoever looks at the execution.
			if (count === 1 && connected.length === 0) return [];
			return Array.from({ length: count }, (_, index) => index).filter((index) => (connected[index] ?? []).length === 0).map((index) => `${node.name}: ${outputNames[index] ?? index}`);
		});
		expect(open).toEqual([]);
	});

	test('gives our nodes only parameters that they have, and all that they need', () => {
		const wrong = ours.flatMap((node) => {
			const description = descriptionOf(node.type);
			const known = new Set(description.properties.map(({ name }) => name));
			const unknown = Object.keys(node.parameters).filter((name) => !known.has(name));
			const issues = NodeHelpers.getNodeParametersIssues(description.properties, { ...node, parameters: filled(node, description) }, description);
			return [...unknown.map((name) => `${node.name} has no ${name}`), ...Object.values(issues?.parameters ?? {}).flat().map((issue) => `${node.name}: ${issue}`)];
		});
		expect(wrong).toEqual([]);
	});
});
