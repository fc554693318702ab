/**
 * @file A plan as one WebAssembly module: a function per kernel, and one that runs them all, on any number of threads
 * that meet between kernels. Which values stand where is given.
 */
import type { ContractKernel, Kernel, LoopKernel, Plan } from '../../compile/kernel.ts';
import { workOf } from '../../compile/work.ts';
import {
  block,
  branch,
  branchIf,
  type Code,
  drop,
  FunctionBuilder,
  loop,
  ModuleBuilder,
  returns,
  when,
} from './assembler.ts';
import { ContractFunctions } from './contract-functions.ts';
import type { Contraction } from './contraction.ts';
import { addContraction } from './contraction-functions.ts';
import type { MemoryMap } from './expression-code.ts';
import { FunctionLibrary } from './function-library.ts';
import { header } from './header.ts';
import { atomic, i32, i64 } from './instructions.ts';
import { mostPages } from './linear-memory.ts';
import { writeLoopKernel } from './loop-kernel.ts';
import { looksBetweenWatches, watchMilliseconds } from './thread-pool.ts';
import { spins } from './worker-thread.ts';

/** Where a plan's values stand in memory. */
export interface Layout {
  readonly addressOf: (buffer: number) => number;
  /** For the products of one contraction at a time, before its stores are applied. */
  readonly products: number;
  /** For what contractions pack and for the sums of columns: the first thread's, which those of the others follow. */
  readonly scratch: number;
  readonly contractionOf: (kernel: ContractKernel) => Contraction;
  /** The position of the first kernel that overwrites what is to be updated in place. */
  readonly firstUpdating: number;
}

/**
 * (thread, threads): returns when all threads have come here. The last to come lets the others go; they look for a
 * while and then sleep, but for the first thread where it may not. Once a thread has failed nobody waits.
 * @param watch what the first thread calls when it has waited for long
 */
export function barrierFunction(watch: Code): FunctionBuilder {
  const fn = new FunctionBuilder('barrier', ['i32', 'i32']);
  const [thread, threads] = fn.parameters;
  const [generation, looks] = [fn.local('i32'), fn.local('i32')];
  const hasFailed = atomic.load(header.failed);
  const isPast = i32.or(i32.ne(atomic.load(header.generation), generation.get), hasFailed);
  const timeout = i64.const(watchMilliseconds * 1e6);
  const timedOut = 2;
  const mayNotSleep = i32.and(i32.eqz(thread.get), i32.eqz(i32.load(i32.const(header.mayFirstSleep), 0)));
  fn.emit(
    when(i32.or(i32.eq(threads.get, i32.const(1)), hasFailed), returns),
    generation.set(atomic.load(header.generation)),
    when(i32.eq(atomic.add(header.arrived, i32.const(1)), i32.sub(threads.get, i32.const(1))), [
      atomic.store(header.arrived, i32.const(0)),
      drop(atomic.add(header.generation, i32.const(1))),
      drop(atomic.notify(header.generation, i32.const(-1))),
      returns,
    ]),
    block([
      loop([
        branchIf(isPast, 1),
        branchIf(i32.ltS(looks.tee(i32.add(looks.get, i32.const(1))), i32.const(spins)), 0),
        when(mayNotSleep, [
          when(i32.eqz(i32.and(looks.get, i32.const(looksBetweenWatches - 1))), watch),
          branch(1),
        ]),
        when(
          i32.and(
            i32.eq(atomic.wait32(header.generation, generation.get, timeout), i32.const(timedOut)),
            i32.eqz(thread.get),
          ),
          watch,
        ),
        branch(0),
      ]),
    ]),
  );
  return fn;
}

/** A function of a module, and whether threads share its work. */
interface Part {
  readonly fn: FunctionBuilder;
  readonly isShared: boolean;
}

/**
 * The module's bytes. It exports `run`, a function of the thread's number and the number of threads.
 * @param isMemoryShared whether it will run on several threads
 * @param isFused whether products are added in one rounding
 * @param fallible the position of the last kernel that may find a row out of range; later ones then do not run
 * @param leastSharedWork threads share kernels of at least so much work
 */
export function planModule(
  plan: Plan,
  layout: Layout,
  {
    isMemoryShared,
    isFused,
    fallible,
    leastSharedWork,
  }: { isMemoryShared: boolean; isFused: boolean; fallible: number; leastSharedWork: number },
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(
    { minimumPages: 1, maximumPages: mostPages, shared: isMemoryShared },
    isMemoryShared ? ['watch'] : [],
  );
  const products = plan.buffers.length;
  const map: MemoryMap = {
    addressOf: (buffer) => (buffer === products ? layout.products : layout.addressOf(buffer)),
    errorCell: header.error,
    scratch: layout.scratch,
  };
  const library = new FunctionLibrary(module, isFused);
  const functions = new ContractFunctions(module, isFused);
  const contractionParts = { functions, library, map, spare: products };

  const addLoop = (name: string, kernel: LoopKernel): FunctionBuilder =>
    module.addPair(name, (fn) => writeLoopKernel(fn, kernel, map, library));

  const partsOf = (kernel: Kernel, number: number): Part[] => {
    const isShared = workOf(kernel) >= leastSharedWork;
    if (kernel.kind === 'loop') return [{ fn: addLoop(`k${number}`, kernel), isShared }];
    const contraction = layout.contractionOf(kernel);
    return addContraction(module, number, contraction, contractionParts).map((fn) => ({ fn, isShared }));
  };

  const barrier = isMemoryShared ? barrierFunction(module.callImported('watch')) : null;
  if (barrier !== null) module.add(barrier);
  const run = new FunctionBuilder('run', ['i32', 'i32']);
  const [thread, threads] = run.parameters;
  const both = [thread.get, threads.get];
  // What comes after a failure would overwrite with what is not right.
  const meet: Code =
    barrier === null ? [] : [module.call(barrier, both), when(atomic.load(header.failed), returns)];
  let wasShared: boolean | null = null;
  for (const [number, kernel] of plan.kernels.entries()) {
    for (const { fn, isShared } of partsOf(kernel, number)) {
      // What the first thread does alone needs no meeting with itself.
      if (wasShared !== null && (wasShared || isShared)) run.emit(meet);
      // All threads say so, because any may be the first.
      if (number === layout.firstUpdating) run.emit(i32.store(i32.const(header.updating), 0, i32.const(1)));
      run.emit(
        isShared
          ? module.call(fn, both)
          : when(i32.eqz(thread.get), module.call(fn, [i32.const(0), i32.const(1)])),
      );
      wasShared = isShared;
    }
    if (number === fallible && number < plan.kernels.length - 1) {
      run.emit(meet, when(i32.load(i32.const(header.error), 0), returns));
      wasShared = null;
    }
  }
  run.emit(meet);
  module.add(run);
  return module.encode();
}
