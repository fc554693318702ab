/**
 * @file A contraction made ready for code: where its products go, and what its stores make of them afterwards, as loop
 * kernels over all of them or over a part that is still in the cache.
 */
import { collapse } from '../../compile/collapse.ts';
import {
  buffersReadBy,
  type ContractKernel,
  type Index,
  type LoopKernel,
  mapStoreIndices,
  rewriter,
  type Store,
  storeExpressions,
} from '../../compile/kernel.ts';
import { sizeOf, stridesOf } from '../../shape.ts';
import { extentOf, type Product, productOf } from './contract-product.ts';
import { laneCount } from './lanes.ts';

/** A contraction as it runs: the products, then what is made of them. */
export interface Contraction {
  /** How the products are computed; null if they are empty sums. */
  readonly product: Product | null;
  /** The buffer that the products go to; null if they need memory of their own. */
  readonly target: number | null;
  /** What computes the stores from the products, unless that is nothing. */
  readonly epilogue: Epilogue | null;
}

export interface Epilogue {
  readonly kernel: LoopKernel;
  /** The loop of the kernel that runs along what the threads share; null if the epilogue must wait for all products. */
  readonly shared: number | null;
}

/** The extents of all loops that a contraction's stores see. */
const storeExtents = ({ batch, rows, columns }: ContractKernel): number[] => [...batch, ...rows, ...columns];

/**
 * How a contraction runs.
 * @param spare the number of a buffer for products that fit no store
 * @param isSamePlace whether two buffers stand in the same place
 * @param isFused whether products are added in one instruction
 */
export function contractionOf(
  kernel: ContractKernel,
  spare: number,
  isSamePlace: (one: number, other: number) => boolean,
  isFused: boolean,
): Contraction {
  const isEmpty = sizeOf(kernel.inner) === 0;
  const target = isEmpty ? null : targetOf(kernel, isSamePlace);
  const inOrder = { offset: 0, strides: stridesOf(storeExtents(kernel)) };
  const direct = target === null ? null : productOf(kernel, target.index, isFused);
  // Memory of their own is laid out as the result is: then nothing depends on where the products stand.
  const asStored = kernel.stores[0]?.index ?? inOrder;
  const spared = direct === null && !isEmpty ? productOf(kernel, asStored, isFused) : null;
  const product = direct ?? spared ?? (isEmpty ? null : productOf(kernel, inOrder, isFused));
  const place = direct === null ? { buffer: spare, index: spared === null ? inOrder : asStored } : target!;
  const stores = kernel.stores.filter(
    (store) => direct === null || store !== target || store.value.kind !== 'reduced',
  );
  return {
    product,
    target: direct === null ? null : target!.buffer,
    epilogue: stores.length === 0 ? null : epilogueOf(kernel, product, applied(stores, place, isEmpty)),
  };
}

/** A store whose place can hold the products until it gets its own value; best one that stores just them. */
function targetOf(
  { dtype, stores }: ContractKernel,
  isSamePlace: (one: number, other: number) => boolean,
): Store | null {
  const read = buffersReadBy(storeExpressions(stores));
  const fitting = stores.filter(
    ({ buffer, index, row, accumulate, value }) =>
      value.dtype === dtype &&
      index.offset === 0 &&
      row === null &&
      !accumulate &&
      !read.some((other) => isSamePlace(buffer, other)),
  );
  return fitting.find(({ value }) => value.kind === 'reduced') ?? fitting[0] ?? null;
}

/** The stores with the products loaded from their place, or 0 if they are empty sums. */
function applied(
  stores: readonly Store[],
  { buffer, index }: { readonly buffer: number; readonly index: Index },
  isEmpty: boolean,
): Store[] {
  const load = rewriter((expression) => {
    if (expression.kind !== 'reduced') return expression;
    const { dtype } = expression;
    return isEmpty
      ? { kind: 'constant', value: 0, dtype }
      : { kind: 'load', buffer, index, row: null, dtype };
  });
  return stores.map((store) => ({ ...store, value: load(store.value) }));
}

function epilogueOf(kernel: ContractKernel, product: Product | null, stores: readonly Store[]): Epilogue {
  const extents = storeExtents(kernel);
  const loops = extents.map((_, loop) => loop);
  return (
    (product === null ? null : sharedEpilogue(product, extents, stores)) ?? {
      kernel: loopKernel(extents, loops, 0, stores),
      shared: null,
    }
  );
}

/** The epilogue with one loop that runs along what the threads share; null if there is none. */
function sharedEpilogue(
  product: Product,
  extents: readonly number[],
  stores: readonly Store[],
): Epilogue | null {
  const { share, batch, rows, columns, method } = product;
  const axes = share === 'batch' ? batch.slice(0, 1) : share === 'rows' ? rows : columns;
  const [axis, ...more] = axes;
  if (axis === undefined || more.length > 0) return null;
  const others = extents.map((_, loop) => loop).filter((loop) => !axis.loops.includes(loop));
  const isFirst = share !== 'columns';
  const order = isFirst ? [...axis.loops, ...others] : [...others, ...axis.loops];
  const apart = isFirst ? axis.loops.length : others.length;
  const kernel = loopKernel(extents, order, apart, stores);
  const shared = isFirst ? 0 : kernel.outer.length - 1;
  // Lanes run along the last loop, which must be split in whole vectors: only columns are, and not in tiles of any width.
  const isInVectors = !isFirst && (method.kind === 'outer' || method.width % laneCount === 0);
  if (shared === kernel.outer.length - 1 && !isInVectors) return null;
  return kernel.outer[shared] === extentOf(axes) ? { kernel, shared } : null;
}

/** Stores at every point of some loops, in an order, those before number `apart` not merged with the others. */
function loopKernel(
  extents: readonly number[],
  order: readonly number[],
  apart: number,
  stores: readonly Store[],
): LoopKernel {
  const reordered = mapStoreIndices(stores, ({ offset, strides }) => ({
    offset,
    strides: order.map((loop) => strides[loop]!),
  }));
  const outer = order.map((loop) => extents[loop]!);
  const phases = [{ reductions: [], stores: reordered, results: [] }];
  return collapse({ kind: 'loop', outer, inner: [], phases }, apart);
}
