const { default: TestRunner } = require('jest-runner');

// End-to-end tests each start an n8n: one at a time, while the other tests keep their two workers.
module.exports = class SerialRunner extends TestRunner {
	isSerial = true;
};
