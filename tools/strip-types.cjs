/**
 * Jest reads TypeScript as Node itself does: types become blanks, so that lines and columns stay and no source map is needed.
 * It is a stable part of Node in all but name (`--no-warnings` in the test script keeps Node from saying that it may change).
 */
const { stripTypeScriptTypes } = require('node:module');

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
