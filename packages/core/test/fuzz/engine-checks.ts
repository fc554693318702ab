/**
 * @file Random graphs through the engine, as users meet it: values read on the way, and functions compiled and replayed.
 * Both must give the interpreter's values. Each check gives messages of what is wrong, none if nothing is.
 */
import { compile, evaluate, getBackend, setBackend, type Tensor } from '../../src/index.ts';
import { allocate } from '../../src/dtype.ts';
import { data } from '../../src/graph/build.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { wrap } from '../../src/ops/tensor.ts';
import type { Dice } from './draw.ts';
import { Interpretation } from './interpretation.ts';
import { numberText, suspects, unexplained } from './ladder.ts';
import { type RandomGraph, randomGraph } from './random-graph.ts';
import { Rounding } from './rounding.ts';
import { substitute } from './shrink.ts';

/** What is wrong with tensors that should have the values of nodes. */
function differences(actual: readonly Tensor[], nodes: readonly Node[], exact: Interpretation): string[] {
  const rounding = new Rounding(exact);
  return nodes.flatMap((node, k) => {
    const [found, expected] = [actual[k]!.data(), exact.of(node)];
    const doubtful = suspects(found, expected, node.dtype);
    const [wrong] =
      doubtful.length === 0 ? [] : unexplained(doubtful, found, expected, rounding.spreadOf(node));
    return wrong === undefined
      ? []
      : [
          `result ${k}: element ${wrong} is ${numberText(found[wrong]!)}, not ${numberText(expected[wrong]!)}`,
        ];
  });
}

/** Does something with either backend, and says in its messages what was done. */
function onSomeBackend(dice: Dice, what: string, check: () => string[]): string[] {
  const before = getBackend();
  const backend = dice.pick(['javascript', 'wasm'] as const);
  setBackend(backend);
  try {
    return check().map((message) => `${backend} ${what}, ${message}`);
  } catch (error) {
    return [`${backend} ${what}: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    setBackend(before);
  }
}

/** Builds a graph again and reads some values on the way. */
export function checkReading(dice: Dice, seed: number, graph: RandomGraph, exact: Interpretation): string[] {
  return onSomeBackend(dice, 'after reading', () => {
    const visit = (value: Tensor): void => {
      if (dice.chance(0.3)) value.data();
    };
    const { outputs } = randomGraph(seed, { findings: graph.findings, visit });
    if (dice.chance(0.5)) evaluate(outputs);
    return differences(
      outputs,
      graph.outputs.map(({ node }) => node),
      exact,
    );
  });
}

/** A leaf with the same elements in the opposite order, so that positions of an axis stay positions of it. */
function reversed({ attributes, shape, dtype }: Node<'data'>): Node<'data'> {
  const { array } = attributes.storage;
  const other = allocate(dtype, array.length);
  other.set(array.toReversed());
  return data({ array: other }, shape, dtype);
}

/** Compiles the function of its leaves that a graph is, and calls it for them and for others. */
export function checkCompiling(dice: Dice, graph: RandomGraph, exact: Interpretation): string[] {
  return onSomeBackend(dice, 'compiled', () => {
    const roots = graph.outputs.map(({ node }) => node);
    const leaves = topologicalOrder(roots).filter((node): node is Node<'data'> => isOp(node, 'data'));
    const withLeaves = (others: readonly Node[]): Node[] =>
      substitute(roots, new Map(leaves.map((leaf, k) => [leaf, others[k]!])));
    const compiled = compile((given: readonly Tensor[]) =>
      withLeaves(given.map(({ node }) => node)).map((node) => wrap(node)),
    );
    const others = leaves.map(reversed);
    return [
      ...differences(compiled(leaves.map((leaf) => wrap(leaf))), roots, exact),
      ...differences(compiled(others.map((leaf) => wrap(leaf))), withLeaves(others), new Interpretation()),
      ...differences(compiled(leaves.map((leaf) => wrap(leaf))), roots, exact),
    ];
  });
}
