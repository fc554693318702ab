/**
 * @file One of the two rewrites that may change a rounding (the other is in window-contraction.ts): a factor that repeats
 * along the summed axes leaves the sum, Σ f·s = s·Σ f. It spares a multiplication per element, and it makes sums equal that differ only in such factors. Where
 * s or Σ f is infinite, or some f is while s is 0, the two sides may be different non-finite numbers. Constants stay
 * where they are: nothing is gained by moving them, and one that keeps a sum from overflowing must act before it.
 */
import { isFloat } from '../dtype.ts';
import * as build from '../graph/build.ts';
import { isOp, type Node } from '../graph/node.ts';
import { scalarFunction } from '../graph/scalar-functions.ts';
import { sizeOf, withoutAxes } from '../shape.ts';

/** What becomes of the sum of a value when a factor has left it. */
type Restore = (sum: Node) => Node;

/** A value as a product: what varies along the summed axes, and how the sum is corrected for what does not. */
interface Factored {
  readonly rest: Node;
  readonly restore: Restore;
}

/** The value of a node without the given axes, along which it is constant; null if it is not. */
function invariant(node: Node, axes: readonly number[]): Node | null {
  if (!isOp(node, 'expand') || !axes.every((axis) => node.attributes.axes.includes(axis))) return null;
  const kept = node.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const expanded = kept.flatMap((axis, position) => (node.attributes.axes.includes(axis) ? [position] : []));
  return build.expand(node.inputs[0]!, withoutAxes(node.shape, axes), expanded);
}

/** Pulls invariant factors out of a value; null if it has none. */
function factor(node: Node, axes: readonly number[]): Factored | null {
  if (!isOp(node, 'elementwise')) return null;
  const { linearIn = [] } = scalarFunction(node.attributes.function);
  const apply = (operands: readonly Node[]): Node => build.elementwise(node.attributes.function, operands);
  let rest: readonly Node[] = node.inputs;
  let restore: Restore | null = null;
  for (const position of linearIn) {
    const others = node.inputs.map((operand, k) => (k === position ? operand : invariant(operand, axes)));
    const inner = factor(rest[position]!, axes);
    if (others.every((other) => other !== null)) {
      // f(x, s) with s invariant: the whole function leaves the sum.
      const outside = inner?.restore ?? same;
      return {
        rest: inner?.rest ?? node.inputs[position]!,
        restore: (sum) => apply(others.with(position, outside(sum))),
      };
    }
    if (inner === null) continue;
    const before: Restore = restore ?? same;
    rest = rest.with(position, inner.rest);
    restore = (sum) => inner.restore(before(sum));
  }
  return restore === null ? null : { rest: apply(rest), restore };
}

const same: Restore = (sum) => sum;

/** A sum with all invariant factors moved out of it; the node itself if there are none. */
export function hoistFactors(node: Node<'reduce'>): Node {
  const { kind, axes } = node.attributes;
  const [input] = node.inputs as [Node];
  if (kind !== 'sum' || axes.length === 0 || !isFloat(node.dtype) || sizeOf(input.shape) === 0) return node;
  const factored = factor(input, axes);
  if (factored === null) return node;
  const product = factored.restore(build.reduce(factored.rest, 'sum', axes));
  // A sum is never −0, but its product with a negative factor may be.
  return build.withoutNegativeZeros(product);
}
