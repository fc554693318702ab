/**
 * @file What plans cost: the sweeps over memory that normalizations and their derived gradients take, and that the
 * kernels mean what the graph means. Raising a number needs a sentence saying why.
 */
import { wasmBackend } from '../src/backends/wasm/wasm-backend.ts';
import { expressionsOf, type Plan, storesOf, subexpressions } from '../src/compile/kernel.ts';
import { planText, trafficOf } from '../src/compile/plan-text.ts';
import {
  arange,
  concat,
  type DType,
  evaluate,
  gradient,
  iota,
  normal,
  type Tensor,
  tensor,
  where,
} from '../src/index.ts';
import { planOf } from './plan-of.ts';

/** Numbers in memory. */
function stored(shape: number[], dtype: DType = 'f64'): Tensor {
  return tensor(normal(shape, { dtype }).data(), { shape });
}

interface Costs {
  readonly kernels: number;
  readonly reads: number;
  readonly writes: number;
}

function costsOf({ kernels, buffers }: Plan): Costs {
  const { reads, writes } = trafficOf(kernels, buffers);
  return { kernels: kernels.length, reads, writes };
}

const costs = (results: readonly Tensor[]): Costs => costsOf(planOf(results));

/** What it costs to compute tensors now, with what has been computed already. */
function costsWhenEvaluated(results: readonly Tensor[]): Costs {
  const load = jest.spyOn(wasmBackend, 'load');
  try {
    evaluate(results);
    expect(load).toHaveBeenCalledTimes(1);
    return costsOf(load.mock.calls[0]![0]);
  } finally {
    load.mockRestore();
  }
}

/** Normalization of x over axes, with a scale and a shift. */
function normalize(x: Tensor, axes: number | number[], weight: Tensor, bias: Tensor): Tensor {
  const mean = x.mean(axes, { keepDims: true });
  const variance = x.variance(axes, { correction: 0, keepDims: true });
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(weight).add(bias);
}

/** Batch normalization as nn composes it: statistics of the distances from each channel's first element. */
function batchNorm(x: Tensor, weight: Tensor, bias: Tensor): { y: Tensor; statistics: Tensor[] } {
  const first = x.slice([[0, 1], null, [0, 1], [0, 1]]).stopGradient();
  const pivot = where(first.isFinite(), first, 0);
  const shifted = x.sub(pivot);
  const mean = shifted.mean([0, 2, 3], { keepDims: true });
  const variance = shifted.variance([0, 2, 3], { correction: 0, keepDims: true });
  const perChannel = [weight.size, 1, 1];
  const perDeviation = variance.add(1e-5).rsqrt();
  const scale = perDeviation.mul(weight.reshape(perChannel));
  const offset = mean.mul(perDeviation).neg().mul(weight.reshape(perChannel)).add(bias.reshape(perChannel));
  const y = shifted.mul(scale).add(offset);
  const running = [mean.add(pivot), variance].map((batch) => batch.flatten().mul(0.1).add(weight.mul(0.9)));
  return { y, statistics: running };
}

describe('BatchNorm2d', () => {
  const x = stored([4, 8, 5, 6]);
  const [weight, bias] = [stored([8]), stored([8])];
  const { y, statistics } = batchNorm(x, weight, bias);
  const cotangent = stored([4, 8, 5, 6]);

  test('forward reads twice and writes once, in one kernel, with its running statistics', () => {
    expect(costs([y, ...statistics])).toEqual({ kernels: 1, reads: 2, writes: 1 });
  });

  test('the derived backward adds two reads and one write, in the same kernel', () => {
    const slopes = gradient(y, [x, weight, bias], { cotangent });
    expect(costs([y, ...statistics, ...slopes])).toEqual({ kernels: 1, reads: 4, writes: 2 });
  });

  test('the derived backward without a forward takes the statistics again, in the sweep of its own sums', () => {
    const slopes = gradient(y, [x, weight, bias], { cotangent });
    expect(costs(slopes)).toEqual({ kernels: 1, reads: 4, writes: 1 });
  });

  test('the derived backward behind a forward that was computed reads four times and writes once', () => {
    const forward = batchNorm(x, weight, bias);
    const slopes = gradient(forward.y, [x, weight, bias], { cotangent });
    evaluate([forward.y, ...forward.statistics]);
    expect(costsWhenEvaluated(slopes)).toEqual({ kernels: 1, reads: 4, writes: 1 });
  });

  test('followed by ReLU it costs no sweep more', () => {
    const activated = y.relu();
    expect(costs([activated])).toEqual({ kernels: 1, reads: 2, writes: 1 });
    const slopes = gradient(activated, [x, weight, bias], { cotangent });
    expect(costs([activated, ...slopes])).toEqual({ kernels: 1, reads: 5, writes: 2 });
  });
});

describe('LayerNorm', () => {
  const x = stored([6, 20]);
  const [weight, bias] = [stored([20]), stored([20])];
  const y = normalize(x, 1, weight, bias);

  test('forward reads twice and writes once, in one kernel', () => {
    expect(costs([y])).toEqual({ kernels: 1, reads: 2, writes: 1 });
  });

  test('the derived backward adds three reads and one write: it joins the sums over rows in a second kernel', () => {
    const slopes = gradient(y, [x, weight, bias], { cotangent: stored([6, 20]) });
    expect(costs([y, ...slopes])).toEqual({ kernels: 2, reads: 5, writes: 2 });
  });
});

test('a linear layer with bias and ReLU is one kernel', () => {
  const [x, weight, bias] = [stored([6, 5]), stored([4, 5]), stored([4])];
  const plan = planOf([x.matmul(weight.transpose()).add(bias).relu()]);
  expect(plan.kernels.map(({ kind }) => kind)).toEqual(['contract']);
});

test('what is added to a product is added before it is stored, however often it is used', () => {
  const [x, weight, bias] = [stored([6, 5]), stored([5, 4]), stored([4])];
  const hidden = x.matmul(weight).add(bias);
  const { kernels } = planOf([hidden.sub(hidden.mean(0)), hidden.exp()]);
  const stores = storesOf(kernels[0]!);
  expect(stores.length).toBeGreaterThan(0);
  expect(stores.filter(({ value }) => value.kind === 'reduced')).toEqual([]);
});

test('the update of a weight is part of the contraction that gives its gradient', () => {
  const [x, weight] = [stored([6, 5]), stored([4, 5])];
  const [slope] = gradient(x.matmul(weight.transpose()), [weight], { cotangent: stored([6, 4]) });
  expect(planOf([weight.sub(slope.mul(0.1))]).kernels.map(({ kind }) => kind)).toEqual(['contract']);
});

test('an update of SGD with momentum is one kernel', () => {
  const [parameter, slope, velocity] = [stored([50]), stored([50]), stored([50])];
  const next = velocity.mul(0.9).add(slope);
  expect(costs([parameter.sub(next.mul(0.1)), next])).toEqual({ kernels: 1, reads: 3, writes: 2 });
});

test('an update of Adam is one kernel', () => {
  const [parameter, slope, first, second] = [stored([50]), stored([50]), stored([50]), stored([50]).square()];
  const nextFirst = first.mul(0.9).add(slope.mul(0.1));
  const nextSecond = second.mul(0.999).add(slope.square().mul(0.001));
  const next = parameter.sub(nextFirst.div(nextSecond.sqrt().add(1e-8)).mul(0.01));
  expect(planOf([next, nextFirst, nextSecond]).kernels.length).toBe(1);
});

test('updates of Adam whose numbers are variables are one kernel each, and one for all the numbers', () => {
  const [rate, beta, epsilon] = [stored([]), stored([]), stored([])];
  const next = [50, 70].flatMap((size) => {
    const [parameter, slope, average, square] = [0, 1, 2, 3].map(() => stored([size], 'f32'));
    const step = tensor(Int32Array.of(7), { shape: [] }).add(1);
    const kept = beta.cast('f32');
    const added = beta.neg().add(1).cast('f32');
    const nextAverage = average!.mul(kept).add(slope!.mul(added));
    const nextSquare = square!.mul(kept).add(slope!.square().mul(added));
    const bias = beta.square().pow(step.cast('f64')).neg().add(1);
    const scale = nextSquare.sqrt().div(bias.sqrt().cast('f32')).add(epsilon.cast('f32'));
    const moved = parameter!.sub(nextAverage.div(scale).mul(rate.div(bias).cast('f32')));
    return [moved, nextAverage, nextSquare, step];
  });
  expect(planOf(next).kernels.length).toBe(3);
});

test('a reshape of a stored value costs nothing', () => {
  const product = stored([6, 4]).matmul(stored([4, 10]));
  expect(planOf([product, product.reshape([3, 20])]).kernels.length).toBe(1);
  const permuted = stored([6, 5, 4]).permute([2, 0, 1]);
  expect(planOf([permuted.reshape([3, 40])]).kernels.length).toBe(1);
  const flat = stored([6, 4, 5]).mul(2).max(0).reshape([10, 2]);
  expect(planOf([flat.matmul(stored([2, 3]))]).kernels.length).toBe(2);
});

test('a sum waits for others that read what it reads, and then shares their sweep', () => {
  const [x, g] = [stored([200, 100]), stored([200, 100])];
  const later = (sum: Tensor, operations: number): Tensor =>
    operations === 0 ? sum : later(sum, operations - 1).tanh();
  // What has the longest way to go comes first: Σ x, then Σ g, which shares nothing with it, then Σ g·x.
  const total = later(x.sum(0), 4)
    .add(later(g.sum(0), 2))
    .add(g.mul(x).sum(0));
  expect(costs([total])).toEqual({ kernels: 1, reads: 2, writes: 0 });
});

test('a reshape of an input is a copy', () => {
  expect(planOf([stored([6, 4]).reshape([3, 8])]).kernels.length).toBe(1);
});

test('a chain of elementwise operations reads once and writes once', () => {
  const x = stored([100]);
  expect(costs([x.mul(2).add(1).tanh().square().sub(3)])).toEqual({ kernels: 1, reads: 1, writes: 1 });
});

describe('pooling', () => {
  test('forward reads once, in one kernel', () => {
    expect(costs([stored([2, 3, 8, 12]).maxPool2d(2)])).toEqual({ kernels: 1, reads: 1, writes: 0 });
  });

  test('backward reads once and writes once, in one kernel without conditions', () => {
    const x = stored([2, 3, 8, 12]);
    const slopes = gradient(x.maxPool2d(2), [x], { cotangent: stored([2, 3, 4, 6]) });
    expect(costs(slopes)).toEqual({ kernels: 1, reads: 1, writes: 1 });
    const expressions = planOf(slopes).kernels.flatMap((kernel) => subexpressions(expressionsOf(kernel)));
    expect(expressions.some(({ kind }) => kind === 'guard')).toBe(false);
  });
});

describe('normalization, ReLU and max-pooling of images', () => {
  const images = (shape: number[]): Tensor => stored(shape, 'f32');
  const x = images([4, 8, 6, 12]);
  const [weight, bias] = [images([8]), images([8])];
  const y = normalize(x, [0, 2, 3], weight.reshape([8, 1, 1]), bias.reshape([8, 1, 1]))
    .relu()
    .maxPool2d(2);

  test('forward reads twice, in two kernels, and writes what is pooled', () => {
    expect(costs([y])).toEqual({ kernels: 2, reads: 2, writes: 0 });
  });

  test('forward and derived backward read six times and write twice', () => {
    const slopes = gradient(y, [x, weight, bias], { cotangent: images([4, 8, 3, 6]) });
    expect(costs([y, ...slopes])).toEqual({ kernels: 4, reads: 6, writes: 2 });
  });

  test('behind a convolution, forward and backward, they take four kernels besides contractions and paddings', () => {
    const input = images([4, 3, 6, 12]);
    const kernel = images([8, 3, 3, 3]);
    const result = normalize(
      input.conv2d(kernel, { padding: 1 }),
      [0, 2, 3],
      weight.reshape([8, 1, 1]),
      bias.reshape([8, 1, 1]),
    )
      .relu()
      .maxPool2d(2);
    const slopes = gradient(result, [input, kernel, weight, bias], { cotangent: images([4, 8, 3, 6]) });
    const { kernels } = planOf([result, ...slopes]);
    expect(kernels.filter(({ kind }) => kind === 'contract').length).toBe(3);
    expect(kernels.filter(({ kind }) => kind === 'loop').length).toBe(6);
  });
});

test('each part of a concatenation is copied in one loop, and so is what lies around elements set apart', () => {
  const parts = [stored([2, 3, 4]), stored([3, 3, 4]), stored([1, 3, 4])];
  const [whole] = parts;
  const everyOther = whole!.slice([null, null, [0, null, 2]]);
  const [setApart] = gradient(everyOther, [whole!], { cotangent: stored([2, 3, 2]) });
  const loopsOf = ({ kernels }: Plan): number[] =>
    kernels.map((kernel) => (kernel.kind === 'loop' ? kernel.outer.length : 0));
  expect(loopsOf(planOf([concat(parts, 0)]))).toEqual([1, 1, 1]);
  expect(loopsOf(planOf([setApart]))).toEqual([1, 1]);
});

test('a plan prints as text', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(planText(planOf([x.sub(x.mean(1, { keepDims: true }))]))).toMatchInlineSnapshot(`
"b0: f32 × 4, input
b2: f32 × 2
b3: f32 × 4
kernel over i0 < 2
  sweep i1 < 2
    r0 = sum b0[2·i0 + i1]
  b2[i0] = div(r0, 2)
  sweep i1 < 2
    b3[2·i0 + i1] = sub(b0[2·i0 + i1], b2[i0])
  reads 2, writes 1, 64 bytes"
`);
});

test('softmax cross-entropy as nn composes it, forward and derived backward, reads three times and writes once', () => {
  const costsIn = (dtype: 'f32' | 'f64'): Costs => {
    const logits = tensor(stored([6, 20]).cast(dtype).data(), { shape: [6, 20] });
    const classes = tensor(Int32Array.of(3, 0, 19, 7, -100, 12));
    const isCounted = classes.notEqual(-100);
    const checked = arange(20).indexSelect(0, where(isCounted, classes, 0));
    const isTarget = checked.unsqueeze(1).equal(iota([6, 20], 1));
    const scores = logits.sub(logits.max(1, { keepDims: true }).stopGradient());
    const losses = scores
      .exp()
      .sum(1)
      .log()
      .sub(where(isTarget, scores, 0).sum(1));
    const loss = where(isCounted, losses, 0).sum().div(isCounted.sum().cast(dtype));
    return costs([loss, ...gradient(loss, [logits])]);
  };
  expect(costsIn('f64')).toMatchObject({ reads: 3, writes: 1 });
  // Exponentials of f32 take less time to write and read than to compute once more.
  expect(costsIn('f32')).toMatchObject({ reads: 3, writes: 2 });
});
