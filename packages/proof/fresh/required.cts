/** @file The same through `require`, which Node allows for these packages: they have no top-level await. */
import core = require('@windfall/core');
import node = require('@windfall/nn/node');
import training = require('./train.ts');

if (typeof core.gradient !== 'function' || typeof node.saveSafetensors !== 'function') {
  throw new Error('require gives something else than import');
}
for (const line of training.train()) console.log(line);
