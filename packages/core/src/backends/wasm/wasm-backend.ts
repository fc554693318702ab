/**
 * @file Plans as WebAssembly with SIMD: one module per plan, over one memory that all programs share. A program's temporary
 * values stand in the arena, which the next program overwrites; its residents in a region of their own.
 */
import { bytesPerElement, copyElements, type DType, type TypedArray } from '../../dtype.ts';
import { fail, invariant, rowOutOfRange } from '../../errors.ts';
import {
  type BufferSpec,
  type ContractKernel,
  expressionsOf,
  type Kernel,
  type Plan,
  reachOf,
  subexpressions,
} from '../../compile/kernel.ts';
import {
  firstUpdating,
  lastFallible,
  packBuffers,
  paddedBytes,
  roundUp,
  separateBuffers,
  type Update,
  updatesInPlace,
} from '../../compile/memory-plan.ts';
import { workOf } from '../../compile/work.ts';
import { sizeOf } from '../../shape.ts';
import type { Backend, Program, Residency } from '../backend.ts';
import { contractScratchBytes } from './contract-kernel.ts';
import { vectorBytes } from './contract-product.ts';
import { type Contraction, contractionOf } from './contraction.ts';
import { header } from './header.ts';
import {
  allocateRegion,
  arenaStart,
  ensureArena,
  evict,
  isShared,
  linearMemory,
  type Region,
  touch,
} from './linear-memory.ts';
import { loopScratchBytes } from './loop-kernel.ts';
import { planModule } from './plan-module.ts';
import { fusesMultiplyAdd, hasFusedMultiplyAdd } from './relaxed-simd.ts';
import { runOnThreads, threadCount, watchWorkers } from './thread-pool.ts';
import { webAssembly } from './web-assembly.ts';

/** Plans with temporary values beyond this let them share memory, though some can then not be read afterwards. */
const mostSeparateBytes = 2 ** 28;

/** From how much work on threads take part. */
export interface LeastWork {
  /** Of a whole program, to be worth waking them for. */
  readonly program: number;
  /** Of one kernel, to be worth sharing, which takes some microseconds. */
  readonly kernel: number;
}

const usualLeastWork: LeastWork = { program: 400_000, kernel: 60_000 };

/** How many bytes before and after its buffer a kernel's load may touch, where a guard then drops what was read. */
function overreach(kernel: Kernel, buffers: Plan['buffers']): number {
  if (kernel.kind !== 'loop') return 0;
  const extents = [...kernel.outer, ...kernel.inner];
  let furthest = 0;
  for (const expression of subexpressions(expressionsOf(kernel))) {
    if (expression.kind !== 'load') continue;
    const { dtype, size } = buffers[expression.buffer]!;
    const [lowest, highest] = reachOf(expression.index, extents);
    furthest = Math.max(
      furthest,
      -lowest * bytesPerElement(dtype),
      (highest - size) * bytesPerElement(dtype),
    );
  }
  return furthest;
}

function view(dtype: DType, buffer: ArrayBufferLike, address: number, size: number): TypedArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, address, size);
    case 'f64':
      return new Float64Array(buffer, address, size);
    case 'i32':
      return new Int32Array(buffer, address, size);
    case 'bool':
      return new Uint8Array(buffer, address, size);
  }
}

function largestOrigin(buffers: readonly BufferSpec[]): string {
  const bytes = ({ dtype, size }: BufferSpec): number => size * bytesPerElement(dtype);
  const largest = buffers.reduce((best, buffer) => (bytes(buffer) > bytes(best) ? buffer : best), {
    dtype: 'f32',
    size: 0,
    origin: 'nothing',
  });
  return `${largest.origin} (${bytes(largest)} bytes)`;
}

/** What a program's code is made for; other addresses need other code. */
interface Loaded {
  readonly number: number;
  readonly regionAddress: number;
  readonly isFused: boolean;
  readonly code: Uint8Array;
  readonly run: (thread: number, threads: number) => void;
}

let programs = 0;

class WasmProgram implements Program {
  readonly keepsAll: boolean;
  isIntact = true;
  readonly #plan: Plan;
  /** The wanted buffers that do not stay. */
  readonly #leaving: readonly number[];
  readonly #residency: Residency | undefined;
  readonly #fallible: number;
  readonly #firstUpdating: number;
  readonly #origin: string;
  readonly #leastWork: LeastWork;
  readonly #isWorthThreads: boolean;
  /** Offsets in the arena, or undefined for what stands in the region. */
  readonly #arenaOffsets: readonly (number | undefined)[];
  readonly #regionOffsets: ReadonlyMap<number, number>;
  readonly #regionBytes: number;
  /** What cannot be updated in place is copied. */
  readonly #copied: readonly Update[];
  /** Bytes before the first buffer and behind the last that guarded loads may touch. */
  readonly #margin: number;
  readonly #products: number;
  readonly #scratch: number;
  readonly #scratchBytes: number;
  readonly #arenaBytes: number;
  #region: Region | null = null;
  #loaded: Loaded | null = null;
  #views: (TypedArray | undefined)[] = [];
  /** For which the views are. */
  #viewed: { readonly memory?: ArrayBufferLike; readonly regionAddress: number } = { regionAddress: 0 };

  constructor(plan: Plan, wanted: readonly number[], residency: Residency | undefined, leastWork: LeastWork) {
    this.#plan = plan;
    this.#residency = residency;
    this.#leastWork = leastWork;
    const { buffers, kernels } = plan;
    this.#fallible = lastFallible(plan);
    this.#origin = largestOrigin(buffers);
    this.#isWorthThreads = kernels.reduce((sum, kernel) => sum + workOf(kernel), 0) >= leastWork.program;
    const { inputs = [], updates = [], results = [] } = residency ?? {};
    this.#leaving = wanted.filter((buffer) => !results.includes(buffer));
    const inPlace = updatesInPlace(plan, updates, wanted);
    this.#copied = updates.filter((update) => !inPlace.includes(update));
    this.#firstUpdating = firstUpdating(plan, inPlace);

    const regionOffsets = new Map<number, number>();
    let regionBytes = 0;
    for (const resident of new Set([...inputs, ...results])) {
      regionOffsets.set(resident, regionBytes);
      regionBytes += paddedBytes(buffers[resident]!);
    }
    for (const { input, buffer } of inPlace) regionOffsets.set(buffer, regionOffsets.get(input)!);
    this.#regionOffsets = regionOffsets;
    this.#regionBytes = regionBytes;

    const separate = residency === undefined ? separateBuffers(plan) : null;
    this.keepsAll = separate !== null && separate.bytes <= mostSeparateBytes;
    const packing =
      separate !== null && this.keepsAll
        ? separate
        : packBuffers(plan, [...wanted, ...updates.map(({ buffer }) => buffer)], (buffer) =>
            regionOffsets.has(buffer),
          );
    this.#arenaOffsets = packing.offsets;
    this.#margin = roundUp(Math.max(64, ...kernels.map((kernel) => overreach(kernel, buffers))), 64);
    // After the buffers: the products of one contraction at a time, then what each thread packs.
    this.#products = arenaStart + this.#margin + packing.bytes;
    const contractions = kernels.flatMap((kernel) =>
      kernel.kind === 'contract'
        ? [...new Set([false, hasFusedMultiplyAdd()])].map((isFused) => ({
            kernel,
            ...this.#contractionOf(kernel, isFused),
          }))
        : [],
    );
    const productBytes = contractions.map(({ kernel: { dtype, batch, rows, columns }, target }) =>
      target === null ? sizeOf([...batch, ...rows, ...columns]) * bytesPerElement(dtype) + vectorBytes : 0,
    );
    this.#scratch = roundUp(this.#products + Math.max(0, ...productBytes), 64);
    this.#scratchBytes = Math.max(
      0,
      ...contractions.map(({ product }) => (product === null ? 0 : contractScratchBytes(product))),
      ...kernels.map((kernel) => (kernel.kind === 'loop' ? loopScratchBytes(kernel) : 0)),
    );
    this.#arenaBytes = this.#scratch + this.#margin - arenaStart;
  }

  /** How a contraction runs where the buffers of this program stand. */
  #contractionOf(kernel: ContractKernel, isFused: boolean): Contraction {
    const inPlaceOf = (buffer: number): number | undefined => this.#regionOffsets.get(buffer);
    const isSamePlace = (one: number, other: number): boolean =>
      one === other || (inPlaceOf(one) !== undefined && inPlaceOf(one) === inPlaceOf(other));
    return contractionOf(kernel, this.#plan.buffers.length, isSamePlace, isFused);
  }

  #addressOf(buffer: number): number {
    const inRegion = this.#regionOffsets.get(buffer);
    if (inRegion !== undefined) return this.#region!.address + inRegion;
    return arenaStart + this.#margin + (this.#arenaOffsets[buffer] ?? 0);
  }

  /** Has memory and code for a run. */
  #prepare(): Loaded {
    const threads = this.#isWorthThreads ? threadCount() : 1;
    ensureArena(this.#arenaBytes + threads * this.#scratchBytes, this.#origin);
    if (this.#residency !== undefined && this.#region === null) this.#allocate(this.#residency);
    if (this.#region !== null) touch(this.#region);
    const regionAddress = this.#region?.address ?? 0;
    const isFused = fusesMultiplyAdd();
    if (this.#loaded?.regionAddress !== regionAddress || this.#loaded.isFused !== isFused)
      this.#loaded = this.#load(regionAddress, isFused);
    return this.#loaded;
  }

  #allocate({ beforeEviction }: Residency): void {
    this.#region = allocateRegion(this.#regionBytes, this.#origin, () => {
      beforeEviction();
      this.#region = null;
    });
  }

  #load(regionAddress: number, isFused: boolean): Loaded {
    const layout = {
      addressOf: (buffer: number): number => this.#addressOf(buffer),
      products: this.#products,
      scratch: this.#scratch,
      contractionOf: (kernel: ContractKernel): Contraction => this.#contractionOf(kernel, isFused),
      firstUpdating: this.#firstUpdating,
    };
    const code = planModule(this.#plan, layout, {
      isMemoryShared: isShared(),
      isFused,
      fallible: this.#fallible,
      leastSharedWork: this.#leastWork.kernel,
    });
    const { exports } = new webAssembly.Instance(new webAssembly.Module(code), {
      windfall: { memory: linearMemory(), watch: watchWorkers },
    });
    const run = exports['run'] as Loaded['run'];
    return { number: programs++, regionAddress, isFused, code, run };
  }

  /** Other programs may have had the memory grow, and the region move, since the last view was made. */
  #view(buffer: number): TypedArray {
    const memory = linearMemory().buffer;
    const regionAddress = this.#region?.address ?? 0;
    if (memory !== this.#viewed.memory || regionAddress !== this.#viewed.regionAddress) {
      this.#views = [];
      this.#viewed = { memory, regionAddress };
    }
    const { dtype, size } = this.#plan.buffers[buffer]!;
    this.#views[buffer] ??= view(dtype, memory, this.#addressOf(buffer), size);
    return this.#views[buffer];
  }

  #copy(buffer: number): TypedArray {
    const { dtype, origin } = this.#plan.buffers[buffer]!;
    return copyElements(dtype, this.#view(buffer), origin);
  }

  prepare(): void {
    this.#prepare();
  }

  write(input: number, array: TypedArray): void {
    this.#prepare();
    this.#view(input).set(array);
  }

  run(): (buffer: number) => TypedArray {
    this.isIntact = true;
    const { run, code, number } = this.#prepare();
    const error = new Int32Array(linearMemory().buffer, header.error, 3);
    const updating = new Int32Array(linearMemory().buffer, header.updating, 1);
    error.fill(0);
    updating.fill(0);
    try {
      if (this.#isWorthThreads && threadCount() > 1) runOnThreads(number, code, run);
      else run(0, 1);
    } finally {
      this.isIntact = updating[0] === 0;
    }
    if (error[0] !== 0) fail('gather', rowOutOfRange(error[1]!, error[2]!));
    if (this.#copied.length === 0) return (buffer) => this.#copy(buffer);
    const results = new Map(this.#leaving.map((buffer) => [buffer, this.#copy(buffer)]));
    const values = this.#copied.map(({ buffer }) => this.#copy(buffer));
    for (const [position, { input }] of this.#copied.entries()) this.#view(input).set(values[position]!);
    return (buffer) => results.get(buffer)!;
  }

  release(): void {
    if (this.#region !== null) evict(this.#region);
  }

  read(buffer: number): TypedArray {
    invariant(this.#region !== null && this.#regionOffsets.has(buffer), `buffer ${buffer} is not resident`);
    return this.#copy(buffer);
  }
}

export const wasmBackend: Backend = {
  name: 'wasm',
  load: (plan, wanted, residency) => new WasmProgram(plan, wanted, residency, usualLeastWork),
};

/** The same with threads that take part from other amounts of work on, which changes no bit of any result. */
export function wasmBackendSharing(leastWork: LeastWork): Backend {
  return {
    name: 'wasm',
    load: (plan, wanted, residency) => new WasmProgram(plan, wanted, residency, leastWork),
  };
}
