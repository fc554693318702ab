/**
 * @file Where the buffers of a plan stand: which of them share bytes because their values live one after the other, and
 * which new values may overwrite the old ones they replace. It knows sizes and kernels, no machine.
 */
import { bytesPerElement } from '../dtype.ts';
import {
  type BufferSpec,
  buffersRead,
  buffersTouched,
  type Expression,
  expressionsOf,
  type Index,
  type Kernel,
  looksUpRows,
  type Phase,
  phaseExpressions,
  type Plan,
  sameIndex,
  type Store,
  storesOf,
  subexpressions,
} from './kernel.ts';

/** That after a run an input is to have the value of a buffer. */
export interface Update {
  readonly input: number;
  readonly buffer: number;
}

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Bytes that a buffer occupies: a whole number of cache lines, with room for a vector that starts at its last element. */
export function paddedBytes({ dtype, size }: BufferSpec): number {
  return roundUp(size * bytesPerElement(dtype) + 16, 64);
}

/** The first and the last kernel, by position, in which each buffer's value is needed; null where it never is. */
function lifetimes(plan: Plan, wanted: Iterable<number>): ([first: number, last: number] | null)[] {
  const lives: ([number, number] | null)[] = plan.buffers.map((_, buffer) =>
    buffer < plan.inputs ? [-1, -1] : null,
  );
  const extend = (buffer: number, kernel: number): void => {
    const life = lives[buffer];
    if (life === undefined || life === null) lives[buffer] = [kernel, kernel];
    else life[1] = kernel;
  };
  for (const [number, kernel] of plan.kernels.entries()) {
    for (const buffer of buffersTouched(kernel)) extend(buffer, number);
  }
  for (const buffer of wanted) extend(buffer, plan.kernels.length);
  return lives;
}

/** An offset in bytes for each buffer, and how many bytes there are in all. */
export interface Packing {
  /** Undefined for buffers that were left out. */
  readonly offsets: readonly (number | undefined)[];
  readonly bytes: number;
}

/**
 * Packs buffers, the largest first, each at the lowest offset where no buffer stands that lives at the same time.
 * @param wanted the buffers that are read after a run
 * @param isPlacedElsewhere whether a buffer is left out
 */
export function packBuffers(
  plan: Plan,
  wanted: Iterable<number>,
  isPlacedElsewhere: (buffer: number) => boolean,
): Packing {
  const lives = lifetimes(plan, wanted);
  const offsets = new Array<number | undefined>(plan.buffers.length).fill(undefined);
  const sizes = plan.buffers.map(paddedBytes);
  const order = plan.buffers
    .map((_, buffer) => buffer)
    .filter((buffer) => lives[buffer] !== null && !isPlacedElsewhere(buffer))
    .sort((a, b) => sizes[b]! - sizes[a]!);
  /** In ascending order of their offsets. */
  const placed: number[] = [];
  let bytes = 0;
  for (const buffer of order) {
    const [first, last] = lives[buffer]!;
    let offset = 0;
    for (const other of placed) {
      const [otherFirst, otherLast] = lives[other]!;
      if (otherFirst > last || first > otherLast) continue;
      if (offsets[other]! >= offset + sizes[buffer]!) break;
      offset = Math.max(offset, offsets[other]! + sizes[other]!);
    }
    offsets[buffer] = offset;
    bytes = Math.max(bytes, offset + sizes[buffer]!);
    const above = placed.findIndex((other) => offsets[other]! > offset);
    placed.splice(above < 0 ? placed.length : above, 0, buffer);
  }
  return { offsets, bytes };
}

/** Gives every buffer bytes of its own, so that all can be read after a run. */
export function separateBuffers(plan: Plan): Packing {
  let bytes = 0;
  const offsets = plan.buffers.map((buffer) => {
    const offset = bytes;
    bytes += paddedBytes(buffer);
    return offset;
  });
  return { offsets, bytes };
}

/** The position of the last kernel that may fail, because it finds a row only when it runs; −1 if none can. */
export function lastFallible({ kernels }: Plan): number {
  const mayFail = (kernel: Kernel): boolean =>
    storesOf(kernel).some(({ row }) => row !== null) || looksUpRows(expressionsOf(kernel));
  return kernels.findLastIndex(mayFail);
}

/** Whether all loads of a buffer in some expressions are at one index. */
function loadsOnlyAt(index: Index, buffer: number, expressions: readonly Expression[]): boolean {
  return subexpressions(expressions).every((expression) => {
    if (expression.kind === 'random') return expression.key !== buffer;
    return (
      expression.kind !== 'load' ||
      expression.buffer !== buffer ||
      (expression.row === null && sameIndex(expression.index, index))
    );
  });
}

/** The one store of a buffer in a kernel, and the phase it stands in; undefined if it is not written just once. */
function onlyStore(kernel: Kernel, buffer: number): { store: Store; phase: number } | undefined {
  const phases: readonly Pick<Phase, 'stores' | 'results'>[] =
    kernel.kind === 'loop' ? kernel.phases : [{ stores: kernel.stores, results: [] }];
  const found = phases.flatMap(({ stores, results }, phase) =>
    [...stores, ...results].filter((store) => store.buffer === buffer).map((store) => ({ store, phase })),
  );
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Whether the new value may be written over the old: from its kernel on nobody reads the old value, except at the very
 * element that is written, before it is.
 */
function mayOverwrite(plan: Plan, { input, buffer }: Update): boolean {
  const { kernels } = plan;
  const writers = kernels.flatMap((kernel, number) =>
    storesOf(kernel).some((store) => store.buffer === buffer) ? [number] : [],
  );
  const [position, ...others] = writers;
  if (position === undefined || others.length > 0 || position <= lastFallible(plan)) return false;
  if (kernels.slice(position + 1).some((kernel) => buffersRead(kernel).has(input))) return false;
  const kernel = kernels[position]!;
  const only = onlyStore(kernel, buffer);
  if (only === undefined || only.store.accumulate) return false;
  const { index } = only.store;
  if (kernel.kind === 'contract') {
    return (
      kernel.left.buffer !== input &&
      kernel.right.buffer !== input &&
      loadsOnlyAt(index, input, expressionsOf(kernel))
    );
  }
  return kernel.phases.every((phase, number) =>
    number <= only.phase
      ? loadsOnlyAt(index, input, phaseExpressions(phase))
      : !buffersRead({ ...kernel, phases: [phase] }).has(input),
  );
}

/** The position of the first kernel that overwrites an old value in place; beyond all kernels if none does. */
export function firstUpdating({ kernels }: Plan, inPlace: readonly Update[]): number {
  const position = kernels.findIndex((kernel) =>
    storesOf(kernel).some((store) => inPlace.some(({ buffer }) => buffer === store.buffer)),
  );
  return position < 0 ? kernels.length : position;
}

/**
 * Which updates can happen in place: the buffer stands where the input stands.
 * @param wanted the buffers that are read after a run
 */
export function updatesInPlace(plan: Plan, updates: readonly Update[], wanted: Iterable<number>): Update[] {
  const taken = new Set(wanted);
  // A value that is given on as it is must outlive the overwriting of its old place.
  for (const { buffer } of updates) if (buffer < plan.inputs) taken.add(buffer);
  const used = new Set<number>();
  return updates.filter((update) => {
    const { input, buffer } = update;
    if (buffer < plan.inputs || taken.has(input) || used.has(buffer) || !mayOverwrite(plan, update))
      return false;
    used.add(buffer);
    return true;
  });
}
