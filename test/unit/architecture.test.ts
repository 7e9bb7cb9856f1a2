import { isBuiltin } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import ts from 'typescript';

const root = resolve(__dirname, '../..');
const LONG_FILE_LINES = 300;

interface Import {
	/** As written. */
	readonly name: string;
	/** Folder and file in this repository, for a relative import. */
	readonly path: string | undefined;
	readonly typeOnly: boolean;
	readonly names: readonly string[];
}

interface Source {
	readonly path: string;
	readonly text: string;
	readonly tree: ts.SourceFile;
	readonly imports: readonly Import[];
}

const sources = ['core', 'nodes', 'credentials'].flatMap((folder) => filesBelow(folder)).map(read);
const under = (...folders: string[]): Source[] => sources.filter(({ path }) => folders.some((folder) => path.startsWith(folder)));
const pure = sources.filter(({ path }) => /^core\/(playbook|task|signal|report)\//.test(path) || /^core\/github\/(pull-request-state|verdict)/.test(path));

test('there are sources to look at', () => {
	expect(under('core/').length).toBeGreaterThan(10);
	expect(under('nodes/').length).toBeGreaterThan(10);
	expect(pure.length).toBeGreaterThan(3);
});

describe('imports run one way', () => {
	test('core imports neither n8n, nor nodes, nor credentials', () => {
		const wrong = violations(under('core/'), ({ name, path }) => /^n8n-/.test(name) || (path !== undefined && !path.startsWith('core/')));
		expect(wrong).toEqual([]);
	});

	test('nodes do not import each other, and what they share imports none of them', () => {
		const wrong = violations(under('nodes/'), ({ path }, source) => {
			const [, from] = source.path.split('/');
			const [top, to] = path?.split('/') ?? [];
			return top === 'nodes' && to !== from && to !== 'shared';
		});
		expect(wrong).toEqual([]);
	});

	test('a *.node.ts imports only from its own folder', () => {
		const nodes = sources.filter(({ path }) => path.endsWith('.node.ts'));
		const wrong = violations(nodes, ({ path }, source) => path !== undefined && dirname(path) !== dirname(source.path));
		expect(wrong).toEqual([]);
	});

	test('credentials import nothing of ours', () => {
		expect(violations(under('credentials/'), ({ path }) => path !== undefined && !path.startsWith('credentials/'))).toEqual([]);
	});

	test('nothing that is published imports what tests use', () => {
		expect(violations(sources, ({ path }) => path !== undefined && /^(test|tools)\//.test(path))).toEqual([]);
	});

	test('no two files import each other, directly or around a corner', () => {
		expect(findCycles()).toEqual([]);
	});
});

test('each third-party package has exactly one importing module', () => {
	const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const declared = typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest ? Object.keys(Object(manifest.dependencies)) : [];
	const importers = new Map<string, Set<string>>(declared.map((name) => [name, new Set()]));
	for (const source of sources) {
		for (const { name, path, typeOnly } of source.imports) {
			if (path !== undefined || typeOnly || isBuiltin(name) || name.startsWith('n8n-workflow')) continue;
			const [first = '', second = ''] = name.split('/');
			const packageName = first.startsWith('@') ? `${first}/${second}` : first;
			const known = importers.get(packageName) ?? new Set();
			known.add(source.path);
			importers.set(packageName, known);
		}
	}
	const wrong = [...importers].filter(([name, files]) => files.size !== 1 || !declared.includes(name)).map(([name, files]) => `${name}: ${[...files].join(', ')}`);
	expect(wrong).toEqual([]);
});

describe('what decides does nothing else', () => {
	test('the pure parts import no disk, clock, network, process or chance', () => {
		const allowed = new Set(['node:crypto', 'node:path', 'node:util', 'node:buffer', 'node:url']);
		const chance = new Set(['randomBytes', 'randomInt', 'randomUUID']);
		const wrong = violations(pure, ({ name, path, names, typeOnly }) => {
			if (typeOnly) return false;
			if (path !== undefined) return /^core\/(process|agent|git|session)\//.test(path);
			return isBuiltin(name) && (!allowed.has(name) || names.some((imported) => chance.has(imported)));
		});
		expect(wrong).toEqual([]);
	});

	test('the pure parts read no clock, environment or chance', () => {
		expect(pure.flatMap((source) => impureExpressions(source).map((found) => `${source.path}: ${found}`))).toEqual([]);
	});

	test('only core/process starts processes', () => {
		const wrong = violations(sources, ({ name, typeOnly }, { path }) => !typeOnly && /^(node:)?child_process$/.test(name) && !path.startsWith('core/process/'));
		expect(wrong).toEqual([]);
	});
});

test(`no file is longer than ${LONG_FILE_LINES} lines, and most are under 150`, () => {
	const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length }));
	expect(lengths.filter(({ lines }) => lines > LONG_FILE_LINES)).toEqual([]);
	expect(lengths.filter(({ lines }) => lines >= 150).length).toBeLessThan(lengths.length / 4);
});

function violations(from: readonly Source[], isWrong: (found: Import, source: Source) => boolean): string[] {
	return from.flatMap((source) => source.imports.filter((found) => isWrong(found, source)).map((found) => `${source.path} imports ${found.name}`));
}

function filesBelow(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
		.map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function read(path: string): Source {
	const text = readFileSync(join(root, path), 'utf8');
	const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
	const imports: Import[] = [];
	walk(tree, (node) => {
		const found = importOf(node);
		if (found === undefined) return;
		const path_ = found.name.startsWith('.') ? relative(root, resolve(root, dirname(path), found.name)).replace(/\.js$/, '') : undefined;
		imports.push({ ...found, path: path_ });
	});
	return { path, text, tree, imports };
}

/** Static imports and re-exports, `import()` and `require()`. */
function importOf(node: ts.Node): Omit<Import, 'path'> | undefined {
	if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
		const bindings = node.importClause?.namedBindings;
		const named = bindings !== undefined && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
		const allTypes = named.length > 0 && node.importClause?.name === undefined && named.every(({ isTypeOnly }) => isTypeOnly);
		const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes;
		return { name: node.moduleSpecifier.text, typeOnly, names: named.map(({ name, propertyName }) => (propertyName ?? name).text) };
	}
	if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
		return { name: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, names: [] };
	}
	if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')) {
		const [first] = node.arguments;
		if (first !== undefined && ts.isStringLiteral(first)) return { name: first.text, typeOnly: false, names: [] };
	}
	return undefined;
}

function impureExpressions({ tree }: Source): string[] {
	const found: string[] = [];
	walk(tree, (node) => {
		const isNow = ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random|performance\.now)$/.test(node.getText());
		const isNewDate = ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
		const isGlobal =
			ts.isIdentifier(node) &&
			/^(process|fetch|setTimeout|setInterval|setImmediate)$/.test(node.text) &&
			!ts.isPropertyAssignment(node.parent) &&
			!(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
			!ts.isPropertySignature(node.parent);
		if (isNow || isNewDate || isGlobal) found.push(node.getText());
	});
	return found;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
	visit(node);
	ts.forEachChild(node, (child) => walk(child, visit));
}

/** Cycles of value imports (types are gone when the code runs). */
function findCycles(): string[] {
	const byPath = new Map(sources.map((source) => [source.path.replace(/\.ts$/, ''), source]));
	const done = new Set<string>();
	const cycles: string[] = [];
	const visit = (path: string, trail: readonly string[]): void => {
		if (trail.includes(path)) {
			cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
			return;
		}
		if (done.has(path)) return;
		for (const found of byPath.get(path)?.imports ?? []) {
			if (found.typeOnly || found.path === undefined) continue;
			const target = byPath.has(found.path) ? found.path : `${found.path}/index`;
			if (byPath.has(target)) visit(target, [...trail, path]);
		}
		done.add(path);
	};
	for (const path of byPath.keys()) visit(path, []);
	return cycles;
}
