/**
 * @file A contraction kernel in the making: takes up elementwise users of its result, which then cost no sweep of their own.
 */
import { labelExtents } from '../graph/build.ts';
import { isOp, type Node } from '../graph/node.ts';
import { stridesOf } from '../shape.ts';
import { combine, type Coordinates, counter, mergedCoordinates, significant } from './coordinates.ts';
import { type Inliner, Scope } from './inline.ts';
import type { Offer } from './loop-builder.ts';
import {
  type ContractKernel,
  type Expression,
  type Index,
  type MatrixView,
  mapStoreIndices,
  rewriter,
  sameIndex,
  type Store,
  subexpressions,
} from './kernel.ts';

/** Larger kernels compile slowly and gain nothing more. */
const mostOperations = 1000;

export class ContractBuilder {
  readonly #node: Node<'contract'>;
  readonly #inliner: Inliner;
  readonly #scope: Scope;
  /** The stores, in the loops of the result's own axes. */
  readonly #stores: Store[] = [];
  readonly #produced = new Map<number, Expression>();
  readonly #index: Index;
  #operations = 0;

  constructor(node: Node<'contract'>, buffer: number, inliner: Inliner) {
    this.#node = node;
    this.#inliner = inliner;
    this.#scope = new Scope(node.shape);
    this.#index = combine(
      mergedCoordinates(node.shape, node.shape)!,
      stridesOf(node.shape),
      node.shape.length,
    );
    this.#store(buffer, { kind: 'reduced', reduction: 0, dtype: node.dtype });
  }

  #store(buffer: number, value: Expression): void {
    this.#stores.push({ buffer, index: this.#index, row: null, accumulate: false, value });
    this.#produced.set(buffer, value);
  }

  /** How a stored node can be taken up: if it is computed from the result element by element, which then is in registers. */
  offer(node: Node, buffer: number): Offer | null {
    const { loops } = this.#scope;
    if (
      mergedCoordinates(significant(this.#inliner.spaceOf(node)), loops) === null ||
      isOp(node, 'reduce') ||
      this.#operations > mostOperations
    )
      return null;
    const value = this.#inliner.compute(node, mergedCoordinates(node.shape, loops)!, this.#scope);
    let depends = false;
    for (const expression of subexpressions([value])) {
      if (expression.kind === 'random' && this.#produced.has(expression.key)) return null;
      if (expression.kind !== 'load' || !this.#produced.has(expression.buffer)) continue;
      if (expression.row !== null || !sameIndex(expression.index, this.#index)) return null;
      depends = true;
    }
    if (!depends) return null;
    const substitute = rewriter((inner) =>
      inner.kind === 'load' ? (this.#produced.get(inner.buffer) ?? inner) : inner,
    );
    const substituted = substitute(value);
    return {
      bytes: 0,
      take: () => {
        this.#operations += subexpressions([substituted]).length;
        this.#store(buffer, substituted);
      },
    };
  }

  build(): ContractKernel {
    const { attributes, inputs, dtype } = this.#node;
    const [left, right] = inputs as [Node, Node];
    const extents = labelExtents(attributes, left.shape, right.shape);
    const shared = attributes.left.filter((label) => attributes.right.includes(label));
    const groups = {
      batch: attributes.output.filter((label) => shared.includes(label)),
      rows: attributes.output.filter((label) => !attributes.right.includes(label)),
      columns: attributes.output.filter((label) => !attributes.left.includes(label)),
      inner: shared.filter((label) => !attributes.output.includes(label)),
    };
    const labels = [...groups.batch, ...groups.rows, ...groups.columns, ...groups.inner];
    const sizes = (group: readonly number[]): number[] => group.map((label) => extents.get(label)!);
    const view = (
      node: Node,
      axes: readonly number[],
      rows: readonly number[],
      columns: readonly number[],
    ): MatrixView => {
      const coordinates: Coordinates = axes.map((label) => counter(labels.indexOf(label), labels.length));
      const { buffer, index } = this.#inliner.locate(node, coordinates, sizes(labels));
      const strides = (group: readonly number[]): number[] =>
        group.map((label) => index.strides[labels.indexOf(label)]!);
      return {
        buffer,
        offset: index.offset,
        batch: strides(groups.batch),
        rows: strides(rows),
        columns: strides(columns),
      };
    };
    const outputLoops = [...groups.batch, ...groups.rows, ...groups.columns].map((label) =>
      attributes.output.indexOf(label),
    );
    const reorder = ({ offset, strides }: Index): Index => ({
      offset,
      strides: outputLoops.map((loop) => strides[loop]!),
    });
    return {
      kind: 'contract',
      dtype,
      batch: sizes(groups.batch),
      rows: sizes(groups.rows),
      columns: sizes(groups.columns),
      inner: sizes(groups.inner),
      left: view(left, attributes.left, groups.rows, groups.inner),
      right: view(right, attributes.right, groups.inner, groups.columns),
      stores: mapStoreIndices(this.#stores, reorder),
    };
  }
}
