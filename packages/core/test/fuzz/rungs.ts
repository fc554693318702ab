/**
 * @file Everything that runs plans, for tests that hold each against the interpreter.
 */
import type { Backend, Program, Residency } from '../../src/backends/backend.ts';
import { javascriptBackend } from '../../src/backends/javascript/javascript-backend.ts';
import { header } from '../../src/backends/wasm/header.ts';
import { linearMemory } from '../../src/backends/wasm/linear-memory.ts';
import { wasmBackend, wasmBackendSharing } from '../../src/backends/wasm/wasm-backend.ts';
import { evaluatePlan } from '../../src/compile/evaluate-plan.ts';
import type { Plan } from '../../src/compile/kernel.ts';
import type { Update } from '../../src/compile/memory-plan.ts';
import type { TypedArray } from '../../src/dtype.ts';
import { getThreads, setThreads } from '../../src/runtime/threads.ts';

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

/** All that can be cut is cut, though it may be a few numbers. */
const cuttingAll = wasmBackendSharing({ program: 0, kernel: 0 });

/** Starting workers takes a while on a busy machine. */
const longestStart = 30_000;

/** In a page workers start only when nothing else runs, and without isolation there are none: one cannot wait for them. */
const canWait = !('document' in globalThis);

/** Runs a program on so many threads; throws if they are not there. In a page it runs on those that are. */
function runOn(threads: number, program: Program, inputs: readonly TypedArray[]): ReturnType<Program['run']> {
  const before = getThreads();
  setThreads(threads);
  try {
    // Workers start when they are first needed, and end when they were not for long.
    for (const end = Date.now() + longestStart; Date.now() < end; ) {
      for (const [input, array] of inputs.entries()) program.write(input, array);
      const tookPart = new Int32Array(linearMemory().buffer, header.threads, 1);
      tookPart[0] = 1;
      const read = program.run();
      if (tookPart[0] === threads || !canWait) return read;
    }
  } finally {
    setThreads(before);
  }
  throw new Error(`no ${threads} threads within ${longestStart / 1000} seconds`);
}

/** Runs a plan on one thread, then on three, cut among them wherever there is a loop to cut. */
export function onOneAndThreeThreads(
  plan: Plan,
  inputs: readonly TypedArray[],
  wanted: readonly number[],
): [alone: TypedArray[], together: TypedArray[]] {
  const program = cuttingAll.load(plan, wanted);
  const [alone, together] = [1, 3].map((threads) => {
    const read = runOn(threads, program, inputs);
    return wanted.map((buffer) => read(buffer));
  });
  return [alone!, together!];
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

/** Plain loops in JavaScript. */
export const javascript: Rung = { name: 'javascript', run: running(javascriptBackend) };

/** Everything that runs plans, simplest first. */
export const rungs: readonly Rung[] = [
  {
    name: 'kernel IR',
    run: (plan, inputs) => {
      const memory = evaluatePlan(plan, inputs);
      return (buffer) => memory[buffer]!;
    },
  },
  javascript,
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
    run: (plan, inputs, wanted) => runOn(3, cuttingAll.load(plan, wanted), inputs),
    share: 0.1,
    sameBitsAs: 'wasm',
  },
];
