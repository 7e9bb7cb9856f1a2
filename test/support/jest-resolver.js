// A dynamic import names the compiled file (`./run.js`); under Jest that file is still TypeScript.
module.exports = (path, options) => {
	try {
		return options.defaultResolver(path, options);
	} catch (error) {
		if (!/^\.{1,2}\/.*\.js$/.test(path)) throw error;
		return options.defaultResolver(path.replace(/\.js$/, '.ts'), options);
	}
};
