/**
 * @file The oracle ladder: one plan of a graph run by everything that runs plans, each held against the interpreter.
 */
import type { Backend, Residency } from '../../src/backends/backend.ts';
import { javascriptBackend } from '../../src/backends/javascript/javascript-backend.ts';
import { wasmBackend } from '../../src/backends/wasm/wasm-backend.ts';
import { compilePlan } from '../../src/compile/compile-plan.ts';
import { evaluatePlan } from '../../src/compile/evaluate-plan.ts';
import type { BufferSpec, LoopKernel, Plan, Store } from '../../src/compile/kernel.ts';
import type { Update } from '../../src/compile/memory-plan.ts';
import { type DType, roundTo, type TypedArray } from '../../src/dtype.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { getThreads, setThreads } from '../../src/runtime/threads.ts';
import { Interpretation } from './interpretation.ts';
import { Rounding } from './rounding.ts';

/** Something that runs plans. */
export interface Rung {
  readonly name: string;
  /**
   * Computes a plan from the values of its inputs.
   * @param wanted the buffers that are read afterwards
   */
  readonly run: (
    plan: Plan,
    inputs: readonly TypedArray[],
    wanted: readonly number[],
  ) => (buffer: number) => TypedArray;
  /** On which share of the graphs it is tried; by default on all. */
  readonly share?: number;
  /** An earlier rung that must give the very same bits. */
  readonly sameBitsAs?: string;
}

/** Runs plans with a backend. */
const running =
  (backend: Backend, residency?: Residency): Rung['run'] =>
  (plan, inputs, wanted) => {
    const program = backend.load(plan, wanted, residency);
    for (const [input, array] of inputs.entries()) program.write(input, array);
    return program.run();
  };

/** So much work that threads are woken for it. */
const manyPoints = 400_000;

/** The plan with a kernel before its own that only takes time. */
function busier(plan: Plan): Plan {
  const { buffers, kernels } = plan;
  const store: Store = {
    buffer: buffers.length,
    index: { offset: 0, strides: [1] },
    row: null,
    accumulate: false,
    value: { kind: 'constant', value: 1, dtype: 'bool' },
  };
  const busy: LoopKernel = {
    kind: 'loop',
    outer: [manyPoints],
    inner: [],
    phases: [{ reductions: [], stores: [store], results: [] }],
  };
  const buffer: BufferSpec = { dtype: 'bool', size: manyPoints, origin: 'nothing' };
  return { ...plan, buffers: [...buffers, buffer], kernels: [busy, ...kernels] };
}

/** Runs plans some of whose inputs have a result's value afterwards, from where that is read; other results stay too. */
const updating =
  (backend: Backend): Rung['run'] =>
  (plan, inputs, wanted) => {
    const updates: Update[] = [];
    for (const buffer of new Set(wanted)) {
      const { dtype, size } = plan.buffers[buffer]!;
      const input = inputs.findIndex((_, k) => {
        const other = plan.buffers[k]!;
        return other.dtype === dtype && other.size === size && !updates.some((update) => update.input === k);
      });
      if (buffer >= plan.inputs && input >= 0) updates.push({ input, buffer });
    }
    const inputOf = new Map(updates.map(({ input, buffer }) => [buffer, input]));
    const others = wanted.filter((buffer) => !inputOf.has(buffer));
    const results = others.filter((buffer) => buffer >= plan.inputs);
    const residency = { inputs: [...inputOf.values()], updates, results, beforeEviction: () => undefined };
    const program = backend.load(plan, others, residency);
    for (const [input, array] of inputs.entries()) program.write(input, array);
    const read = program.run();
    const stays = new Set(results);
    return (buffer) => {
      if (inputOf.has(buffer)) return program.read(inputOf.get(buffer)!);
      return stays.has(buffer) ? program.read(buffer) : read(buffer);
    };
  };

const nothingStays: Residency = {
  inputs: [],
  updates: [],
  results: [],
  beforeEviction: () => undefined,
};

/** Everything that runs plans, simplest first. */
export const rungs: readonly Rung[] = [
  {
    name: 'kernel IR',
    run: (plan, inputs) => {
      const memory = evaluatePlan(plan, inputs);
      return (buffer) => memory[buffer]!;
    },
  },
  { name: 'javascript', run: running(javascriptBackend) },
  { name: 'wasm', run: running(wasmBackend) },
  {
    name: 'wasm in memory that values share',
    run: running(wasmBackend, nothingStays),
    share: 0.3,
    sameBitsAs: 'wasm',
  },
  ...[javascriptBackend, wasmBackend].map((backend) => ({
    name: `${backend.name} with inputs updated and results staying`,
    run: updating(backend),
    share: 0.3,
    sameBitsAs: backend.name,
  })),
  {
    name: 'wasm on three threads',
    run: (plan, inputs, wanted) => {
      const before = getThreads();
      setThreads(3);
      try {
        return running(wasmBackend)(busier(plan), inputs, wanted);
      } finally {
        setThreads(before);
      }
    },
    share: 0.1,
    sameBitsAs: 'wasm',
  },
];

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
