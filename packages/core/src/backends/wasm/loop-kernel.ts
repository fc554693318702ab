/**
 * @file A loop kernel as WebAssembly: the loop along which memory is contiguous runs four elements at a time and several
 * times four in one pass, values that do not vary along it are computed outside it, and sums run in stretches.
 */
import type { LoopKernel } from '../../compile/kernel.ts';
import { type PairFunction, returns, when } from './assembler.ts';
import { ColumnBlocks } from './column-blocks.ts';
import { columnScratchBytes } from './column-scratch.ts';
import type { MemoryMap } from './expression-code.ts';
import { type FoldedPhase, foldedPhases } from './foldings.ts';
import type { FunctionLibrary } from './function-library.ts';
import { writeInnerLanes } from './inner-lanes.ts';
import { type LoopMethod, loopsAround, methodOf, sharedLoop, unitOf } from './loop-method.ts';
import { LoopNest } from './loop-nest.ts';
import { givenPart, type Part, threadPart } from './loop-part.ts';
import { OuterLanes } from './outer-lanes.ts';
import { OuterLoops } from './outer-loops.ts';

/** How many bytes of scratch memory a kernel needs for each thread. */
export function loopScratchBytes(kernel: LoopKernel): number {
  return methodOf(kernel).kind === 'blocks' ? columnScratchBytes(foldedPhases(kernel)) : 0;
}

/**
 * Writes a kernel into a function. Its parameters are the number of this thread and that of all threads, which share the
 * outer points; or, for a given loop, the start and the end of the part of it that runs, in whole vectors if the lanes
 * run along it.
 */
export function writeLoopKernel(
  fn: PairFunction,
  kernel: LoopKernel,
  memory: MemoryMap,
  library: FunctionLibrary,
  range: number | null = null,
): void {
  const method = methodOf(kernel, range);
  const nest = new LoopNest(fn, kernel, method.lane, memory, library);
  const body = bodyOf(nest, foldedPhases(kernel), method, memory);
  const outer = new OuterLoops(nest, partsOf(fn, kernel, method, range));
  outer.points(loopsAround(kernel, method), () => body(outer));
}

/** The loop of which the function runs a part: a given one, or one that threads share. */
function partsOf(
  fn: PairFunction,
  kernel: LoopKernel,
  method: LoopMethod,
  range: number | null,
): ReadonlyMap<number, Part> {
  const part = range ?? sharedLoop(kernel, method);
  if (part === null) {
    // Nothing to share: the first thread does everything.
    fn.emit(when(fn.parameters[0].get, returns));
    return new Map();
  }
  const partOf = range === null ? threadPart : givenPart;
  return new Map([[part, partOf(fn, kernel.outer[part]!, unitOf(method, part))]]);
}

/** What runs at every point of the outer loops but that of the lanes. */
function bodyOf(
  nest: LoopNest,
  phases: readonly FoldedPhase[],
  method: LoopMethod,
  memory: MemoryMap,
): (outer: OuterLoops) => void {
  switch (method.kind) {
    case 'inner':
      return () => writeInnerLanes(nest, phases);
    case 'outer': {
      const lanes = new OuterLanes(nest, phases, method.lane);
      return (outer) => lanes.write(outer, method.unit);
    }
    case 'blocks': {
      const blocks = new ColumnBlocks(nest, phases, method.lane, memory);
      return (outer) => blocks.write(outer);
    }
  }
}
