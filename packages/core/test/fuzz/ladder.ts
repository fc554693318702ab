/**
 * @file The oracle ladder: one plan of a graph run by everything that runs plans, each held against the interpreter.
 */
import { compilePlan } from '../../src/compile/compile-plan.ts';
import { type DType, roundTo } from '../../src/dtype.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { Interpretation } from './interpretation.ts';
import { Rounding } from './rounding.ts';
import { type Rung, rungs } from './rungs.ts';

/**
 * How far from the interpreter's a value may be without a closer look, as absolute + relative·|expected|: what some
 * hundred operations of 1 to 4 units in the last place each, on values near 1, may add up to where nothing cancels
 * (a unit is 6e-8 for f32, 1e-16 for f64). Beyond it, only as far as rounding carries this very element (rounding.ts).
 * Nothing rounds integers and booleans.
 */
const tolerances: Readonly<Record<DType, { absolute: number; relative: number }>> = {
  bool: { absolute: 0, relative: 0 },
  i32: { absolute: 0, relative: 0 },
  f32: { absolute: 1e-6, relative: 3e-5 },
  f64: { absolute: 1e-15, relative: 1e-13 },
};

/** What was found wrong with one rung. */
export interface Disagreement {
  readonly rung: string;
  /** Which root differs; null if the rung threw instead of computing. */
  readonly root: number | null;
  readonly message: string;
}

/** What climbing the ladder showed. */
export interface Verdict {
  readonly disagreements: readonly Disagreement[];
  /** How many elements only the closer look at rounding explained, of how many. */
  readonly explained: number;
  readonly compared: number;
}

/** The positions at which values are not the expected ones, at first sight. A zero has its sign. */
export function suspects(actual: ArrayLike<number>, expected: Float64Array, dtype: DType): number[] {
  const { absolute, relative } = tolerances[dtype];
  const positions: number[] = [];
  for (let k = 0; k < expected.length; k++) {
    const wanted = roundTo(dtype, expected[k]!);
    const found = actual[k]!;
    if (Object.is(found, wanted)) continue;
    const difference = Math.abs(found - wanted);
    const isNear = difference > 0 && difference <= absolute + relative * Math.abs(wanted);
    // Beside an infinity everything is within a relative tolerance.
    if (!isNear || difference === Infinity) positions.push(k);
  }
  return positions;
}

/** Those positions whose difference no rounding explains. */
export function unexplained(
  positions: readonly number[],
  actual: ArrayLike<number>,
  expected: Float64Array,
  spread: Float64Array,
): number[] {
  return positions.filter((k) => {
    const deviation = Math.abs(actual[k]! - expected[k]!);
    return !(spread[k] === Infinity || (spread[k]! > 0 && deviation <= 2 * spread[k]!));
  });
}

/** A number as text, −0 with its sign. */
export const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Runs a graph up the ladder. */
export function climb(
  roots: readonly Node[],
  ladder: readonly Rung[] = rungs,
  exact = new Interpretation(),
): Verdict {
  const order = topologicalOrder(roots);
  const inputs = order.filter((node): node is Node<'data'> => isOp(node, 'data'));
  const given = inputs.map(({ attributes }) => attributes.storage.array);
  const rounding = new Rounding(exact);
  const disagreements: Disagreement[] = [];
  let explained = 0;
  let compared = 0;
  const attempt = <T>(rung: string, action: () => T): T | null => {
    try {
      return action();
    } catch (error) {
      disagreements.push({
        rung,
        root: null,
        message: error instanceof Error ? error.message : String(error),
      });
      return null;
    }
  };
  const compiled = attempt('compiler', () => compilePlan(roots, order, inputs));
  if (compiled === null) return { disagreements, explained, compared };
  const wanted = roots.map((root) => compiled.bufferOf(root)!);
  const earlier = new Map<string, readonly Float64Array[]>();
  for (const { name, run, sameBitsAs = '' } of ladder) {
    const results = attempt(name, () => {
      const read = run(compiled.plan, given, wanted);
      return wanted.map((buffer) => Float64Array.from(read(buffer)));
    });
    if (results === null) continue;
    earlier.set(name, results);
    earlier.get(sameBitsAs)?.forEach((others, root) => {
      const k = others.findIndex((other, position) => !Object.is(other, results[root]![position]));
      if (k < 0) return;
      const message = `element ${k} is ${numberText(results[root]![k]!)}, but ${numberText(others[k]!)} in ${sameBitsAs}`;
      disagreements.push({ rung: name, root, message });
    });
    results.forEach((actual, root) => {
      const node = roots[root]!;
      const expected = exact.of(node);
      compared += actual.length;
      const doubtful = suspects(actual, expected, node.dtype);
      if (doubtful.length === 0) return;
      const wrong = unexplained(doubtful, actual, expected, rounding.spreadOf(node));
      explained += doubtful.length - wrong.length;
      const [k] = wrong;
      if (k === undefined) return;
      const message = `element ${k} is ${numberText(actual[k]!)}, not ${numberText(expected[k]!)} ± ${rounding.spreadOf(node)[k]} (${wrong.length} of ${actual.length} differ)`;
      disagreements.push({ rung: name, root, message });
    });
  }
  return { disagreements, explained, compared };
}
