import { Generator, gradient, hessian, type Tensor, tensor, uniform } from '@windfall/core';
import {
  BatchNorm1d,
  crossEntropy,
  functional,
  Linear,
  type Module,
  Sequential,
  Sigmoid,
} from '@windfall/nn';
import { LossSurface } from '../src/loss-surface.ts';
import type { Batch } from '../src/digits.ts';

const [inputs, hidden, classes, examples] = [3, 2, 2, 10];

function setUp(): { network: Module; batch: Batch } {
  const generator = new Generator(7);
  const options = { dtype: 'f64', generator } as const;
  const network = new Sequential(
    new Linear(inputs, hidden, { ...options, bias: false }),
    new BatchNorm1d(hidden, { dtype: 'f64', trackRunningStats: false }),
    new Sigmoid(),
    new Linear(hidden, classes, options),
  );
  const labels = Int32Array.from({ length: examples }, (_, k) => k % classes);
  return { network, batch: [uniform([examples, inputs], { ...options, low: -1, high: 1 }), tensor(labels)] };
}

/** The same loss as a function of all parameters in one row, written down independently of the layers. */
function lossOf(row: Tensor, [images, labels]: Batch): Tensor {
  let start = 0;
  const next = (shape: number[]): Tensor => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const part = row.slice([[start, start + size]]).reshape(shape);
    start += size;
    return part;
  };
  const first = next([hidden, inputs]);
  const [weight, bias] = [next([hidden]), next([hidden])];
  const z = functional.linear(images, first);
  const mean = z.mean(0, { keepDims: true });
  const variance = z.sub(mean).square().mean(0, { keepDims: true });
  const y = z.sub(mean).div(variance.add(1e-5).sqrt()).mul(weight).add(bias).sigmoid();
  return crossEntropy(functional.linear(y, next([classes, hidden]), next([classes])), labels);
}

const rowOf = (network: Module): number[] =>
  network.parameters().flatMap((parameter) => [...parameter.data()]);

/** The eigenvalue of largest magnitude of a symmetric matrix: traces of its powers M^p, p = 2^20. */
function spectralExtreme(matrix: number[][]): number {
  const product = (a: number[][], b: number[][]): number[][] =>
    a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
  const trace = (a: number[][]): number => a.reduce((sum, row, k) => sum + row[k]!, 0);
  let power = matrix;
  for (let k = 0; k < 20; k++) {
    const square = product(power, power);
    power = square.map((row) => row.map((value) => value / trace(square)));
  }
  return trace(product(power, matrix)) / trace(power);
}

test('power iteration finds the eigenvalue of largest magnitude of the full Hessian, through batch normalization', () => {
  const { network, batch } = setUp();
  const row = tensor(Float64Array.from(rowOf(network)));
  const matrix = hessian((x) => lossOf(x, batch), row).toArray<number[][]>();
  const expected = spectralExtreme(matrix);
  const options = { tolerance: 1e-6, mostIterations: 10_000, generator: new Generator(1) };
  const { value, residual, iterations } = new LossSurface(network).topEigenvalue(batch, options);
  expect(residual).toBeLessThanOrEqual(1e-6);
  expect(iterations).toBeLessThan(10_000);
  expect(Math.abs(value / expected - 1)).toBeLessThan(1e-9);
});

test('power iteration stops after the most iterations, and tells how far it came', () => {
  const { network, batch } = setUp();
  const options = { tolerance: 0, mostIterations: 3, generator: new Generator(1) };
  const { residual, iterations } = new LossSurface(network).topEigenvalue(batch, options);
  expect(iterations).toBe(3);
  expect(residual).toBeGreaterThan(0);
});

test('losses and gradients along the gradient are those at the moved parameters, which are put back', () => {
  const { network, batch } = setUp();
  const before = rowOf(network);
  const at = (row: readonly number[]): { loss: number; slope: number[] } => {
    const x = tensor(Float64Array.from(row));
    const loss = lossOf(x, batch);
    const [slope] = gradient(loss, [x]);
    return { loss: loss.item(), slope: [...slope.data()] };
  };
  const length = (row: readonly number[]): number => Math.hypot(...row);
  const here = at(before);
  const { loss, gradientNorm, looks } = new LossSurface(network).descend(batch, [0.5, 2]);
  expect(loss).toBeCloseTo(here.loss, 12);
  expect(gradientNorm).toBeCloseTo(length(here.slope), 12);
  for (const { stepSize, ...look } of looks) {
    const there = at(before.map((value, k) => value - stepSize * here.slope[k]!));
    expect(look.loss).toBeCloseTo(there.loss, 12);
    const change = length(there.slope.map((value, k) => value - here.slope[k]!));
    expect(look.gradientChange).toBeCloseTo(change, 12);
  }
  expect(looks.map(({ stepSize }) => stepSize)).toEqual([0.5, 2]);
  expect(rowOf(network)).toEqual(before);
});
