/**
 * Measures what the package promises: `npm run bench`, or `npm run bench -- worktree reader` for some of it. Prints each figure
 * beside its target; a missed target is a line in the table and no failure, since the machine at hand decides about times.
 */
import type { Figure, Measured } from './figure';

const FIGURES: Readonly<Record<string, () => Promise<Figure>>> = {
	reader: async () => (await import('./reader.js')).figure,
	playbook: async () => (await import('./playbook.js')).figure,
	loading: async () => (await import('./loading.js')).figure,
	worktree: async () => (await import('./worktree.js')).figure,
	spawn: async () => (await import('./spawn.js')).figure,
	step: async () => (await import('./step.js')).figure,
	webhook: async () => (await import('./webhook.js')).figure,
	many: async () => (await import('./many.js')).figure,
	storm: async () => (await import('./storm.js')).figure,
};

const print = (line: string): void => console.log(line);

function table(rows: readonly Measured[]): string[] {
	const verdict = (row: Measured): string => (row.met === undefined ? '' : row.met ? 'met' : 'missed');
	const cells = [['figure', 'target', 'measured', ''], ...rows.map((row) => [row.what, row.target, row.value, verdict(row)])];
	const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
	return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ').trimEnd());
}

async function main(): Promise<void> {
	const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
	const unknown = wanted.filter((name) => FIGURES[name] === undefined);
	if (unknown.length > 0) throw new Error(`There is no figure "${unknown.join('", "')}". There are: ${Object.keys(FIGURES).join(', ')}.`);
	const rows: Measured[] = [];
	for (const [name, load] of Object.entries(FIGURES)) {
		if (wanted.length > 0 && !wanted.includes(name)) continue;
		const figure = await load();
		print(`\n${name}: ${figure.about}`);
		for (const row of await figure.measure((line) => print(`  ${line}`))) {
			rows.push(row);
			print(`  → ${row.what}: ${row.value} (target ${row.target})`);
		}
	}
	print('');
	for (const line of table(rows)) print(line);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.exitCode = 1;
});
