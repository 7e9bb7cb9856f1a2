const { TestEnvironment } = require('jest-environment-node');

/**
 * Node's environment, in which the timers of a file hold no worker back once the file has ended. simple-git leaves one of a second after each call
 * of git, and Jest ends a worker by force, with a warning, that is not gone half a second after its last file. Whatever else stays open still shows.
 */
module.exports = class extends TestEnvironment {
	timers = new Set();

	async setup() {
		await super.setup();
		const { timers } = this;
		const { setTimeout: real } = this.global;
		const noted = (work, delay, ...rest) => {
			const timer = real(
				(...given) => {
					timers.delete(timer);
					work(...given);
				},
				delay,
				...rest,
			);
			timers.add(timer);
			return timer;
		};
		this.global.setTimeout = Object.defineProperties(noted, Object.getOwnPropertyDescriptors(real));
	}

	async teardown() {
		for (const timer of this.timers) timer.unref();
		this.timers.clear();
		await super.teardown();
	}
};
