// n8n loads nodes and credentials from the paths in package.json; this file only makes the package requirable.
module.exports = {};
