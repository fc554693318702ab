/**
 * @file The values of a plan's intermediate nodes, which stand in memory, and need not be computed again, until the next
 * plan runs.
 */
import type { TypedArray } from '../dtype.ts';
import type { Node } from '../graph/node.ts';

/** What a plan that has run has computed. */
export interface Computed {
  readonly roots: readonly Node[];
  readonly order: readonly Node[];
  /** Which nodes, by their number in the order, have their value in which buffer. */
  readonly kept: readonly (readonly [node: number, buffer: number])[];
  readonly read: (buffer: number) => TypedArray;
}

export class Retained {
  readonly #arrays: Map<Node, TypedArray>;
  readonly #computed: Computed;
  /** No node made after this one is among them. */
  readonly #newest: number;
  /** Made when one of them might be asked for, which most programs never do. */
  #buffers: ReadonlyMap<Node, number> | null = null;

  /** @param arrays values that the plan was given, and that were retained before */
  constructor(arrays: ReadonlyMap<Node, TypedArray>, computed: Computed) {
    this.#arrays = new Map(arrays);
    this.#computed = computed;
    this.#newest = Math.max(-1, ...computed.roots.map(({ id }) => id));
  }

  #bufferOf(node: Node): number | undefined {
    if (node.id > this.#newest) return undefined;
    const { order, kept } = this.#computed;
    this.#buffers ??= new Map(kept.map(([number, buffer]) => [order[number]!, buffer]));
    return this.#buffers.get(node);
  }

  has(node: Node): boolean {
    return this.#arrays.has(node) || this.#bufferOf(node) !== undefined;
  }

  /** The elements of one that is among them. */
  elementsOf(node: Node): TypedArray {
    let array = this.#arrays.get(node);
    if (array === undefined) {
      array = this.#computed.read(this.#bufferOf(node)!);
      this.#arrays.set(node, array);
    }
    return array;
  }
}

export const nothingRetained = new Retained(new Map(), {
  roots: [],
  order: [],
  kept: [],
  read: () => new Float32Array(),
});
