/**
 * @file Random graphs from a seed: leaves, some dozens of moves, several outputs, their gradients and sometimes the
 * gradients of those. A graph from the same seed is the same graph.
 */
import { gradient, type Tensor, WindfallError } from '../../src/index.ts';
import { isFloat } from '../../src/dtype.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { Dice, Draw, type Filling, type Profile } from './draw.ts';
import { Interpretation } from './interpretation.ts';
import { moves } from './moves.ts';
import { totalWork } from './work.ts';

/** A graph, and how it came to be. */
export interface RandomGraph {
  readonly outputs: readonly Tensor[];
  /** The moves that made it, in order. */
  readonly steps: readonly string[];
  /** What was found out on the way: given to `randomGraph`, it builds the same graph without interpreting anything. */
  readonly findings: readonly unknown[];
}

/** How a graph is made. */
export interface RandomGraphOptions {
  /** Sees every value when it is made; it may read it. */
  readonly visit?: (value: Tensor) => void;
  /** Whether a value may belong to the graph; by default all may. */
  readonly accepts?: (value: Tensor) => boolean;
  /** What to be particular about, rather than draw it. */
  readonly profile?: Partial<Profile>;
  /** Where the values of nodes are known, and remembered. */
  readonly interpretation?: Interpretation;
  /** The findings of a graph made before from this seed. */
  readonly findings?: readonly unknown[];
}

/** A size of graphs. */
interface Scale {
  readonly extents: readonly number[];
  readonly mostElements: number;
  readonly steps: readonly [number, number];
  /** How many elements all values together may have, gradients included. */
  readonly mostWork: number;
}

/** Extents around multiples of 4 lanes and of tiles, so that vector bodies and tails of every length run. */
const scales: readonly (readonly [weight: number, Scale])[] = [
  [5, { extents: [0, 1, 1, 2, 2, 3, 3, 4, 5], mostElements: 300, steps: [5, 30], mostWork: 25_000 }],
  [4, { extents: [1, 3, 4, 5, 7, 8, 9, 16, 17, 33], mostElements: 1200, steps: [4, 18], mostWork: 40_000 }],
  [
    1,
    {
      extents: [1, 2, 3, 31, 65, 127, 256, 1000, 1025, 4099],
      mostElements: 5000,
      steps: [2, 9],
      mostWork: 80_000,
    },
  ],
];

function weighted<T>(dice: Dice, list: readonly (readonly [weight: number, item: T])[]): T {
  let rest = dice.number() * list.reduce((sum, [weight]) => sum + weight, 0);
  const found = list.find(([weight]) => {
    rest -= weight;
    return rest < 0;
  });
  return found![1];
}

const moveTable = Object.entries(moves).map(([name, [weight, move]]) => [weight, { name, move }] as const);

/** Values grow beyond this are scaled down, by a power of 2, which rounds nothing. */
const tallest = 8;

function tamed(draw: Draw, value: Tensor): Tensor {
  if (!isFloat(value.dtype) || draw.isSpecial) return value;
  const range = draw.range(value);
  const height = range === null ? 0 : Math.max(Math.abs(range[0]), Math.abs(range[1]));
  return height > tallest ? value.mul(2 ** -Math.ceil(Math.log2(height / 2))) : value;
}

/** A move's result; null if the operation refused it. */
function attempt(draw: Draw, move: (draw: Draw) => Tensor | null): Tensor | null {
  try {
    return move(draw);
  } catch (error) {
    if (error instanceof WindfallError && !error.message.startsWith('internal')) return null;
    throw error;
  }
}

function profileOf(dice: Dice, scale: Scale, fixed: Partial<Profile>): Profile {
  const filling: Filling = dice.pick(['smooth', 'smooth', 'smooth', 'lattice', 'lattice', 'special']);
  const dtypes = dice.pick([
    ['f32'],
    ['f64'],
    ['f32', 'f32', 'f32', 'f64', 'i32', 'bool'],
    ['f64', 'f64', 'f64', 'f32', 'i32', 'bool'],
    ['i32', 'bool', 'f32'],
  ] as const);
  return { filling, extents: scale.extents, mostElements: scale.mostElements, dtypes, ...fixed };
}

/** The mean of everything, each element with its own weight. */
function lossOf(draw: Draw, outputs: readonly Tensor[]): Tensor {
  const means = outputs.map((output) => output.mul(draw.leaf(output.shape, output.dtype)).mean());
  return means.reduce((sum, mean) => sum.add(mean));
}

/** The gradients of some outputs with respect to leaves and some values on the way, perhaps of second order. */
function gradientsOf(draw: Draw, outputs: readonly Tensor[], mostWork: number): Tensor[] {
  const differentiable = outputs.filter((output) => isFloat(output.dtype) && output.size > 0);
  const used = (values: readonly Tensor[]): Tensor[] => {
    const floats = values.filter(({ dtype }) => isFloat(dtype));
    const isUsed = draw.find(() => {
      const nodes = new Set(topologicalOrder(outputs.map(({ node }) => node)));
      return floats.map(({ node }) => nodes.has(node));
    });
    return floats.filter((_, k) => isUsed[k]);
  };
  const isAffordable = (tensors: readonly Tensor[]): boolean =>
    draw.find(() => totalWork(tensors.map(({ node }) => node)) <= mostWork);
  const leaves = used(draw.leaves);
  const targets = [...leaves, ...draw.some(used(draw.values), 0.1)];
  const [isWanted, isWantedTwice] = [draw.chance(0.6), draw.chance(0.25)];
  if (!isWanted || differentiable.length === 0 || targets.length === 0) return [];
  const first = gradient(lossOf(draw, differentiable), targets);
  if (!isAffordable(first)) return [];
  const filled = first.filter(({ size }) => size > 0);
  if (!isWantedTwice || filled.length === 0) return first;
  const second = gradient(lossOf(draw, filled), leaves.slice(0, 2));
  return isAffordable(second) ? [...draw.some(first), ...second] : first;
}

/** The graph that a seed stands for. */
export function randomGraph(seed: number, options: RandomGraphOptions = {}): RandomGraph {
  const { visit = () => undefined, accepts = () => true, profile = {}, findings } = options;
  const { interpretation = new Interpretation() } = options;
  const dice = new Dice(seed);
  const scale = weighted(dice, scales);
  const draw = new Draw(dice.below(2 ** 31), profileOf(dice, scale, profile), interpretation, findings);
  const stepCount = draw.between(...scale.steps);
  for (let k = draw.between(1, 3); k > 0; k--) draw.values.push(draw.leaf());
  const steps: string[] = [];
  let work = 0;
  for (let step = 0; step < stepCount; step++) {
    const { name, move } = weighted(draw, moveTable);
    const made = attempt(draw, move);
    if (made === null || made.size > scale.mostElements || made.rank > 5) continue;
    // A bound on the new nodes' work: shared ones count again.
    const cost = draw.find(() => totalWork([made.node]));
    if (work + cost > 4 * scale.mostWork || cost > scale.mostWork / 2) continue;
    work += cost / 4;
    const value = tamed(draw, made);
    if (!accepts(value)) continue;
    draw.values.push(value);
    steps.push(name);
    visit(value);
  }
  const last = draw.values.at(-1)!;
  const outputs = [...new Set([last, ...draw.some(draw.values.slice(-6), 0.25)])];
  return {
    outputs: [...outputs, ...gradientsOf(draw, outputs, 2 * scale.mostWork)],
    steps,
    findings: draw.findings,
  };
}
