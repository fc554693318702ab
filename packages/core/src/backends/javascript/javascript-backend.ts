/**
 * @file The portable backend: plans as JavaScript over typed arrays. It runs wherever functions can be made from text.
 */
import { allocate, type TypedArray } from '../../dtype.ts';
import { check } from '../../errors.ts';
import { scalarFunctions } from '../../graph/scalar-functions.ts';
import { threefry } from '../../graph/threefry.ts';
import type { Kernel, Plan } from '../../compile/kernel.ts';
import type { Backend, Program } from '../backend.ts';
import { contractFunction, integerContractFunction } from './contract.ts';
import { loopCode } from './loop-code.ts';

type KernelFunction = (buffers: readonly TypedArray[]) => void;

/** What generated code calls. */
const helpers = {
  threefry,
  evaluate: Object.fromEntries(
    Object.entries(scalarFunctions).map(([name, { evaluate }]) => [name, evaluate]),
  ),
  integer: { mul: Math.imul },
  row: (row: number, rows: number): number => {
    check(row >= 0 && row < rows, 'index', () => `${row} is out of range for an axis of extent ${rows}`);
    return row;
  },
};

type LoopFunction = (buffers: readonly TypedArray[], h: typeof helpers) => void;

/** Kernels of the same text are the same function, whichever plan they stand in. */
const compiled = new Map<string, LoopFunction>();

/** How many functions are remembered before the memory is cleared. */
const mostFunctions = 4096;

function loopFunction(source: string): LoopFunction {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- generating code is what a backend is for; the text holds only numbers and names of ours
  const made = new Function('b', 'h', `'use strict';\n${source}`) as LoopFunction;
  if (compiled.size >= mostFunctions) compiled.clear();
  compiled.set(source, made);
  return made;
}

function kernelFunction(kernel: Kernel): KernelFunction {
  if (kernel.kind === 'contract')
    return kernel.dtype === 'i32' ? integerContractFunction(kernel) : contractFunction(kernel);
  const run = loopFunction(loopCode(kernel));
  return (buffers) => {
    run(buffers, helpers);
  };
}

export const javascriptBackend: Backend = {
  name: 'javascript',
  compile: ({ kernels, buffers, inputs }: Plan): Program => {
    const functions = kernels.map(kernelFunction);
    return {
      run: (given) => {
        const memory = buffers.map(({ dtype, size }, number) =>
          number < inputs ? given[number]! : allocate(dtype, size),
        );
        for (const run of functions) run(memory);
        return memory;
      },
    };
  },
};
