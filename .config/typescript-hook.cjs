// Preloaded with `node -r`, it has Node run TypeScript files, also those of packages that are ES modules.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { transpile } = require('./transpile.cjs');

Module._extensions['.ts'] = (module, path) => {
  module._compile(transpile(readFileSync(path, 'utf8'), path), path);
};
