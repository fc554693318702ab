/**
 * @file Rewrites a graph into a smaller one with the same bits: equal nodes become one, constants are folded, identities
 * and movements that cancel vanish. Nothing here could change a NaN, a signed zero or a rounding; two rewrites that it
 * calls may, and say so.
 */
import { castTo } from '../dtype.ts';
import * as build from '../graph/build.ts';
import { isOp, Node } from '../graph/node.ts';
import { evaluationIn, scalarFunction } from '../graph/scalar-functions.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { isView } from './coordinates.ts';
import { gatherWindows } from './gathered-fold.ts';
import { hoistFactors } from './hoist.ts';
import { rewriteMovement } from './movements.ts';
import { attributesKey } from './signature.ts';
import { rebuild } from './rebuild.ts';
import { contractOverWindows, sliceWindows } from './window-contraction.ts';

/** A node whose value is given: how it could be computed is of no interest any more. */
function opaque(node: Node): Node {
  if (isOp(node, 'data')) return node;
  return new Node(
    'data',
    [],
    { storage: { array: new Float32Array(0) }, forgetful: false },
    node.shape,
    node.dtype,
  );
}

/** The same values by a simpler graph: one node per root, in the roots' order. `isInput` marks nodes whose values are given. */
export function simplify(roots: readonly Node[], isInput: (node: Node) => boolean): Node[] {
  const replacement = new Map<Node, Node>();
  const known = new Map<string, Node>();
  const finished = new Set<Node>();

  /** The one node for this value: simplified itself, from inputs that already are. */
  const canonical = (node: Node): Node => {
    if (finished.has(node)) return node;
    const simpler = rewrite(rebuild(node, node.inputs.map(canonical)));
    if (finished.has(simpler)) return simpler;
    const key = keyOf(simpler);
    const same = known.get(key);
    if (same !== undefined) return same;
    // A rewrite may have made several nodes; those below the new one are finished first.
    const result =
      simpler === node || simpler.inputs.every((input) => finished.has(input)) ? simpler : canonical(simpler);
    known.set(key, result);
    finished.add(result);
    return result;
  };

  for (const node of topologicalOrder(roots, (node) => (isInput(node) ? [] : neededInputs(node)))) {
    if (isInput(node)) {
      const given = opaque(node);
      finished.add(given);
      replacement.set(node, given);
    } else {
      const inputs = neededInputs(node).map((input) => replacement.get(input)!);
      replacement.set(node, canonical(rebuild(node, inputs)));
    }
  }
  return roots.map((root) => replacement.get(root)!);
}

/** Identities need only what they are identical to. */
function neededInputs(node: Node): readonly Node[] {
  return isOp(node, 'customGradient') ? node.inputs.slice(0, 1) : node.inputs;
}

/** Two nodes with the same key have the same value. */
function keyOf(node: Node): string {
  if (isOp(node, 'data')) return `data ${node.id}`;
  let inputs = node.inputs.map((input) => input.id);
  if (isOp(node, 'elementwise') && scalarFunction(node.attributes.function).commutative === true)
    inputs = inputs.sort((a, b) => a - b);
  return `${node.op} ${node.dtype} ${node.shape.join()} ${inputs.join()} ${attributesKey(node)}`;
}

/** The value that a node has everywhere, if it is known now. */
function constantOf(node: Node | undefined): number | null {
  return node !== undefined && isOp(node, 'constant') ? node.attributes.value : null;
}

function rewrite(node: Node): Node {
  if (isOp(node, 'stopGradient') || isOp(node, 'customGradient')) return node.inputs[0]!;
  const [input] = node.inputs;
  if (input === undefined) return node;
  if (isOp(node, 'elementwise')) return rewriteElementwise(node);
  if (isOp(node, 'reduce')) return hoistFactors(node);
  const value = constantOf(input);
  if (value !== null && isOp(node, 'cast')) {
    return build.constant(castTo(node.dtype, value), node.shape, node.dtype);
  }
  if (value !== null && isView(node) && (!isOp(node, 'pad') || Object.is(node.attributes.value, value)))
    return build.constant(value, node.shape, node.dtype);
  if (isOp(node, 'fold')) return firstChange(node, contractOverWindows, gatherWindows);
  if (isOp(node, 'slice')) return firstChange(node, rewriteMovement, sliceWindows);
  return rewriteMovement(node);
}

/** What the first rewrite that applies makes of a node. */
function firstChange<N extends Node>(node: N, ...rewrites: readonly ((node: N) => Node)[]): Node {
  for (const change of rewrites) {
    const changed = change(node);
    if (changed !== node) return changed;
  }
  return node;
}

function rewriteElementwise(node: Node<'elementwise'>): Node {
  const name = node.attributes.function;
  const { dtypes, neutral, commutative, withOpposite } = scalarFunction(name);
  const values = node.inputs.map(constantOf);
  const [first, second, third] = node.inputs as [Node, Node, Node];
  if (values.every((value) => value !== null)) {
    const [a = 0, b = 0, c = 0] = values;
    return build.constant(evaluationIn(name, node.dtype)(a, b, c), node.shape, node.dtype);
  }
  if (dtypes === 'selection' && values[0] !== null) return values[0] === 0 ? third : second;
  if (neutral !== undefined && Object.is(values[1], neutral)) return first;
  if (neutral !== undefined && commutative === true && Object.is(values[0], neutral)) return second;
  if (withOpposite === undefined) return node;
  const [ofFirst, ofSecond] = [oppositeOf(first), oppositeOf(second)];
  if (ofSecond !== null) return build.elementwise(withOpposite, [first, ofSecond]);
  if (commutative === true && ofFirst !== null) return build.elementwise(withOpposite, [second, ofFirst]);
  return node;
}

/** What a node is the opposite of, if it is computed that way. */
function oppositeOf(node: Node): Node | null {
  if (!isOp(node, 'elementwise') || scalarFunction(node.attributes.function).isOpposite !== true) return null;
  const [input] = node.inputs as [Node];
  return input.dtype === node.dtype ? input : null;
}
