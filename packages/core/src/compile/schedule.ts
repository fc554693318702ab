/**
 * @file Decides, in one pass over the finished graph, which values are stored in memory; all others are recomputed inside
 * the kernels that use them.
 */
import { scalarFunction } from '../graph/scalar-functions.ts';
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
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

/** A chain that costs no more than this many additions is cheaper to recompute than to store and read again. */
const cheap = 6;

/** A chain of this many operations is stored, so that no kernel and no recursion grows without bound. */
const longest = 100;

/** What recomputing a value takes, if nothing optional below it is stored. */
interface Estimate {
  readonly cost: number;
  readonly depth: number;
  /** The one stored value it is computed from, null for none, 'several' for more. */
  readonly loads: Node | null | 'several';
}

function join(a: Estimate['loads'], b: Estimate['loads']): Estimate['loads'] {
  if (a === null || a === b) return b;
  return b === null ? a : 'several';
}

function ownCost(node: Node): number {
  if (isOp(node, 'elementwise')) return scalarFunction(node.attributes.function).cost;
  return isOp(node, 'randomBits') ? 60 : isView(node) ? 0 : 1;
}

/** The nodes whose values are stored: inputs, roots, and whatever is better kept than computed again. */
export function schedule(roots: readonly Node[], isInput: (node: Node) => boolean): Set<Node> {
  const order = topologicalOrder(roots, (node) => (isInput(node) ? [] : node.inputs));
  const stored = new Set<Node>(roots);
  const estimates = new Map<Node, Estimate>();
  for (const node of order) {
    let [cost, depth] = [ownCost(node), 0];
    let loads: Estimate['loads'] = null;
    for (const input of node.inputs) {
      const below = estimates.get(input);
      if (below === undefined) continue;
      cost += below.cost;
      depth = Math.max(depth, below.depth + 1);
      loads = join(loads, below.loads);
    }
    if (isInput(node) || categories[node.op] === 'stored' || depth > longest) stored.add(node);
    estimates.set(node, stored.has(node) ? { cost: 0, depth: 0, loads: node } : { cost, depth, loads });
  }
  storeBeforeExpansion(order, estimates, stored);
  storeShared(order, estimates, stored);
  return stored;
}

/** A computed value is stored before it is repeated, else every repetition would compute it. */
function storeBeforeExpansion(
  order: readonly Node[],
  estimates: ReadonlyMap<Node, Estimate>,
  stored: Set<Node>,
): void {
  for (const node of order) {
    if (!isOp(node, 'expand') && !isOp(node, 'unfold')) continue;
    let base = node.inputs[0]!;
    while (isView(base) && !stored.has(base)) base = base.inputs[0]!;
    if (categories[base.op] === 'map' && estimates.get(base)!.loads !== null) stored.add(base);
  }
}

/** A value that several kernels would compute is stored, unless computing it is as cheap as reading it. */
function storeShared(
  order: readonly Node[],
  estimates: ReadonlyMap<Node, Estimate>,
  stored: Set<Node>,
): void {
  const soleUser = new Map<Node, Node | 'several'>();
  for (const node of order.toReversed()) {
    const { cost, loads } = estimates.get(node)!;
    if (
      soleUser.get(node) === 'several' &&
      categories[node.op] === 'map' &&
      (cost > cheap || loads === 'several')
    )
      stored.add(node);
    const user = stored.has(node) ? node : (soleUser.get(node) ?? node);
    for (const input of node.inputs) {
      const before = soleUser.get(input);
      soleUser.set(input, before === undefined || before === user ? user : 'several');
    }
  }
}
