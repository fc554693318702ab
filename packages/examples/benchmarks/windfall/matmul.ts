/**
 * @file Matrix products.
 */
import { matmul } from '@windfall/core';
import { computing, random, type Setup } from './setup.ts';

interface Form {
  readonly dtype?: 'f64';
  /** Which operand is stored transposed. */
  readonly transposed?: 'left' | 'right';
}

const product =
  (m: number, k: number, n: number, { dtype, transposed }: Form = {}): Setup =>
  (execution) =>
    computing(
      execution,
      (a, b) => [
        matmul(transposed === 'left' ? a.transpose() : a, transposed === 'right' ? b.transpose() : b),
      ],
      [
        random(transposed === 'left' ? [k, m] : [m, k], dtype),
        random(transposed === 'right' ? [n, k] : [k, n], dtype),
      ],
    );

export const matrixProducts = {
  'matmul-512x512x512': product(512, 512, 512),
  'matmul-512x512x512-at-b': product(512, 512, 512, { transposed: 'left' }),
  'matmul-512x512x512-a-bt': product(512, 512, 512, { transposed: 'right' }),
  'matmul-511x511x511': product(511, 511, 511),
  'matmul-101x127x255': product(101, 127, 255),
  'matmul-104x128x256': product(104, 128, 256),
  'matmul-60x784x100': product(60, 784, 100),
  'matmul-1024x1024x1024': product(1024, 1024, 1024),
  'matmul-512x512x512-f64': product(512, 512, 512, { dtype: 'f64' }),
};
