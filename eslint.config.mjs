import js from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

import { importRules, pureFolderRules } from './tools/lint-imports.mjs';

const community = n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport;
const communityRules = (choose) => Object.fromEntries(Object.entries(community.rules).filter(([name]) => choose(name)));
const nodesBaseRules = (config) => ({ plugins: { 'n8n-nodes-base': nodesBase }, rules: nodesBase.configs[config].rules });

const nodeGlobals = Object.fromEntries(
	['AbortSignal', 'Buffer', 'URL', 'clearInterval', 'clearTimeout', 'console', 'fetch', 'process', 'setInterval', 'setTimeout'].map((name) => [name, 'readonly']),
);

export default tseslint.config(
	{ ignores: ['dist/', '.cache/', 'node_modules/', 'test/fixtures/', 'coverage/'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },

	// All TypeScript, tests included, with what the compiler knows about types.
	{
		files: ['**/*.ts'],
		extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked],
		languageOptions: { parserOptions: { project: './test/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
		rules: {
			'no-undef': 'off',
			'no-console': 'error',
			eqeqeq: 'error',
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
			'@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
		},
	},
	{
		files: ['test/**/*.ts'],
		rules: {
			'no-console': 'off',
			// A test may ask for what must be there, and reads answers whose type is the subject of the test.
			'@typescript-eslint/no-non-null-assertion': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/require-await': 'off',
			'@typescript-eslint/unbound-method': 'off',
		},
	},

	// Which part may import which, and what the pure parts must not touch.
	...importRules,
	...pureFolderRules,

	// What n8n asks of a community package.
	{
		files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
		plugins: community.plugins,
		rules: communityRules(() => true),
	},
	{ files: ['nodes/**/*.ts'], ...nodesBaseRules('nodes') },
	{ files: ['credentials/**/*.ts'], ...nodesBaseRules('credentials') },
	{
		files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
		rules: {
			// Inside, errors are MaestroErrors with a code and an advice; shared/node-error.ts turns them into n8n's at the one edge.
			'@n8n/community-nodes/require-node-api-error': 'off',
			// Meant for nodes inside n8n's own repository, where the URL is a slug.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			// Known to the rule are one output, and n8n's If and Switch; ours has one for each thing that can come of it.
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			// These two read an enum member as a missing or wrong value, and NodeConnectionTypes is what n8n asks for.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-inputs-wrong-trigger-node': 'off',
		},
	},
	{
		files: ['credentials/MaestroN8nApi.credentials.ts'],
		// n8n writes its own name in lower case.
		rules: { 'n8n-nodes-base/cred-class-field-display-name-miscased': 'off' },
	},
	{
		files: ['package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		plugins: { ...community.plugins, 'n8n-nodes-base': nodesBase },
		rules: {
			...communityRules(() => true),
			...nodesBase.configs.community.rules,
			// For verified nodes only, which may not start processes either: Maestro is for self-hosted n8n.
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
			// The authors have no mail address and no site of their own to give.
			'@n8n/community-nodes/valid-author': 'off',
			'@n8n/community-nodes/require-homepage': 'off',
			'n8n-nodes-base/community-package-json-author-email-still-default': 'off',
			'n8n-nodes-base/community-package-json-author-name-missing': 'off',
			'n8n-nodes-base/community-package-json-author-name-still-default': 'off',
			'n8n-nodes-base/community-package-json-repository-url-still-default': 'off',
		},
	},
	{
		files: ['nodes/MaestroAwaitPr/MaestroAwaitPr.node.ts'],
		rules: {
			// Its webhook only wakes a waiting execution; there is nothing to register.
			'@n8n/community-nodes/webhook-lifecycle-complete': 'off',
		},
	},

	{ files: ['**/*.mjs', '**/*.js'], ...js.configs.recommended, languageOptions: { globals: nodeGlobals } },
	{
		files: ['*.js', 'test/support/*.js'],
		languageOptions: { sourceType: 'commonjs', globals: { ...nodeGlobals, __dirname: 'readonly', exports: 'writable', module: 'writable', require: 'readonly' } },
	},
);
