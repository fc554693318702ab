/**
 * @file Decides which values are stored in memory; all others are recomputed inside the kernels that use them. Scored by
 * the bytes that full-size values move.
 */
import { bytesPerElement } from '../dtype.ts';
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { scalarFunction } from '../graph/scalar-functions.ts';
import { costOfWord } from '../graph/threefry.ts';
import { newWalk, topologicalOrder } from '../graph/traversal.ts';
import { sizeOf } from '../shape.ts';
import { isView } from './coordinates.ts';

/** What a primitive's result is, to the scheduler: an `open` one is stored, but its kernel takes up elementwise users. */
type Category = 'source' | 'map' | 'view' | 'stored' | 'open';

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
  contract: 'open',
  gather: 'map',
  scatterAdd: 'stored',
  stopGradient: 'map',
  materialize: 'stored',
  customGradient: 'map',
};

/** How many bytes of memory traffic take as long as an operation of cost 1 on one element. */
const bytesPerCost = 0.2;

/** A chain of this many operations is stored, so that no kernel and no recursion grows without bound. */
const longest = 100;

function ownCost(node: Node): number {
  if (isOp(node, 'elementwise')) return scalarFunction(node.attributes.function).cost;
  return isOp(node, 'randomBits') ? costOfWord : isView(node) ? 0 : 1;
}

const isAlwaysStored = (node: Node): boolean =>
  categories[node.op] === 'stored' || categories[node.op] === 'open';

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
    if (isInput(node) || isAlwaysStored(node) || depth > longest) stored.add(node);
    depths.set(node, depth);
  }
  storeOnlyUsers(roots, order, stored, isInput);
  storeBeforeExpansion(order, stored);
  storeBeforeViews(order, stored);
  storeShared(order, stored, isInput);
  return stored;
}

/** What it costs to compute an element of a node when everything stored is loaded. */
function costOf(node: Node, stored: ReadonlySet<Node>): number {
  const isLoaded = (inner: Node): boolean => inner !== node && stored.has(inner);
  const inside = topologicalOrder([node], (inner) => (isLoaded(inner) ? [] : inner.inputs));
  return inside.reduce((sum, inner) => sum + (isLoaded(inner) ? 0 : ownCost(inner)), 0);
}

/** What some nodes together load when everything stored is loaded, `alsoStored` too. */
function loadsOf(nodes: readonly Node[], stored: ReadonlySet<Node>, alsoStored?: Node): Node[] {
  const walk = newWalk();
  const open = [...nodes];
  const loads: Node[] = [];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const input of node.inputs) {
      if (input.walk === walk) continue;
      input.walk = walk;
      if (stored.has(input) || input === alsoStored) loads.push(input);
      else open.push(input);
    }
  }
  return loads;
}

const bytesOfAll = (nodes: readonly Node[]): number =>
  nodes.reduce((bytes, node) => bytes + bytesOf(node), 0);

/**
 * In place of an open result stands what its only user makes of it, if that reads nothing else of this size: adding a bias
 * to a product costs nothing before the product is stored.
 */
function storeOnlyUsers(
  roots: readonly Node[],
  order: readonly Node[],
  stored: Set<Node>,
  isInput: (node: Node) => boolean,
): void {
  const users = new Map<Node, Set<Node>>(roots.map((root) => [root, new Set([root])]));
  for (const node of order) {
    if (isInput(node)) continue;
    for (const input of node.inputs) users.set(input, (users.get(input) ?? new Set()).add(node));
  }
  for (const node of order) {
    if (categories[node.op] !== 'open') continue;
    let result = node;
    for (;;) {
      const [user, ...others] = users.get(result) ?? [];
      if (user === undefined || others.length > 0 || stored.has(user)) break;
      if (categories[user.op] !== 'map' || sizeOf(user.shape) !== sizeOf(node.shape)) break;
      const isLarge = (load: Node): boolean => load !== result && 2 * sizeOf(load.shape) > sizeOf(node.shape);
      if (loadsOf([user], stored).some(isLarge)) break;
      stored.add(user);
      result = user;
    }
  }
}

/** A computed value is stored before it is repeated, else every repetition would compute it. */
function storeBeforeExpansion(order: readonly Node[], stored: Set<Node>): void {
  for (const node of order) {
    if (!isOp(node, 'expand') && !isOp(node, 'unfold')) continue;
    // Windows that do not overlap repeat nothing.
    if (sizeOf(node.shape) <= sizeOf(node.inputs[0]!.shape)) continue;
    let base = node.inputs[0]!;
    while (isView(base) && !stored.has(base)) base = base.inputs[0]!;
    if (categories[base.op] === 'map' && loadsOf([base], stored).length > 0) stored.add(base);
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
  const sweepOf = sweeps(order, stored);
  for (const node of order.toReversed()) {
    const own = users.get(node) ?? new Set<Node>();
    if (
      own.size > 1 &&
      !stored.has(node) &&
      categories[node.op] === 'map' &&
      isWorthStoring(node, own, stored, sweepOf)
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

/**
 * Which sweep over memory a value is computed in: those over the same space that wait for equally many results before
 * them will most likely share a kernel, and then read what they share but once.
 */
function sweeps(order: readonly Node[], stored: ReadonlySet<Node>): (user: Node) => string {
  const stages = new Map<Node, number>();
  const before = ({ inputs }: Node): number =>
    inputs.reduce((latest, input) => Math.max(latest, stages.get(input) ?? 0), 0);
  for (const node of order) {
    const isResult = stored.has(node) && isAlwaysStored(node);
    stages.set(node, before(node) + (isResult ? 1 : 0));
  }
  return (user) => {
    const space = isOp(user, 'reduce') ? user.inputs[0]!.shape : user.shape;
    const kept = isOp(user, 'reduce') ? user.shape : [];
    return `${before(user)} ${space.filter((extent) => extent !== 1).join()} ${kept.join()}`;
  };
}

function isWorthStoring(
  node: Node,
  users: ReadonlySet<Node>,
  stored: ReadonlySet<Node>,
  sweepOf: (user: Node) => string,
): boolean {
  const groups = new Map<string, Node[]>();
  for (const user of users) {
    const sweep = sweepOf(user);
    const group = groups.get(sweep);
    if (group === undefined) groups.set(sweep, [user]);
    else group.push(user);
  }
  let saved = -bytesOf(node);
  for (const group of groups.values())
    saved += bytesOfAll(loadsOf(group, stored)) - bytesOfAll(loadsOf(group, stored, node));
  saved += (groups.size - 1) * costOf(node, stored) * bytesPerCost * sizeOf(node.shape);
  return saved > 0;
}
