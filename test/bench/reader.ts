/** How fast the agent's output is read, and that memory does not grow with it. */
import { numberOf, runChild } from './child';
import { median, type Figure } from './figure';

const ROUNDS = 5;
const MB = 1024 * 1024;

export const figure: Figure = {
	name: 'reader',
	about: 'stream-json through the event reader that was built, each size in fresh processes',
	measure: async (say) => {
		const speeds: number[] = [];
		const more: number[] = [];
		for (let round = 0; round < ROUNDS; round++) {
			const small = await runChild('read-events.cjs', ['1']);
			const large = await runChild('read-events.cjs', ['100']);
			if (numberOf(large, 'broken') > 0 || numberOf(large, 'events') === 0) throw new Error(`The reader lost events: ${JSON.stringify(large)}`);
			const speed = numberOf(large, 'bytes') / MB / (numberOf(large, 'ms') / 1000);
			speeds.push(speed);
			more.push(numberOf(large, 'memoryMb') - numberOf(small, 'memoryMb'));
			say(`100 MB: ${speed.toFixed(0)} MB/s, ${numberOf(large, 'events')} events, peak ${numberOf(large, 'memoryMb').toFixed(0)} MB (at 1 MB: ${numberOf(small, 'memoryMb').toFixed(0)} MB)`);
		}
		return [
			{ what: 'stream-json through the event reader', target: '≥ 100 MB/s', value: `${median(speeds).toFixed(0)} MB/s`, met: median(speeds) >= 100 },
			{ what: 'memory at 100 MB over that at 1 MB', target: '≤ 30 MB', value: `${median(more).toFixed(1)} MB`, met: median(more) <= 30 },
		];
	},
};
