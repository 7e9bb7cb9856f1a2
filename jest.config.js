// Tests are compiled as the package is (CommonJS, test/tsconfig.json). ESM-only dependencies are reached by require(esm),
// which inside Jest needs Node >= 24.9 and NODE_OPTIONS=--experimental-vm-modules: tools/run.mjs sets both.
const common = {
	rootDir: __dirname,
	testEnvironment: '<rootDir>/test/support/jest-environment.js',
	transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/test/tsconfig.json' }] },
	resolver: '<rootDir>/test/support/jest-resolver.js',
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/.cache/'],
};

module.exports = {
	projects: [
		{ ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
		{ ...common, displayName: 'engine', testMatch: ['<rootDir>/test/engine/**/*.test.ts'] },
		{
			...common,
			displayName: 'e2e',
			testMatch: ['<rootDir>/test/e2e/**/*.e2e.test.ts'],
			runner: '<rootDir>/test/support/jest-serial-runner.js',
		},
	],
	reporters: ['default', 'summary', '<rootDir>/test/support/jest-summary.js'],
	maxWorkers: 2,
	testTimeout: 30_000,
};
