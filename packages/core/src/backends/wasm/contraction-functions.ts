/**
 * @file The functions of a module that run one contraction: its products and, in the same function or after it, its stores.
 */
import type { FunctionBuilder, ModuleBuilder } from './assembler.ts';
import type { ContractFunctions } from './contract-functions.ts';
import { ContractKernelWriter, type Finish } from './contract-kernel.ts';
import type { Contraction } from './contraction.ts';
import type { MemoryMap } from './expression-code.ts';
import type { FunctionLibrary } from './function-library.ts';
import { writeLoopKernel } from './loop-kernel.ts';

/** What the contractions of a module share. */
export interface ContractionParts {
  readonly functions: ContractFunctions;
  readonly library: FunctionLibrary;
  readonly map: MemoryMap;
  /** The number of the buffer of products that have no other place. */
  readonly spare: number;
}

/**
 * Adds a contraction's functions to a module.
 * @returns those that run, in this order, each on all threads before the next
 */
export function addContraction(
  module: ModuleBuilder,
  number: number,
  { product, target, epilogue }: Contraction,
  { functions, library, map, spare }: ContractionParts,
): FunctionBuilder[] {
  const finishing =
    epilogue === null
      ? null
      : module.addPair(`e${number}`, (fn) =>
          writeLoopKernel(fn, epilogue.kernel, map, library, epilogue.shared),
        );
  const runsAlong = finishing !== null && epilogue?.shared !== null;
  const running: FunctionBuilder[] = [];
  if (product !== null) {
    const finish: Finish | null = runsAlong ? (start, end) => module.call(finishing, [start, end]) : null;
    const { addressOf, scratch } = map;
    const memory = { addressOf, target: addressOf(target ?? spare), scratch };
    const multiplying = module.addPair(`k${number}`, (fn) =>
      new ContractKernelWriter(fn, product, functions, memory, finish).write(),
    );
    running.push(multiplying);
  }
  if (finishing !== null && !runsAlong) running.push(finishing);
  return running;
}
