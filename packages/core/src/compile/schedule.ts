/**
 * @file Decides which values are stored in memory; all others are recomputed inside the kernels that use them. Scored by
 * the bytes that full-size values move.
 */
import { bytesPerElement } from '../dtype.ts';
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { scalarFunction } from '../graph/scalar-functions.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { sizeOf } from '../shape.ts';
import { isView } from './coordinates.ts';

/** What a primitive's result is, to the scheduler. */
type Category = 'source' | 'map' | 'view' | 'stored';

const categories: Readonly<Record<Primitive, Category>> = {
  constant: 'source',
  data: 'stored',
  iota: 'source',
  randomBits: 'map',
  elementwise: 'map',
  cast: 'map',
  reduce: 'stored',
  reshape: 'view',
  permute: 'view',
  expand: 'view',
  pad: 'view',
  slice: 'view',
  flip: 'view',
  concat: 'stored',
  unfold: 'view',
  fold: 'stored',
  contract: 'stored',
  gather: 'map',
  scatterAdd: 'stored',
  stopGradient: 'map',
  materialize: 'stored',
  customGradient: 'map',
};

/** How many bytes of memory traffic take as long as an operation of cost 1 on one element. */
const bytesPerCost = 0.15;

/** A chain of this many operations is stored, so that no kernel and no recursion grows without bound. */
const longest = 100;

function ownCost(node: Node): number {
  if (isOp(node, 'elementwise')) return scalarFunction(node.attributes.function).cost;
  return isOp(node, 'randomBits') ? 60 : isView(node) ? 0 : 1;
}

const bytesOf = (node: Node): number => sizeOf(node.shape) * bytesPerElement(node.dtype);

/** The nodes whose values are stored: inputs, roots, and whatever is better kept than computed again. */
export function schedule(roots: readonly Node[], isInput: (node: Node) => boolean): Set<Node> {
  const order = topologicalOrder(roots, (node) => (isInput(node) ? [] : node.inputs));
  const stored = new Set<Node>(roots);
  const depths = new Map<Node, number>();
  for (const node of order) {
    const depth = Math.max(
      0,
      ...node.inputs.map((input) => (stored.has(input) ? 0 : (depths.get(input) ?? 0) + 1)),
    );
    if (isInput(node) || categories[node.op] === 'stored' || depth > longest) stored.add(node);
    depths.set(node, depth);
  }
  storeBeforeExpansion(order, stored);
  storeBeforeViews(order, stored);
  storeShared(order, stored, isInput);
  return stored;
}

/** What lies between a node and the stored values it is computed from. */
interface Region {
  readonly loads: ReadonlySet<Node>;
  /** Operations per element, each counted once. */
  readonly cost: number;
}

/** How a node is computed when everything stored is loaded, `alsoStored` too. */
function regionOf(node: Node, stored: ReadonlySet<Node>, alsoStored?: Node): Region {
  const isLoaded = (inner: Node): boolean => inner !== node && (stored.has(inner) || inner === alsoStored);
  const inside = topologicalOrder([node], (inner) => (isLoaded(inner) ? [] : inner.inputs));
  const loads = new Set(inside.filter(isLoaded));
  const cost = inside.reduce((sum, inner) => sum + (isLoaded(inner) ? 0 : ownCost(inner)), 0);
  return { loads, cost };
}

function loadedBytes({ loads }: Region): number {
  let bytes = 0;
  for (const node of loads) bytes += bytesOf(node);
  return bytes;
}

/** A computed value is stored before it is repeated, else every repetition would compute it. */
function storeBeforeExpansion(order: readonly Node[], stored: Set<Node>): void {
  for (const node of order) {
    if (!isOp(node, 'expand') && !isOp(node, 'unfold')) continue;
    // Windows that do not overlap repeat nothing.
    if (sizeOf(node.shape) <= sizeOf(node.inputs[0]!.shape)) continue;
    let base = node.inputs[0]!;
    while (isView(base) && !stored.has(base)) base = base.inputs[0]!;
    if (categories[base.op] === 'map' && regionOf(base, stored).loads.size > 0) stored.add(base);
  }
}

/**
 * A computed value that is read in several places at once, x[i] and x[i − 1], is stored, else each reading would compute
 * it, and a chain of such readings twice as much at every link. Readings of a small part do not count.
 */
function storeBeforeViews(order: readonly Node[], stored: Set<Node>): void {
  const readings = new Map<Node, { count: number; shifted: number }>();
  for (const node of order) {
    for (const input of node.inputs) {
      const { count, shifted } = readings.get(input) ?? { count: 0, shifted: 0 };
      const isShifted = isView(node) && !isOp(node, 'reshape') && !isOp(node, 'expand');
      readings.set(input, { count: count + 1, shifted: shifted + (isShifted ? sizeOf(node.shape) : 0) });
    }
  }
  for (const [node, { count, shifted }] of readings) {
    if (categories[node.op] === 'map' && count > 1 && 2 * shifted >= sizeOf(node.shape)) stored.add(node);
  }
}

/**
 * A value that several stored values would compute is stored if that moves fewer bytes: it is written once, and then read
 * instead of what it is computed from. Users come before what they use, so each decision sees those above it.
 */
function storeShared(order: readonly Node[], stored: Set<Node>, isInput: (node: Node) => boolean): void {
  const users = new Map<Node, Set<Node>>();
  for (const node of order.toReversed()) {
    const own = users.get(node) ?? new Set<Node>();
    if (
      own.size > 1 &&
      !stored.has(node) &&
      categories[node.op] === 'map' &&
      isWorthStoring(node, own, stored)
    )
      stored.add(node);
    const seenFrom = stored.has(node) ? new Set([node]) : own;
    if (isInput(node)) continue;
    for (const input of node.inputs) {
      const known = users.get(input);
      if (known === undefined) users.set(input, new Set(seenFrom));
      else for (const user of seenFrom) known.add(user);
    }
  }
}

function isWorthStoring(node: Node, users: ReadonlySet<Node>, stored: ReadonlySet<Node>): boolean {
  let saved = -bytesOf(node);
  for (const user of users)
    saved += loadedBytes(regionOf(user, stored)) - loadedBytes(regionOf(user, stored, node));
  const { cost } = regionOf(node, stored);
  saved += (users.size - 1) * cost * bytesPerCost * sizeOf(node.shape);
  return saved > 0;
}
