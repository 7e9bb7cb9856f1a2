import { loadPlaybook, startPosition, tickStep, type Playbook, type Position } from '../../../core/playbook';
import { lookAtCopies, prepareCopies, writeCopies } from '../../../core/step/copies';

/** A folder in memory. */
function folderWith(files: Map<string, string>) {
	return {
		read: async (name: string) => await Promise.resolve(files.get(name)),
		write: async (documents: readonly { name: string; text: string }[]) => {
			for (const { name, text } of documents) files.set(name, text);
			await Promise.resolve();
		},
	};
}

const playbook: Playbook = loadPlaybook('p', [{ name: '1_A', text: '- [ ] one\n- [ ] two\n' }, { name: '2_B', text: '- [ ] three\n' }]);
const position: Position = tickStep(startPosition(playbook), 0, 0);
const started = async (): Promise<Map<string, string>> => {
	const files = new Map<string, string>();
	await writeCopies(folderWith(files), playbook, position);
	return files;
};

test('the copies show what the engine says is done', async () => {
	expect([...(await started())]).toEqual([['1_A', '- [x] one\n- [ ] two\n'], ['2_B', '- [ ] three\n']]);
});

describe('what the agent did to the copies', () => {
	const look = async (change: (files: Map<string, string>) => void) => {
		const files = await started();
		change(files);
		return await lookAtCopies(folderWith(files), playbook, position);
	};

	it('is nothing where they are as they were', async () => {
		expect(await look(() => undefined)).toEqual({ unticks: [], notes: [], halt: undefined });
	});

	it('counts where it opened steps again, and is noted where it ticked, rewrote or removed', async () => {
		const found = await look((files) => {
			files.set('1_A', '- [ ] one\n- [x] two\nMine.\n');
			files.delete('2_B');
		});
		expect(found.unticks).toEqual([{ document: 0, steps: [0] }]);
		expect(found.notes).toEqual(['The agent ticked a box of 1_A itself; that does not count', 'The agent changed the text of 1_A; it was put back', 'The agent removed 2_B; it was put back']);
	});

	it('is a halt where it wrote one, of whichever document', async () => {
		expect((await look((files) => files.set('2_B', '<!-- maestro:halt: Enough -->\n- [ ] three\n'))).halt).toBe('Enough');
	});
});

describe('before an agent begins', () => {
	const prepared = async (why: 'first' | 'sent_back' | 'goes_on'): Promise<Map<string, string>> => {
		const files = await started();
		files.set('1_A', '- [ ] one\n- [x] two\nMine.\n');
		files.delete('2_B');
		await prepareCopies(folderWith(files), playbook, position, why);
		return files;
	};

	it('with a step, the copies are as the engine has them', async () => {
		expect(await prepared('first')).toEqual(await started());
	});

	it('once more, what it opened stays open', async () => {
		expect([...(await prepared('sent_back'))]).toEqual([['1_A', '- [ ] one\n- [ ] two\n'], ['2_B', '- [ ] three\n']]);
	});

	it('where it was cut off, it finds what it left, and what is gone is there again', async () => {
		expect([...(await prepared('goes_on'))]).toEqual([['1_A', '- [ ] one\n- [x] two\nMine.\n'], ['2_B', '- [ ] three\n']]);
	});
});
