/**
 * @file Laws that batch normalization in training keeps, whatever the batch is: checked with drawn ones, the same in every
 * run. A failure prints the smallest counterexample that was found.
 */
import { assertClose, gradient, type Tensor, tensor } from '@windfall/core';
import fc from 'fast-check';
import { BatchNorm1d } from '../src/index.ts';

/** A fixed seed, and few cases: each is a graph to be compiled. */
const settings = { seed: 21, numRuns: 40 };

const number = fc.double({ min: -3, max: 3, noNaN: true });

interface Batch {
  /** [N, C] or [N, C, L] */
  readonly shape: readonly [number, number, ...number[]];
  readonly list: readonly number[];
  /** Weights of the outputs, from which gradients follow. */
  readonly weights: readonly number[];
}

const batches: fc.Arbitrary<Batch> = fc
  .tuple(
    fc.integer({ min: 2, max: 6 }),
    fc.integer({ min: 1, max: 5 }),
    fc.option(fc.integer({ min: 1, max: 3 })),
  )
  .chain(([samples, channels, length]) => {
    const shape = [samples, channels, ...(length === null ? [] : [length])] as [number, number, ...number[]];
    const size = shape.reduce((product, extent) => product * extent, 1);
    const list = fc.array(number, { minLength: size, maxLength: size });
    return fc.record({ shape: fc.constant(shape), list, weights: list });
  });

/** The batch with an order of its samples, and one of its channels. */
const orders = batches.chain((batch) => {
  const orderOf = (count: number): fc.Arbitrary<number[]> =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, k) => k),
      { minLength: count },
    );
  return fc.record({
    batch: fc.constant(batch),
    samples: orderOf(batch.shape[0]),
    channels: orderOf(batch.shape[1]),
  });
});

const f64 = (list: readonly number[], shape: readonly number[]): Tensor =>
  tensor(list, { dtype: 'f64', shape: [...shape] });

const indices = (order: readonly number[]): Tensor => tensor(order, { dtype: 'i32' });

/** A layer in training whose scales and shifts differ from channel to channel. */
function layer(channels: number, eps: number): BatchNorm1d {
  const made = new BatchNorm1d(channels, { eps, dtype: 'f64', trackRunningStats: false });
  made.weight!.assign(
    tensor(
      Array.from({ length: channels }, (_, k) => 1 + k / 4),
      { dtype: 'f64' },
    ),
  );
  made.bias!.assign(
    tensor(
      Array.from({ length: channels }, (_, k) => k - 1),
      { dtype: 'f64' },
    ),
  );
  return made;
}

/** Plain normalization, without scale and shift. */
const plain = (channels: number, eps: number): BatchNorm1d =>
  new BatchNorm1d(channels, { eps, affine: false, dtype: 'f64', trackRunningStats: false });

/** What sums in another order may come to, beside a value near 1. */
const tolerance = { absolute: 1e-9, relative: 1e-9 };

function expectClose(actual: Tensor, expected: Tensor): void {
  assertClose(actual, { shape: expected.shape, values: Float64Array.from(expected.data()) }, { tolerance });
}

const normalizedAxes = ({ shape }: Batch): number[] =>
  shape.map((_, axis) => axis).filter((axis) => axis !== 1);

/** The outputs of a layer for some values, and the gradient of their weighted sum. */
function bothOf(norm: BatchNorm1d, given: Tensor, weights: Tensor): [y: Tensor, slope: Tensor] {
  const x = given.detach();
  x.requiresGrad = true;
  const y = norm.forward(x);
  const [slope] = gradient(y, [x], { cotangent: weights });
  return [y, slope];
}

/** Holds what `other` makes of a batch in another order along an axis against what `norm` makes of it, in that order. */
function expectSameInOrder(
  axis: number,
  order: Tensor,
  batch: Batch,
  norm: BatchNorm1d,
  other: BatchNorm1d,
): void {
  const [x, weights] = [f64(batch.list, batch.shape), f64(batch.weights, batch.shape)];
  const there = bothOf(norm, x, weights);
  const here = bothOf(other, x.indexSelect(axis, order), weights.indexSelect(axis, order));
  for (const [k, actual] of here.entries()) expectClose(actual, there[k]!.indexSelect(axis, order));
}

test('samples in another order are normalized to the same values, in that order, and so are their gradients', () => {
  fc.assert(
    fc.property(orders, ({ batch, samples }) => {
      const norm = layer(batch.shape[1], 1e-5);
      expectSameInOrder(0, indices(samples), batch, norm, norm);
    }),
    settings,
  );
});

test('channels in another order, with their scales and shifts, are normalized to the same values in that order', () => {
  fc.assert(
    fc.property(orders, ({ batch, channels }) => {
      const order = indices(channels);
      const [norm, other] = [layer(batch.shape[1], 1e-5), layer(batch.shape[1], 1e-5)];
      other.weight!.assign(norm.weight!.indexSelect(0, order));
      other.bias!.assign(norm.bias!.indexSelect(0, order));
      expectSameInOrder(1, order, batch, norm, other);
    }),
    settings,
  );
});

test('a channel scaled by a > 0 and shifted is normalized to the same values, with eps scaled by a²; its gradient is divided by a', () => {
  const scale = fc.double({ min: 0.1, max: 10, noNaN: true });
  const shift = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(batches, scale, shift, (batch, a, b) => {
      const weights = f64(batch.weights, batch.shape);
      const channels = batch.shape[1];
      const [y, slope] = bothOf(plain(channels, 1e-3), f64(batch.list, batch.shape), weights);
      const moved = f64(batch.list, batch.shape).mul(a).add(b);
      const [movedY, movedSlope] = bothOf(plain(channels, 1e-3 * a * a), moved, weights);
      expectClose(movedY, y);
      expectClose(movedSlope.mul(a), slope);
    }),
    settings,
  );
});

test('without eps, the gradient in a channel is orthogonal to 1 and to the normalized values', () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const axes = normalizedAxes(batch);
      const spread = f64(batch.list, batch.shape).variance(axes, { correction: 0 });
      // Where nothing varies there is nothing to normalize.
      fc.pre(spread.min().item() > 1e-3);
      const weights = f64(batch.weights, batch.shape);
      const [y, slope] = bothOf(plain(batch.shape[1], 0), f64(batch.list, batch.shape), weights);
      const none = Float64Array.from({ length: batch.shape[1] }, () => 0);
      for (const along of [slope, slope.mul(y)])
        assertClose(along.sum(axes), { shape: [batch.shape[1]], values: none }, { tolerance });
    }),
    settings,
  );
});

test('with eps, the gradient is orthogonal to 1, and as much along the normalized values as eps has of the variance', () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const axes = normalizedAxes(batch);
      const eps = 0.1;
      const weights = f64(batch.weights, batch.shape);
      const [y, slope] = bothOf(plain(batch.shape[1], eps), f64(batch.list, batch.shape), weights);
      const variance = f64(batch.list, batch.shape).variance(axes, { correction: 0 }).add(eps);
      const none = Float64Array.from({ length: batch.shape[1] }, () => 0);
      assertClose(slope.sum(axes), { shape: [batch.shape[1]], values: none }, { tolerance });
      // Σ g·x̂ = Σ w·x̂ · ε/(σ² + ε) / √(σ² + ε)
      const along = weights.mul(y).sum(axes).mul(eps).div(variance).div(variance.sqrt());
      expectClose(slope.mul(y).sum(axes), along);
    }),
    settings,
  );
});
