/**
 * @file The portable backend: plans as JavaScript over typed arrays. It runs wherever functions can be made from text.
 */
import { allocate, castTo, copyElements, type TypedArray } from '../../dtype.ts';
import { check, invariant, rowOutOfRange } from '../../errors.ts';
import { type ScalarFunction, scalarFunctions } from '../../graph/scalar-functions.ts';
import { threefry } from '../../graph/threefry.ts';
import type { ContractKernel, Kernel, Plan } from '../../compile/kernel.ts';
import { firstUpdating, updatesInPlace } from '../../compile/memory-plan.ts';
import type { Backend, Program, Residency } from '../backend.ts';
import { contractFunction } from './contract.ts';
import { epilogueCode, loopCode } from './loop-code.ts';

type KernelFunction = (buffers: readonly TypedArray[]) => void;

/** What generated code calls. */
const helpers = {
  threefry,
  evaluate: Object.fromEntries(
    Object.entries(scalarFunctions).map(([name, { evaluate }]) => [name, evaluate]),
  ),
  integer: Object.fromEntries(
    Object.entries<ScalarFunction>(scalarFunctions).map(([name, { integer }]) => [name, integer]),
  ),
  castToInteger: (value: number): number => castTo('i32', value),
  row: (row: number, rows: number): number => {
    check(row >= 0 && row < rows, 'gather', () => rowOutOfRange(row, rows));
    return row;
  },
};

type Helpers = typeof helpers;

/** Generated functions by their source: kernels of the same text are one function, whichever plan they stand in. */
const compiled = new Map<string, unknown>();

/** How many functions are remembered before the memory is cleared. */
const mostFunctions = 4096;

/** The globals that generated code uses; given as arguments, because looking globals up is slow in some environments. */
const globals = { Math, Float64Array, Infinity, NaN };

function compileFunction(parameters: readonly string[], body: string): unknown {
  const source = `${parameters.join()}\n${body}`;
  let made = compiled.get(source);
  if (made === undefined) {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generating code is what a backend is for; the text holds only numbers and names of ours
    const factory = new Function(
      ...Object.keys(globals),
      `'use strict';\nreturn (${parameters.join()}) => {\n${body}\n};`,
    ) as (...values: unknown[]) => unknown;
    made = factory(...Object.values(globals));
    if (compiled.size >= mostFunctions) compiled.clear();
    compiled.set(source, made);
  }
  return made;
}

type LoopFunction = (b: readonly TypedArray[], h: Helpers) => void;
type EpilogueFunction = (
  b: readonly TypedArray[],
  h: Helpers,
  sums: Float64Array,
  ...batch: readonly number[]
) => void;

/** A contraction and its stores as a function of the plan's buffers. */
function contractStep(kernel: ContractKernel): KernelFunction {
  const parameters = ['b', 'h', 'sums', ...kernel.batch.map((_, loop) => `i${loop}`)];
  const epilogue = compileFunction(parameters, epilogueCode(kernel)) as EpilogueFunction;
  return contractFunction(kernel, (buffers, sums, batch) => epilogue(buffers, helpers, sums, ...batch));
}

function kernelFunction(kernel: Kernel): KernelFunction {
  if (kernel.kind === 'contract') return contractStep(kernel);
  const run = compileFunction(['b', 'h'], loopCode(kernel)) as LoopFunction;
  return (buffers) => run(buffers, helpers);
}

/** A program that makes its memory anew at each run, so that values need not be copied. */
function statelessProgram({ buffers, inputs }: Plan, functions: readonly KernelFunction[]): Program {
  let given: TypedArray[] = [];
  return {
    keepsAll: true,
    isIntact: true,
    prepare: () => undefined,
    write: (input, array) => {
      given[input] = array;
    },
    run: () => {
      const memory = buffers.map(({ dtype, size, origin }, buffer) =>
        buffer < inputs ? given[buffer]! : allocate(dtype, size, origin),
      );
      given = [];
      for (const run of functions) run(memory);
      return (buffer) => memory[buffer]!;
    },
    read: (buffer) => {
      invariant(false, `buffer ${buffer} is not resident`);
    },
    release: () => undefined,
  };
}

/** A program whose inputs stay in memory, where they are updated. */
function residentProgram(
  plan: Plan,
  functions: readonly KernelFunction[],
  wanted: readonly number[],
  { inputs, updates, results: kept }: Residency,
): Program {
  const inPlace = updatesInPlace(plan, updates, wanted);
  const copied = updates.filter((update) => !inPlace.includes(update));
  const isResident = new Set([...inputs, ...kept]);
  const leaving = wanted.filter((buffer) => !kept.includes(buffer));
  const memory = plan.buffers.map(({ dtype, size, origin }) => allocate(dtype, size, origin));
  for (const { input, buffer } of inPlace) memory[buffer] = memory[input]!;
  const first = firstUpdating(plan, inPlace);
  const copy = (buffer: number): TypedArray => {
    const { dtype, origin } = plan.buffers[buffer]!;
    return copyElements(dtype, memory[buffer]!, origin);
  };
  let isIntact = true;
  return {
    keepsAll: false,
    get isIntact() {
      return isIntact;
    },
    prepare: () => undefined,
    write: (input, array) => {
      memory[input]!.set(array);
    },
    run: () => {
      isIntact = true;
      for (const [number, run] of functions.entries()) {
        if (number === first) isIntact = false;
        run(memory);
      }
      const results = new Map(leaving.map((buffer) => [buffer, copy(buffer)]));
      const values = copied.map(({ buffer }) => copy(buffer));
      copied.forEach(({ input }, position) => {
        memory[input]!.set(values[position]!);
      });
      return (buffer) => results.get(buffer)!;
    },
    read: (buffer) => {
      invariant(isResident.has(buffer), `buffer ${buffer} is not resident`);
      return copy(buffer);
    },
    // The memory goes when nobody can read it any more.
    release: () => undefined,
  };
}

export const javascriptBackend: Backend = {
  name: 'javascript',
  load: (plan, wanted, residency) => {
    const functions = plan.kernels.map(kernelFunction);
    return residency === undefined
      ? statelessProgram(plan, functions)
      : residentProgram(plan, functions, wanted, residency);
  },
};
