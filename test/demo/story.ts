/** The demo's issue, what the scripted agent does about it, and what the reviewer says. */
import { bash, done, editTestCommit, when, type Script } from '../fixtures/model';

export const ISSUE = {
	title: 'add(2, 3) gives -1',
	body: 'The calculator subtracts where it should add.\n\n<!-- hidden text is taken out before an agent sees it -->\nExpected 5.',
} as const;

export const REVIEW = {
	body: 'The fix is right. Please say in the README how to use it.',
	path: 'add.js',
	comment: 'A word on what it does would help here.',
} as const;

const TEST = "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n\ntest('adds zero', () => assert.equal(add(2, 0), 2));\ntest('adds two numbers', () => assert.equal(add(2, 3), 5));\n";

export const scripts: readonly Script[] = [
	when(/came back|Your work is proposed/).turns([
		bash('git log --oneline -1 && cat add.js'),
		...editTestCommit({
			files: { 'README.md': '# Calculator\n\n    const { add } = require("./add");\n    add(2, 3); // 5\n', 'add.js': '// The sum of two numbers.\nexports.add = (a, b) => a + b;\n' },
			test: 'npm test',
			commit: 'Say how to use add',
			summary: 'Added the usage to the README and a comment on the function.',
		}),
	]),
	when(/step 1 of 3/).turns([
		bash('cat add.js package.json'),
		...editTestCommit({
			files: { 'add.test.js': TEST },
			// It has to fail here: that is what the step is for.
			test: 'npm test || true',
			commit: 'Show that add() subtracts',
			summary: 'add() subtracts. A test of two numbers fails because of it.',
		}),
	]),
	when(/step 2 of 3/).turns(
		editTestCommit({
			files: { 'add.js': 'exports.add = (a, b) => a + b;\n' },
			test: 'npm test',
			commit: 'Add instead of subtract',
			summary: 'add() adds now.',
		}),
	),
	when(/step 3 of 3/).turns([bash('git diff origin/main...HEAD'), bash('npm test'), done('Read the diff and ran all tests; nothing was left to mend.')]),
	when(/.*/s).turns([done('Nothing was to be done.')]),
];
