// The way into the fuzzer for Node: files of packages that are ES modules are run as CommonJS, without a build.
require('ts-node').register({ transpileOnly: true, cwd: __dirname });
const { command } = require('./command.ts');

process.exitCode = command(process.argv.slice(2), console.log);
