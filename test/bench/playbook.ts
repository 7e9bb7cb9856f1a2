/** How fast a playbook's document is read, in both line endings and in several shapes. */
import { parseDocument } from '../../core/playbook';
import { median, milliseconds, type Figure, type Measured } from './figure';

const MB = 1024 * 1024;
const ROUNDS = 21;
const MOST_MS = 50;

/** About 1 MB, of steps as a long playbook has them: settings, prose, fences and headings among them. */
function playbook(ending: string): string {
	const parts: string[] = [];
	for (let step = 0, length = 0; length < MB; step += 1) {
		const part = [
			`## Part ${step}`,
			'',
			`- [ ] **Step ${step}**: read \`src/file-${step}.ts\`, write the test that is missing, and make it pass`,
			'  verify: npm test',
			`  allowedPaths: src/file-${step}.ts, test/**`,
			'',
			'  1. Look at what is there before you begin, and keep to its manner.',
			'  ```bash',
			'  - [ ] not a step',
			'  ```',
			'- A plain item, and some prose that goes on for the rest of the line.',
			'',
			'',
		].join(ending);
		parts.push(part);
		length += part.length;
	}
	return parts.join('');
}

function measure(what: string, text: string, say: (line: string) => void): Measured {
	const took: number[] = [];
	for (let round = 0; round < ROUNDS; round += 1) {
		// Each round reads a string of its own, as a file that has just been read is.
		const fresh = Buffer.from(text).toString();
		const before = performance.now();
		const { steps } = parseDocument('bench', fresh);
		took.push(performance.now() - before);
		if (steps.length === 0) throw new Error('The parser found no step.');
	}
	const ms = median(took);
	say(`${what}: ${(text.length / MB).toFixed(2)} MB, first ${milliseconds(took[0] ?? 0)}, median ${milliseconds(ms)}`);
	return { what: `a 1 MB playbook is read, ${what}`, target: `≤ ${MOST_MS} ms`, value: milliseconds(ms), met: ms <= MOST_MS };
}

export const figure: Figure = {
	name: 'playbook',
	about: 'a playbook of 1 MB through the parser',
	measure: (say) => Promise.resolve([measure('LF', playbook('\n'), say), measure('CRLF', playbook('\r\n'), say)]),
};
