import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openPlaybookFolder, type PlaybookFolder } from '../../../core/step/folder';

let root: string;
let folder: PlaybookFolder;
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'maestro-folder-')));
	folder = openPlaybookFolder(root, 7, 'docs/play');
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

describe('the folder of a playbook', () => {
	it('holds the copies of one playbook of one task', async () => {
		await folder.write([{ name: '1_A', text: '- [ ] a' }]);
		expect(await folder.read('1_A')).toBe('- [ ] a');
		expect(folder.path.startsWith(join(root, 'playbooks', '7'))).toBe(true);
		const others = [openPlaybookFolder(root, 8, 'docs/play'), openPlaybookFolder(root, 7, 'docs-play'), openPlaybookFolder(root, 7, '../../play'), openPlaybookFolder(root, 7, '')];
		expect(new Set([folder, ...others].map(({ path }) => path)).size).toBe(5);
		for (const { path } of others) expect(path.startsWith(join(root, 'playbooks'))).toBe(true);
		expect(await others[0]?.read('1_A')).toBeUndefined();
	});

	it('gives every name a file of its own, inside of it', async () => {
		const names = ['plain', 'a/b', 'a-b', 'a:b', '../../up', '..', '', 'Ünïcode ✓', 'x'.repeat(300), `${'x'.repeat(300)}y`];
		await folder.write(names.map((name) => ({ name, text: `of ${name}` })));
		for (const name of names) expect(await folder.read(name)).toBe(`of ${name}`);
		expect(await readdir(folder.path)).toHaveLength(names.length);
		expect(folder.documentPath('plain')).toBe(join(folder.path, 'plain.md'));
	});

	it.each<[string, (path: string, outside: string) => Promise<void>]>([
		['a link to a file', async (path, outside) => await symlink(outside, path)],
		['a link to nowhere', async (path) => await symlink('/nowhere', path)],
		['a folder', async (path) => {
			await mkdir(path);
		}],
		['a folder with files', async (path) => {
			await mkdir(path);
			await writeFile(join(path, 'a'), '');
		}],
	])('puts a copy back where the agent put %s, and reads nothing there', async (_, replaceWith) => {
		const outside = join(root, 'outside');
		await writeFile(outside, 'secret');
		await folder.write([{ name: 'a', text: 'before' }]);
		await rm(join(folder.path, 'a.md'));
		await replaceWith(join(folder.path, 'a.md'), outside);
		expect(await folder.read('a')).toBeUndefined();
		await folder.write([{ name: 'a', text: 'after' }]);
		expect(await folder.read('a')).toBe('after');
		expect(await readFile(outside, 'utf8')).toBe('secret');
	});

	it('is made anew where the agent put a link in its place or removed it', async () => {
		const elsewhere = join(root, 'elsewhere');
		await mkdir(elsewhere);
		await folder.write([{ name: 'a', text: 'before' }]);
		await rm(folder.path, { recursive: true });
		await symlink(elsewhere, folder.path);
		await folder.write([{ name: 'a', text: 'after' }]);
		await folder.keep('kept.md', 'kept');
		expect(await readdir(elsewhere)).toEqual([]);
		expect(await folder.read('a')).toBe('after');
		await rm(join(root, 'playbooks'), { recursive: true });
		expect(await folder.read('a')).toBeUndefined();
	});

	it('keeps finished copies below runs, and follows no link there', async () => {
		const elsewhere = join(root, 'elsewhere');
		await mkdir(elsewhere);
		await folder.write([]);
		await symlink(elsewhere, join(folder.path, 'runs'));
		await folder.keep('a/b-loop-1.md', 'kept');
		expect(await readdir(join(folder.path, 'runs'))).toEqual(['a-b-loop-1.md']);
		expect(await readdir(elsewhere)).toEqual([]);
	});

	it('reads no copy that has grown beyond all bounds', async () => {
		await folder.write([{ name: 'a', text: 'x'.repeat(5 * 1024 * 1024) }]);
		expect(await folder.read('a')).toBeUndefined();
	});
});

describe('a file for a person to look at', () => {
	it('is found by its path in the folder or its whole path', async () => {
		await folder.write([{ name: 'a', text: 'text' }]);
		await mkdir(join(folder.path, 'deep/er'), { recursive: true });
		await writeFile(join(folder.path, 'deep/er/plan.txt'), 'plan');
		expect(await Promise.all(['a.md', './a.md', 'deep/er/plan.txt', 'deep/../a.md', join(folder.path, 'deep/er/plan.txt')].map(folder.file))).toEqual(['text', 'text', 'plan', 'text', 'plan']);
	});

	it('is none outside of the folder, behind a link, or where there is no file', async () => {
		await folder.write([{ name: 'a', text: 'text' }]);
		await writeFile(join(root, 'outside.md'), 'secret');
		await symlink(root, join(folder.path, 'link'));
		await symlink(join(root, 'outside.md'), join(folder.path, 'link.md'));
		const paths = ['', '.', './', '/', '//', 'link/', '..', '../../../outside.md', join(root, 'outside.md'), `${folder.path}/../../../outside.md`, 'link/outside.md', 'link.md', 'none.md', 'link'];
		expect(await Promise.all(paths.map(folder.file))).toEqual(paths.map(() => undefined));
	});
});

test('its fingerprint changes with every file that comes, goes or changes, however deep', async () => {
	await folder.write([{ name: 'a', text: 'text' }]);
	const prints = [await folder.fingerprint(), await folder.fingerprint()];
	expect(prints[0]).toBe(prints[1]);
	await mkdir(join(folder.path, 'deep'));
	await writeFile(join(folder.path, 'deep/new'), '1');
	prints.push(await folder.fingerprint());
	await writeFile(join(folder.path, 'deep/new'), '22');
	prints.push(await folder.fingerprint());
	await rm(join(folder.path, 'a.md'));
	prints.push(await folder.fingerprint());
	expect(new Set(prints).size).toBe(4);
});

describe('the originals', () => {
	it('lie apart, and come back as they were, in their order, whatever is in them', async () => {
		const documents = Array.from({ length: 12 }, (_, index) => ({ name: `${index}_X/../y`, text: `"\\\u0000 ${index}\r\n` }));
		await folder.originals.save(documents);
		expect(await folder.originals.load()).toEqual(documents);
		expect(await readdir(join(root, 'playbooks')).catch(() => [])).toEqual([]);
		await folder.originals.save([{ name: 'one', text: '' }]);
		expect(await folder.originals.load()).toEqual([{ name: 'one', text: '' }]);
	});

	it('that are broken, of another shape or gone are left out', async () => {
		expect(await folder.originals.load()).toEqual([]);
		await folder.originals.save([{ name: 'one', text: '1' }, { name: 'two', text: '2' }, { name: 'three', text: '3' }]);
		const [name = ''] = await readdir(join(root, 'playbooks-originals/7'));
		const at = join(root, 'playbooks-originals/7', name);
		await writeFile(join(at, '0001.json'), '{"name":');
		await writeFile(join(at, '0002.json'), '{"name":"two","text":2}');
		expect(await folder.originals.load()).toEqual([{ name: 'three', text: '3' }]);
	});

	it('may be as large as a document may be, each of its characters escaped', async () => {
		const text = '\u0001'.repeat(2 * 1024 * 1024);
		await folder.originals.save([{ name: 'one', text }]);
		expect((await folder.originals.load())[0]?.text).toHaveLength(text.length);
	});
});
