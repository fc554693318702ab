// TypeScript to CommonJS, each file on its own, its types unchecked, as `ts-node -T` does. What has been translated stays
// in node_modules/.cache, because tests start dozens of processes that would each translate all packages again.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('typescript/package.json');

const cache = join(__dirname, '..', 'node_modules', '.cache', 'transpiled');

/**
 * @param {string} code
 * @param {string} fileName
 * @param {import('typescript').CompilerOptions} [options] besides those that all share
 * @returns {string} JavaScript
 */
function translate(code, fileName, options = {}) {
  // Loading it takes longer than a program that is translated already.
  const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');
  const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.CommonJS, esModuleInterop: true };
  return transpileModule(code, { fileName, compilerOptions: { ...compilerOptions, ...options } }).outputText;
}

/** The same, out of the cache where it has been translated before. */
function transpile(code, fileName, options = {}) {
  const key = createHash('sha256')
    .update(JSON.stringify([version, options, fileName, code]))
    .digest('hex');
  const path = join(cache, `${key}.js`);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const output = translate(code, fileName, options);
    mkdirSync(cache, { recursive: true });
    // Another process may read it at any time, and must find all or nothing.
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, output);
    renameSync(unfinished, path);
    return output;
  }
}

module.exports = { translate, transpile };
