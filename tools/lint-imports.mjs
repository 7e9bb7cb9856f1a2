// Imports run one way: *.node.ts → parameters, run → nodes/shared → core. test/unit/architecture.test.ts holds the same on
// the compiled imports; here the editor shows it while one types.
const RULE = '@typescript-eslint/no-restricted-imports';

const fromN8n = { regex: '^n8n-(workflow|core)', message: 'core/ knows nothing of n8n. Pass in what it needs.' };
const fromNodes = { regex: '^\\.\\./(.*/)?(nodes|credentials)(/|$)', message: 'core/ must not import what is built on it.' };
const fromOtherNode = { regex: '^\\.\\./(?!shared/|\\.\\./)', message: 'Nodes do not import each other. Put what they share into nodes/shared.' };
const fromAnyNode = { regex: '^\\.\\./Maestro', message: 'nodes/shared must not import a node.' };
const pastTheNode = { regex: '^\\.\\./', message: 'A *.node.ts holds the description and hands on to run.ts; only that imports further.' };

const restricted = (files, patterns, ignores = []) => ({ files, ignores, rules: { [RULE]: ['error', { patterns }] } });

const PURE = ['core/playbook/**/*.ts', 'core/task/**/*.ts', 'core/signal/**/*.ts', 'core/report/**/*.ts', 'core/github/pull-request-state*.ts', 'core/github/verdict*.ts'];

const builtins = {
	regex: '^node:(?!(crypto|path|util|buffer|url)$)',
	message: 'This part decides and does nothing else: disk, clock, network and processes are passed in.',
};
const effects = {
	regex: '/(process|agent|git)(/|$)',
	allowTypeImports: true,
	message: 'This part decides and does nothing else. Types may be imported.',
};
const chance = ['randomBytes', 'randomInt', 'randomUUID', 'getRandomValues'];

export const importRules = [
	restricted(['core/**/*.ts'], [fromN8n, fromNodes]),
	restricted(['nodes/Maestro*/**/*.ts'], [fromOtherNode], ['nodes/**/*.node.ts']),
	restricted(['nodes/shared/**/*.ts'], [fromAnyNode]),
	restricted(['nodes/**/*.node.ts'], [pastTheNode]),
];

export const pureFolderRules = [
	{
		files: PURE,
		rules: {
			[RULE]: [
				'error',
				{
					patterns: [fromN8n, fromNodes, builtins, effects],
					paths: ['node:crypto', 'crypto'].map((name) => ({ name, importNames: chance, message: 'Chance is passed in.' })),
				},
			],
			'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto', 'console'],
			'no-restricted-syntax': [
				'error',
				{ selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'The time is passed in.' },
				{ selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The time is passed in.' },
				{ selector: "CallExpression[callee.name='Date']", message: 'The time is passed in.' },
				{ selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Chance is passed in.' },
			],
		},
	},
];
