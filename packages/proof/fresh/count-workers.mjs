// Loaded before a program: says at its end whether worker threads were started.
import { createRequire } from 'node:module';

const threads = createRequire(import.meta.url)('node:worker_threads');
let started = 0;
threads.Worker = class extends threads.Worker {
  constructor(...parameters) {
    super(...parameters);
    started++;
  }
};
process.on('exit', () => console.log(`workers ${started}`));
