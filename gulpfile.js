const { dest, src } = require('gulp');

// The compiler leaves out what n8n reads beside each node: icons and codex files.
exports.default = () =>
	src(['nodes/**/*.{svg,png}', 'nodes/**/*.node.json', 'credentials/**/*.{svg,png}'], { base: '.', encoding: false }).pipe(
		dest(process.env.MAESTRO_BUILD_DIR ?? 'dist'),
	);
