const { writeSync } = require('node:fs');

// A test that is skipped is a claim nobody checks: the run fails then, unless a name pattern was asked for. The last line
// of a run is the same two numbers every time, for whoever reads it by machine.
module.exports = class Summary {
	constructor(globalConfig) {
		this.mayLeaveOut = Boolean(globalConfig.testNamePattern);
	}

	onRunComplete(_contexts, results) {
		const leftOut = results.numPendingTests + results.numTodoTests;
		if (leftOut > 0 && !this.mayLeaveOut) this.error = new Error(`${leftOut} test(s) were skipped or left to do; that fails the run.`);
		if (this.error) process.stderr.write(`${this.error.message}\n`);
		const brokenSuites = results.testResults.filter((suite) => suite.testExecError).length;
		const line = `${results.numPassedTests} passed, ${results.numFailedTests + brokenSuites} failed\n`;
		// Jest prints its own summary after every reporter.
		process.once('exit', () => writeSync(1, line));
	}

	getLastError() {
		return this.error;
	}
};
