/**
 * @file Random graphs from seeds. All that run plans must give the interpreter's values; reading on the way must change
 * nothing; gradients must be those of finite differences; and what tells so must be able to fail.
 */
import { gradcheck, gradient, type Tensor } from '../src/index.ts';
import { isFloat } from '../src/dtype.ts';
import { type Expression, type LoopKernel, type Plan, rewriter, type Store } from '../src/compile/kernel.ts';
import { isOp } from '../src/graph/node.ts';
import { type ScalarName, scalarFunction } from '../src/graph/scalar-functions.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import { wrap } from '../src/ops/tensor.ts';
import { sizeOf } from '../src/shape.ts';
import { type Failure, fuzz } from './fuzz/fuzz.ts';
import { suspects } from './fuzz/ladder.ts';
import { randomGraph } from './fuzz/random-graph.ts';
import { type Rung, rungs } from './fuzz/rungs.ts';
import { substitute } from './fuzz/shrink.ts';

test('kernel IR, javascript and wasm give the interpreter’s values and gradients, read on the way or not', () => {
  const { failures, coverage, explained, compared } = fuzz({ seed: 1, graphs: 150, shrinkFor: 3000 });
  expect(failures).toEqual([]);
  expect(coverage.missing()).toEqual([]);
  expect(explained / compared).toBeLessThan(0.01);
});

/** A rung that runs plans after something was done to them. */
function mutated(name: string, mutate: (plan: Plan) => Plan): Rung {
  const [evaluator] = rungs as [Rung];
  return { name, run: (plan, ...rest) => evaluator.run(mutate(plan), ...rest) };
}

const inLoops =
  (change: (kernel: LoopKernel) => LoopKernel) =>
  (plan: Plan): Plan => ({
    ...plan,
    kernels: plan.kernels.map((kernel) => (kernel.kind === 'loop' ? change(kernel) : kernel)),
  });

/** Kernels with every expression rewritten. */
const inExpressions = (rewrite: (expression: Expression) => Expression) =>
  inLoops((kernel) => {
    const change = rewriter(rewrite);
    const inStore = (store: Store): Store => ({ ...store, value: change(store.value) });
    return {
      ...kernel,
      phases: kernel.phases.map(({ reductions, stores, results }) => ({
        reductions: reductions.map((reduction) => ({ ...reduction, value: change(reduction.value) })),
        stores: stores.map(inStore),
        results: results.map(inStore),
      })),
    };
  });

test.each<[what: string, mostOperations: number, mutate: (plan: Plan) => Plan]>([
  [
    'takes cosines for sines',
    1,
    inExpressions((inner) =>
      inner.kind === 'apply' && inner.function === 'sin' ? { ...inner, function: 'cos' } : inner,
    ),
  ],
  [
    'is off by 1 % in exponentials',
    1,
    inExpressions((inner) =>
      inner.kind === 'apply' && inner.function === 'exp'
        ? {
            kind: 'apply',
            function: 'mul',
            operands: [inner, { kind: 'constant', value: 1.01, dtype: inner.dtype }],
            dtype: inner.dtype,
          }
        : inner,
    ),
  ],
  [
    'ignores the bounds of padding',
    4,
    inExpressions((inner) =>
      inner.kind === 'guard' ? { ...inner, bounds: inner.bounds.slice(0, -1) } : inner,
    ),
  ],
  [
    'sums one element too few where there are more than eight',
    2,
    inLoops((kernel) =>
      kernel.inner.length === 1 && kernel.inner[0]! > 8
        ? { ...kernel, inner: [kernel.inner[0]! - 1] }
        : kernel,
    ),
  ],
  [
    'runs the first two kernels in the wrong order',
    8,
    (plan) => ({
      ...plan,
      kernels: plan.kernels.length === 2 ? plan.kernels.toReversed() : plan.kernels,
    }),
  ],
])('a rung that %s is found out, in a graph of at most %d operations', (_what, mostOperations, mutate) => {
  const wrong = mutated('mutant', mutate);
  let failure: Failure | undefined;
  for (let seed = 1; seed < 400 && failure === undefined; seed++)
    [failure] = fuzz({ seed, graphs: 1, ladder: [wrong] }).failures;
  expect(failure?.messages[0]).toMatch(/^mutant/);
  const operations = (failure?.text ?? '').split('\n').filter((line) => /^%.* = (?!data)/.test(line));
  expect(operations.length).toBeGreaterThan(0);
  expect(operations.length).toBeLessThanOrEqual(mostOperations);
});

test.each([
  [1, Infinity],
  [Infinity, 1],
  [-Infinity, Infinity],
  [NaN, 1],
  [1, NaN],
  [NaN, Infinity],
  [0, -0],
  [1, 1.001],
  [0, 1e-3],
])('%d is not taken for %d', (found, wanted) => {
  for (const dtype of ['f32', 'f64'] as const)
    expect(suspects([wanted, found], Float64Array.of(wanted, wanted), dtype)).toEqual([1]);
});

/** Functions without a derivative, or with kinks. */
const kinked: readonly ScalarName[] = ['abs', 'maximum', 'minimum', 'remainder', 'where'];

/** Whether nothing in a graph jumps or bends; integers and what is made of them may be anywhere. */
function isSmooth(tensor: Tensor): boolean {
  return topologicalOrder([tensor.node]).every((node) => {
    if (!isFloat(node.dtype)) return false;
    if (isOp(node, 'reduce')) return node.attributes.kind === 'sum' || node.attributes.kind === 'variance';
    if (isOp(node, 'customGradient') || isOp(node, 'stopGradient')) return false;
    if (!isOp(node, 'elementwise')) return true;
    const { pullbacks } = scalarFunction(node.attributes.function);
    return pullbacks.some((pullback) => pullback !== null) && !kinked.includes(node.attributes.function);
  });
}

test('the gradient of a smooth random graph is that of finite differences', () => {
  let checked = 0;
  for (let seed = 1; checked < 40 && seed < 1000; seed++) {
    const profile = { filling: 'smooth', dtypes: ['f64'] } as const;
    const [output] = randomGraph(seed, { profile, accepts: isSmooth }).outputs as [Tensor];
    const order = topologicalOrder([output.node]);
    const leaves = order.filter((node) => isOp(node, 'data'));
    if (order.length < 8 || [output.node, ...leaves].some(({ shape }) => sizeOf(shape) === 0)) continue;
    const build = (...given: Tensor[]): Tensor => {
      const by = new Map(leaves.map((leaf, k) => [leaf, given[k]!.node]));
      return wrap(substitute([output.node], by)[0]!)
        .square()
        .mean();
    };
    const inputs = leaves.map((leaf) => wrap(leaf));
    if (!Number.isFinite(build(...inputs).item())) continue;
    const slopes = gradient(build(...inputs), inputs);
    if (slopes.every((slope) => slope.data().every((value) => Math.abs(value) < 1e-6))) continue;
    try {
      gradcheck(build, inputs, { directions: 1, tolerance: 1e-6 });
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    checked++;
  }
  expect(checked).toBe(40);
});
