/** Looks for secrets where they must not be: files, git objects, a database, and the processes of a moment. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A secret by its name, and every way in which it may be written down. */
export interface Needle {
	readonly name: string;
	readonly forms: readonly string[];
}

/** Base64 of a text in which the secret begins at any offset: without the characters that the text around it has a part in. */
function base64Forms(secret: string, encoding: 'base64' | 'base64url'): string[] {
	return [0, 1, 2].map((offset) => {
		const whole = Buffer.from('\0'.repeat(offset) + secret).toString(encoding).replaceAll('=', '');
		return whole.slice(Math.ceil((offset * 4) / 3), whole.length - 2);
	});
}

export function needle(name: string, secret: string): Needle {
	const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...base64Forms(secret, 'base64'), ...base64Forms(secret, 'base64url')];
	return { name, forms: [...new Set(forms)] };
}

export function findIn(content: Buffer, needles: readonly Needle[]): string[] {
	return needles.filter(({ forms }) => forms.some((form) => content.includes(form))).map(({ name }) => name);
}

/** Every file below a folder, without following links. */
export function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return filesBelow(path);
		return entry.isFile() ? [path] : [];
	});
}

/** `file: name of the secret` for each that is found in a file, in its path, or packed in a git object. */
export function scanFiles(folder: string, needles: readonly Needle[]): string[] {
	const files = filesBelow(folder);
	const found = files.flatMap((path) => findIn(Buffer.concat([Buffer.from(path), readFileSync(path)]), needles).map((name) => `${path}: ${name}`));
	return [...found, ...gitFolders(files).flatMap((git) => scanGitObjects(git, needles))];
}

/** Folders that hold the objects of a repository: worktrees only point to one. */
function gitFolders(files: readonly string[]): string[] {
	return [...new Set(files.filter((path) => basename(path) === 'HEAD').map((path) => dirname(path)))].filter((folder) => isFolder(join(folder, 'objects')));
}

function isFolder(path: string): boolean {
	return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function scanGitObjects(git: string, needles: readonly Needle[]): string[] {
	const objects = execFileSync('git', [`--git-dir=${git}`, 'cat-file', '--batch-all-objects', '--batch', '--unordered'], { maxBuffer: 256 * 1024 * 1024 });
	return findIn(objects, needles).map((name) => `an object of ${git}: ${name}`);
}

interface Table {
	readonly name: string;
	readonly columns: readonly string[];
}

/** n8n's own database. Node brings SQLite from 22.5 on; the test runner does not know it by name. */
export class Database {
	private readonly database: InstanceType<typeof import('node:sqlite').DatabaseSync>;

	constructor(path: string) {
		this.database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(path, { readOnly: true });
	}

	rows(query: string): Record<string, unknown>[] {
		return this.database.prepare(query).all().map((row) => ({ ...row }));
	}

	tables(): Table[] {
		return this.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").map(({ name }) => ({
			name: String(name),
			columns: this.rows(`PRAGMA table_info("${String(name)}")`).map((column) => String(column.name)),
		}));
	}

	/** `table.column: name of the secret`, value by value, so that nothing hides across the pages of the file. */
	scan(needles: readonly Needle[], except: readonly string[] = []): string[] {
		const found = new Set<string>();
		for (const { name, columns } of this.tables()) {
			for (const row of this.rows(`SELECT * FROM "${name}"`)) {
				for (const column of columns.filter((each) => !except.includes(`${name}.${each}`))) {
					const value = row[column];
					const content = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(typeof value === 'string' ? value : '');
					for (const secret of findIn(content, needles)) found.add(`${name}.${column}: ${secret}`);
				}
			}
		}
		return [...found];
	}

	close(): void {
		this.database.close();
	}
}

export interface SeenProcess {
	readonly pid: number;
	readonly parent: number;
	readonly command: Buffer;
	readonly environment: Buffer;
}

/** All processes of this user as they are now. */
export function lookAtProcesses(): SeenProcess[] {
	return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
		try {
			const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
			const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
			return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`), environment: readFileSync(`/proc/${name}/environ`) }];
		} catch {
			return []; // It ended meanwhile, or belongs to someone else.
		}
	});
}

/** Those whose command line names `mark`, with all that descends from them. */
export function treeOf(processes: readonly SeenProcess[], mark: string): SeenProcess[] {
	const inside = new Set(processes.filter(({ command }) => command.includes(mark)).map(({ pid }) => pid));
	for (let before = -1; before !== inside.size; ) {
		before = inside.size;
		for (const { pid, parent } of processes) if (inside.has(parent)) inside.add(pid);
	}
	return processes.filter(({ pid }) => inside.has(pid));
}
