/**
 * @file Compares three ways to the derivatives of batch normalization, of first, second and third order, in float64:
 * derived from the graph, from the paper's closed form, and by finite differences.
 */
import { evaluate, type Generator, gradient, normal, type Tensor, uniform, Variable } from '@windfall/core';
import { BatchNorm1d } from '@windfall/nn';
import { batchNormClosedForm } from './batch-norm-closed-form.ts';
import { finiteDifferences } from './finite-differences.ts';

/** How far the derived gradient of one order with respect to one input is from the two others, relatively. */
export interface Comparison {
  readonly order: number;
  readonly input: 'x' | 'γ' | 'β';
  readonly fromClosedForm: number;
  readonly fromFiniteDifferences: number;
}

/** A small batch normalization in training mode: what it is applied to, and the cotangent of its result. */
export interface SmallBatchNorm {
  readonly layer: BatchNorm1d;
  /** x [6, 3], γ [3] and β [3] */
  readonly inputs: readonly [x: Variable, gamma: Variable, beta: Variable];
  readonly cotangent: Tensor;
}

/** Random, because a cotangent of ones would test nothing: the gradient of the sum of all outputs is 0. */
export function smallBatchNorm(generator: Generator): SmallBatchNorm {
  const options = { dtype: 'f64', generator } as const;
  const layer = new BatchNorm1d(3, { dtype: 'f64', trackRunningStats: false });
  const x = new Variable(normal([6, 3], options), { requiresGrad: true });
  const gamma = layer.weight!.assign(uniform([3], { ...options, low: 0.5, high: 1.5 }));
  const beta = layer.bias!.assign(normal([3], options));
  const cotangent = normal([6, 3], options).detach();
  // From here on these are numbers, not the graph of a random draw.
  evaluate([x, gamma, beta, cotangent]);
  return { layer, inputs: [x, gamma, beta], cotangent };
}

/** Σ over all pairs of their inner products. */
const inner = (a: readonly Tensor[], b: readonly Tensor[]): Tensor =>
  a.map((tensor, position) => tensor.mul(b[position]!).sum()).reduce((sum, term) => sum.add(term));

/** The largest difference, relative to the largest element; 0 where nothing differs. */
function relativeError(actual: Tensor, expected: Float64Array): number {
  const differences = Float64Array.from(actual.data(), (value, i) => Math.abs(value - expected[i]!));
  const largest = Math.max(...differences);
  return largest === 0 ? 0 : largest / Math.max(...expected.map(Math.abs));
}

/**
 * Order 1 is the gradient; every further order is the gradient of the last one's inner product with fixed random
 * directions.
 */
export function compareGradients(orders: number, generator: Generator): Comparison[] {
  const { layer, inputs, cotangent } = smallBatchNorm(generator);
  const [x, gamma] = inputs;
  let value = (): Tensor => inner([layer.forward(x)], [cotangent]);
  let derived = (): Tensor[] => gradient(layer.forward(x), inputs, { cotangent });
  let closedForm = (): Tensor[] => batchNormClosedForm(x, gamma, cotangent, { epsilon: layer.eps });

  const comparisons: Comparison[] = [];
  for (let order = 1; order <= orders; order++) {
    const expected = closedForm();
    const differences = finiteDifferences(value, inputs);
    derived().forEach((actual, position) => {
      comparisons.push({
        order,
        input: (['x', 'γ', 'β'] as const)[position]!,
        fromClosedForm: relativeError(actual, expected[position]!.data() as Float64Array),
        fromFiniteDifferences: relativeError(actual, differences[position]!),
      });
    });
    const directions = inputs.map(({ shape }) => normal(shape, { dtype: 'f64', generator }));
    const [lower, lowerClosedForm] = [derived, closedForm];
    value = () => inner(lower(), directions);
    derived = () => gradient(inner(lower(), directions), inputs);
    closedForm = () => gradient(inner(lowerClosedForm(), directions), inputs);
  }
  return comparisons;
}
