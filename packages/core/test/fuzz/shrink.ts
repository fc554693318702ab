/**
 * @file Makes a failing graph smaller, one operation at a time, for as long as it fails; and prints what is left.
 */
import { compilePlan } from '../../src/compile/compile-plan.ts';
import { planText } from '../../src/compile/plan-text.ts';
import { allocate, roundTo } from '../../src/dtype.ts';
import { data } from '../../src/graph/build.ts';
import { isOp, Node } from '../../src/graph/node.ts';
import { printNodes } from '../../src/graph/print.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { equalShapes } from '../../src/shape.ts';
import { Interpretation } from './interpretation.ts';
import { numberText } from './ladder.ts';

type Roots = readonly Node[];

/** The graph with some nodes replaced by others of the same shape and dtype. */
export function substitute(roots: Roots, replaced: ReadonlyMap<Node, Node>): Node[] {
  const replacement = new Map(replaced);
  for (const node of topologicalOrder(roots)) {
    if (replacement.has(node)) continue;
    const inputs = node.inputs.map((input) => replacement.get(input)!);
    const isSame = inputs.every((input, position) => input === node.inputs[position]);
    const tracked = isOp(node, 'stopGradient') ? node.tracked : undefined;
    const { op, attributes, shape, dtype } = node;
    replacement.set(node, isSame ? node : new Node(op, inputs, attributes, shape, dtype, tracked));
  }
  return roots.map((root) => replacement.get(root)!);
}

/** A data node with the given elements, rounded to the dtype of the node that it stands for. */
function leafFor(node: Node, elements: ArrayLike<number>): Node<'data'> {
  const array = allocate(node.dtype, elements.length);
  for (let k = 0; k < array.length; k++) array[k] = roundTo(node.dtype, elements[k]!);
  return data({ array }, node.shape, node.dtype);
}

/** What may stand for a node in a smaller graph: its value, one of its inputs, its value in round numbers. */
function* simplerThan(node: Node, values: Interpretation): Generator<Node> {
  const elements = values.of(node);
  if (isOp(node, 'constant')) return;
  if (isOp(node, 'data')) {
    const rounded = elements.map(Math.round);
    if (node.dtype !== 'i32' && rounded.some((value, k) => !Object.is(value, elements[k])))
      yield leafFor(node, rounded);
    return;
  }
  yield leafFor(node, elements);
  for (const input of node.inputs) {
    if (input.dtype === node.dtype && equalShapes(input.shape, node.shape)) yield input;
  }
}

/** As few of the roots as fail: if possible one, or one of the nodes below them. */
function fewestRoots(roots: Roots, fails: (roots: Roots) => boolean): Roots {
  const single = topologicalOrder(roots).find((node) => node.inputs.length > 0 && fails([node]));
  if (single !== undefined) return [single];
  return roots.reduce<Roots>((kept, root) => {
    const others = kept.filter((other) => other !== root);
    return others.length > 0 && fails(others) ? others : kept;
  }, roots);
}

/**
 * A smaller graph that fails, too.
 * @param fails whether a graph fails
 * @param most after how many milliseconds to be content
 */
export function shrink(roots: Roots, fails: (roots: Roots) => boolean, most = 30_000): Roots {
  const end = Date.now() + most;
  let best = fewestRoots(roots, fails);
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    const values = new Interpretation();
    // From the roots down, so that what lies below a value goes with it.
    for (let pending = topologicalOrder(best).reverse(); pending.length > 0; ) {
      const [node, ...rest] = pending as [Node, ...Node[]];
      pending = rest;
      for (const simpler of simplerThan(node, values)) {
        if (Date.now() > end) return best;
        const candidate = substitute(best, new Map([[node, simpler]]));
        if (!fails(candidate)) continue;
        best = candidate;
        isSmaller = true;
        const left = new Set(topologicalOrder(best));
        pending = pending.filter((other) => left.has(other));
        break;
      }
    }
  }
  return best;
}

/** How many elements of a leaf are printed. */
const mostPrinted = 64;

/** The kernels of a graph as text. */
function kernelsText(roots: Roots): string {
  const order = topologicalOrder(roots);
  try {
    return planText(
      compilePlan(
        roots,
        order,
        order.filter((node) => isOp(node, 'data')),
      ).plan,
    );
  } catch {
    return 'it cannot be compiled';
  }
}

/** A graph as text, with the elements of its leaves and the kernels it is compiled to. */
export function graphText(roots: Roots): string {
  const leaves = topologicalOrder(roots).filter((node): node is Node<'data'> => isOp(node, 'data'));
  const names = new Map<Node, string>([
    ...roots.map((root, k) => [root, `result${k}`] as const),
    ...leaves.map((leaf, k) => [leaf, `leaf${k}`] as const),
  ]);
  const values = leaves.map((leaf, k) => {
    const { array } = leaf.attributes.storage;
    const shown = Array.from(array.subarray(0, mostPrinted), numberText).join(', ');
    return `leaf${k} = [${shown}${array.length > mostPrinted ? ', …' : ''}]`;
  });
  return [printNodes(roots, names), ...values, kernelsText(roots)].join('\n');
}
