/**
 * @file What rounding may do to a graph's results, by trying: the graph is interpreted several times with every result
 * of every rounding operation off by a few units in the last place. Where the results then differ, so may a kernel's:
 * a sum that cancels, a comparison of two numbers that are equal but for their rounding. The one rewrite that may change
 * more than a rounding, Σ f·s = s·Σ f, is tried as well: where numbers are infinite the two may differ (compile/hoist.ts). So is the
 * other named rewrite, a contraction over padded windows, in which infinite numbers meet zeros (compile/window-contraction.ts).
 */
import { type DType, isFloat, roundTo } from '../../src/dtype.ts';
import { data, reduce } from '../../src/graph/build.ts';
import { isOp, type Node, type Primitive } from '../../src/graph/node.ts';
import { hoistFactors } from '../../src/compile/hoist.ts';
import { contractOverWindows } from '../../src/compile/window-contraction.ts';
import { rebuild } from '../../src/compile/rebuild.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { interpret } from '../../src/interpret/interpret.ts';
import { sizeOf } from '../../src/shape.ts';
import { randomNumbers } from '../../src/testing/sample.ts';
import { elementsOf, Interpretation } from './interpretation.ts';
import { workOf } from './work.ts';

/** How often a graph is interpreted: a choice that rounding could turn is missed once in 2¹⁶ times. */
const trials = 16;

/** How far off a result is put, in units of rounding: kernels round intermediate results that the interpreter does not. */
const amplitude = 8;

const unitOf: Readonly<Record<DType, number>> = { f32: 2 ** -24, f64: 2 ** -53, i32: 0, bool: 0 };

/** Whether a primitive's results are rounded: not at all, each by itself, or as a sum of many terms. */
const kinds: Readonly<Record<Primitive, 'exact' | 'each' | 'sum'>> = {
  constant: 'exact',
  data: 'exact',
  iota: 'exact',
  randomBits: 'exact',
  elementwise: 'each',
  cast: 'each',
  reduce: 'sum',
  reshape: 'exact',
  permute: 'exact',
  expand: 'exact',
  pad: 'exact',
  slice: 'exact',
  flip: 'exact',
  concat: 'exact',
  unfold: 'exact',
  fold: 'sum',
  contract: 'sum',
  gather: 'exact',
  scatterAdd: 'sum',
  stopGradient: 'exact',
  materialize: 'exact',
  customGradient: 'exact',
};

/** A number of few digits, which results only where nothing was rounded. */
const isShort = (value: number): boolean => Math.fround(value) === value;

/** How many numbers are added up to each element of a node. */
const termsOf = (node: Node): number => Math.max(1, workOf(node) / Math.max(1, sizeOf(node.shape)));

/** The least and the greatest of the numbers that a reduction takes together. */
function extremaOf(node: Node<'reduce'>): [low: Float64Array, high: Float64Array] {
  const [input] = node.inputs as [Node];
  const { axes } = node.attributes;
  if (axes.length === 0 || sizeOf(input.shape) === 0)
    return [new Float64Array(sizeOf(node.shape)), new Float64Array(sizeOf(node.shape))];
  const [low, high] = interpret([reduce(input, 'min', axes), reduce(input, 'max', axes)]);
  return [low!, high!];
}

/**
 * The largest deviation of a sum of so many numbers, in units of the sum of their sizes. The interpreter adds all of them
 * one after the other in f64; kernels add up to 256 in f32 before an f64 total takes them. Where numbers are alike their
 * roundings are, too: of the bound of half a unit for each number a quarter is tried.
 */
const unitsOfSum = (dtype: DType, terms: number): number =>
  amplitude + (dtype === 'f64' ? terms : Math.min(terms, 256)) / 8;

/** How far off each element is put. */
function deviations(node: Node, elements: Float64Array): Float64Array {
  const unit = unitOf[node.dtype];
  const kind = kinds[node.op];
  if (kind === 'each' || (isOp(node, 'reduce') && ['max', 'min'].includes(node.attributes.kind)))
    return elements.map((value) => amplitude * unit * Math.abs(value));
  const terms = termsOf(node);
  const own = unitsOfSum(node.dtype, terms) * unit;
  if (isOp(node, 'reduce') && node.attributes.kind === 'variance') {
    // Distances of equal numbers are what their mean is off.
    const [low, high] = extremaOf(node);
    return elements.map((value, k) => {
      const largest = Math.max(high[k]!, -low[k]!);
      return own * Math.abs(value) + (terms * unit * largest) ** 2;
    });
  }
  const absolute = node.inputs.map((input) =>
    isFloat(input.dtype) ? data({ array: elementsOf(input).map(Math.abs) }, input.shape, input.dtype) : input,
  );
  return interpret([rebuild(node, absolute)])[0]!.map((magnitude) => own * magnitude);
}

/** Whether an element is one of the operands' as it stands: a maximum, a choice, a sign turned. */
function isOperand(node: Node, position: number, value: number): boolean {
  return (
    isOp(node, 'elementwise') &&
    node.inputs.some(
      (input) =>
        isOp(input, 'data') && Math.abs(input.attributes.storage.array[position]!) === Math.abs(value),
    )
  );
}

/** A node's elements, those that were rounded put off. What is all rounding may as well be 0. */
function disturbed(node: Node, elements: Float64Array, random: () => number): Float64Array {
  if (unitOf[node.dtype] === 0 || kinds[node.op] === 'exact') return elements;
  const most = deviations(node, elements);
  return elements.map((value, position) => {
    const isExact =
      isShort(value) && (kinds[node.op] === 'each' || isShort(most[position]! / unitOf[node.dtype]));
    if (isExact || isOperand(node, position, value)) return roundTo(node.dtype, value);
    if (most[position]! >= Math.abs(value) && random() < 0.5) return 0;
    const off = most[position]! * (2 * random() - 1);
    return roundTo(node.dtype, value + (Number.isFinite(off) ? off : 0));
  });
}

/** How far rounding can carry each element of a graph's results. */
export class Rounding {
  readonly #runs: Interpretation[];
  readonly #exact: Interpretation;
  readonly #hoisted = new Map<Node, Node>();
  readonly #spreads = new Map<Node, Float64Array>();

  constructor(exact: Interpretation) {
    this.#exact = exact;
    this.#runs = Array.from({ length: trials }, (_, trial) => {
      const random = randomNumbers(trial + 1);
      return new Interpretation((node, elements) => disturbed(node, elements, random));
    });
  }

  /** The largest deviation of each element of a node; infinite where it is now finite and now not. */
  spreadOf(root: Node): Float64Array {
    const known = this.#spreads.get(root);
    if (known !== undefined) return known;
    const exact = this.#exact.of(root);
    const spread = new Float64Array(exact.length);
    const others = [...this.#runs.map((run) => run.of(root)), this.#exact.of(this.#withFactorsHoisted(root))];
    for (const values of others) {
      for (let k = 0; k < spread.length; k++) {
        if (Object.is(values[k], exact[k])) continue;
        const deviation = Math.abs(values[k]! - exact[k]!);
        // A zero whose sign turns deviates, too.
        spread[k] = Math.max(spread[k]!, Number.MIN_VALUE, Number.isNaN(deviation) ? Infinity : deviation);
      }
    }
    this.#spreads.set(root, spread);
    return spread;
  }

  #withFactorsHoisted(root: Node): Node {
    for (const node of topologicalOrder([root], (node) => (this.#hoisted.has(node) ? [] : node.inputs))) {
      const own = rebuild(
        node,
        node.inputs.map((input) => this.#hoisted.get(input)!),
      );
      const named = isOp(own, 'fold') ? contractOverWindows(own) : own;
      this.#hoisted.set(node, isOp(named, 'reduce') ? hoistFactors(named) : named);
    }
    return this.#hoisted.get(root)!;
  }
}
