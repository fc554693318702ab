/**
 * @file Ghost batch normalization: parts of a batch, each normalized as a batch of its own.
 */
import { concat, normal, type Tensor } from '@windfall/core';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from '../src/index.ts';
import { expectSameDerivatives, expectSameState, flags, randomize, twin } from './support/batch-norm.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('ghost batches', () => {
  test.each([
    [BatchNorm1d, [6, 2], 3, {}],
    [BatchNorm1d, [7, 2, 3], 3, { momentum: null }],
    [BatchNorm1d, [8, 2], 3, { momentum: 0.4 }],
    [BatchNorm2d, [5, 2, 2, 2], 2, {}],
    [BatchNorm2d, [4, 2, 2, 2], 1, { affine: false }],
    [BatchNorm3d, [4, 2, 1, 2, 2], 2, { trackRunningStats: false }],
    [BatchNorm1d, [4, 2], 9, {}],
    [BatchNorm1d, [6, 3, 2], 2, { axis: -1 }],
    [BatchNorm1d, [2, 6, 3], 2, { axis: 0 }],
    [BatchNorm1d, [7, 2, 2], 3, { renorm: { rMax: 1.2, dMax: 0.4 } }],
  ])('%p of %j by %i %j are batches one after the other', (Layer, shape, size, options) => {
    const whole = randomize(new Layer(2, { dtype, ghostBatchSize: size, ...options }));
    const single = twin(whole, options);
    const along = (options as BatchNormOptions).axis === 0 ? 1 : 0;
    const total = shape[along]!;
    // Ghost batches are renormalized by the statistics from before all of them.
    if (whole.renorm !== null) for (const norm of [whole, single]) norm.trackRunningStats = false;
    for (let step = 0; step < 2; step++) {
      const x = normal(shape, { dtype, mean: 2 });
      const parts: Tensor[] = [];
      for (let start = 0; start < total; start += size) {
        const range = [start, Math.min(start + size, total)] as const;
        parts.push(single.forward(x.slice(along === 0 ? [range] : [null, range])));
      }
      const [y, expected] = [whole.forward(x), concat(parts, along)];
      expectClose(y, expected, 1e-14);
      expectSameDerivatives(y, expected, x);
      expectSameState(whole, single);
    }
    if (whole.runningMean !== null) {
      const x = normal(shape, double);
      expectClose(whole.eval().forward(x), single.eval().forward(x), 1e-14);
    }
  });

  test.each([2, 3])('of a masked batch by %i, too', (size) => {
    const mask = flags([
      [1, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const x = normal([5, 2, 3], double);
    const whole = new BatchNorm1d(2, { dtype, ghostBatchSize: size, momentum: null });
    const single = twin(whole, { momentum: null });
    const parts = [];
    for (let start = 0; start < 5; start += size) {
      const range = [start, Math.min(start + size, 5)] as const;
      parts.push(single.forward(x.slice([range]), { mask: mask.slice([range]) }));
    }
    expectClose(whole.forward(x, { mask }), concat(parts), 1e-14);
    expectSameState(whole, single);
    // The second of size 2 has nothing but padding.
    expect(whole.numBatchesTracked!.item()).toBe(2);
  });

  test('with one value per channel are an error, and nothing has changed', () => {
    const norm = new BatchNorm1d(2, { ghostBatchSize: 2 });
    expect(() => norm.forward(normal([5, 2]))).toThrow(
      'BatchNorm1d: the statistics of a batch need more than one value per channel, got [1, 2]',
    );
    expect(norm.numBatchesTracked!.item()).toBe(0);
    expect(() => new BatchNorm1d(2, { ghostBatchSize: 0 })).toThrow(
      'ghostBatchSize is a whole number ≥ 1, not 0',
    );
  });
});
