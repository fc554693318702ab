/**
 * @file The interpreter applied node by node, so that the value of every node of a graph is at hand, and so that each
 * can be changed before others are computed from it.
 */
import { rebuild } from '../../src/compile/rebuild.ts';
import { data } from '../../src/graph/build.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { interpret } from '../../src/interpret/interpret.ts';

/** What stands for a node's value, from the node (computed from known values) and its elements. */
type Adjust = (node: Node, elements: Float64Array) => Float64Array;

/** The values of nodes, each computed once. */
export class Interpretation {
  readonly #known = new Map<Node, Node<'data'>>();
  readonly #adjust: Adjust;

  constructor(adjust: Adjust = (_, elements) => elements) {
    this.#adjust = adjust;
  }

  /** The elements of a node in row-major order, as float64 numbers whatever its dtype. */
  of(root: Node): Float64Array {
    for (const node of topologicalOrder([root], (node) => (this.#known.has(node) ? [] : node.inputs))) {
      if (!this.#known.has(node)) this.#known.set(node, this.#compute(node));
    }
    return elementsOf(this.#known.get(root)!);
  }

  #compute(node: Node): Node<'data'> {
    const own = rebuild(
      node,
      node.inputs.map((input) => this.#known.get(input)!),
    );
    const array = this.#adjust(own, interpret([own])[0]!);
    return data({ array }, node.shape, node.dtype);
  }
}

/** The elements of a node whose value is known. */
export function elementsOf(node: Node): Float64Array {
  return isOp(node, 'data') ? Float64Array.from(node.attributes.storage.array) : interpret([node])[0]!;
}
