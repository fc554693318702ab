/**
 * @file One plan of some tensors, run by every engine that runs plans and held against the interpreter.
 */
import { assertClose, type Tensor, tensor } from '../../src/index.ts';
import { compilePlan } from '../../src/compile/compile-plan.ts';
import type { TypedArray } from '../../src/dtype.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { interpret } from '../../src/interpret/interpret.ts';
import { Interpretation } from '../fuzz/interpretation.ts';
import { suspects, unexplained } from '../fuzz/ladder.ts';
import { Rounding } from '../fuzz/rounding.ts';
import { javascript as javascriptRung, onOneAndThreeThreads } from '../fuzz/rungs.ts';
import type { Engine } from './finding.ts';

/** What was computed for one tensor. */
export interface Computed {
  /** The interpreter's elements. */
  readonly interpreted: Float64Array;
  /** What is wrong with those of the other engines; null where nothing is. */
  readonly differences: Readonly<Record<Exclude<Engine, 'interpreter'>, string | null>>;
}

/** What an action throws; null if it does not. */
export function messageOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is wrong with the elements found for a node, if it is more than rounding can have done. */
type Judge = (node: Node, found: TypedArray, expected: Float64Array) => string | null;

/** The usual tolerances, which a short chain of operations keeps. */
export const near: Judge = ({ shape }, found, expected) =>
  messageOf(() => assertClose(tensor(found, { shape }), { shape, values: expected }));

/** The same, except where trying shows that rounding alone carries an element further: sums that cancel. */
export const nearButForRounding: Judge = (node, found, expected) => {
  const message = near(node, found, expected);
  if (message === null) return null;
  const rounding = new Rounding(new Interpretation());
  const doubtful = suspects(found, expected, node.dtype);
  return unexplained(doubtful, found, expected, rounding.spreadOf(node)).length === 0 ? null : message;
};

/** What differs in bits that must not. */
function bitsThatDiffer(found: TypedArray, expected: TypedArray): string | null {
  const k = found.findIndex((value, position) => !Object.is(value, expected[position]));
  return k < 0 ? null : `element ${k} is ${found[k]}, but ${expected[k]} on one thread`;
}

/** Computes tensors together on every engine, and judges what it gives. */
export function computeEverywhere(tensors: readonly Tensor[], judge: Judge): Computed[] {
  const roots = tensors.map(({ node }) => node);
  const order = topologicalOrder(roots);
  const inputs = order.filter((node): node is Node<'data'> => isOp(node, 'data'));
  const given = inputs.map(({ attributes }) => attributes.storage.array);
  const interpreted = interpret(roots);
  const { plan, bufferOf } = compilePlan(roots, order, inputs);
  const wanted = roots.map((root) => bufferOf(root)!);
  const read = javascriptRung.run(plan, given, wanted);
  const plain = wanted.map((buffer) => read(buffer));
  const [alone, together] = onOneAndThreeThreads(plan, given, wanted);
  return roots.map((root, k) => {
    const javascript = judge(root, plain[k]!, interpreted[k]!);
    const wasm = judge(root, alone[k]!, interpreted[k]!);
    const threads = bitsThatDiffer(together[k]!, alone[k]!) ?? wasm;
    return { interpreted: interpreted[k]!, differences: { javascript, wasm, 'wasm threads': threads } };
  });
}
