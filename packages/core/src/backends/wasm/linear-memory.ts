/**
 * @file The one linear memory that all programs share: a header, the arena in which whatever program runs has its
 * temporary values, and behind it the regions in which some programs keep values from run to run. JavaScript's heap is
 * the home of every value; regions are a bounded cache of it, and the longest unused make room.
 */
import { roundUp } from '../../compile/memory-plan.ts';
import { fail, invariant } from '../../errors.ts';
import { isWasmSupported, type LinearMemory, webAssembly } from './web-assembly.ts';

const pageBytes = 65_536;

/** 4 GiB, all that 32-bit addresses reach; or less where the platform reserves less. */
export const mostPages = 65_536;

/** The arena's first byte. What stands before it is described in header.ts. */
export const arenaStart = 1024;

/** How many bytes regions may hold together before the longest unused are evicted. */
let mostRegionBytes = 2 ** 30;

/** And how many there may be: each keeps the code of its program, and what it was made of, in JavaScript's heap. */
const mostRegions = 256;

/** Sets how many bytes regions may hold together, and gives the number before. */
export function limitRegions(bytes: number): number {
  const before = mostRegionBytes;
  mostRegionBytes = bytes;
  return before;
}

/** A stretch of memory that keeps its values until it is evicted. */
export interface Region {
  /** Its first byte; 0 once it has been evicted. It changes when the arena grows. */
  address: number;
  readonly bytes: number;
  readonly beforeEviction: () => void;
}

/** Shared memory where the platform has it, so that threads can take part. */
function createMemory(): LinearMemory {
  if (typeof SharedArrayBuffer === 'function') {
    try {
      return new webAssembly.Memory({ initial: 16, maximum: mostPages, shared: true });
    } catch {
      // Some platforms have the type but refuse the memory.
    }
  }
  return new webAssembly.Memory({ initial: 16, maximum: mostPages });
}

let memory: LinearMemory | undefined;
let arenaBytes = 0;
/** By address. */
let regions: Region[] = [];
/** From the longest unused to the one used last. */
const uses = new Set<Region>();

/** The memory, made when it is first asked for. */
export function linearMemory(): LinearMemory {
  memory ??= createMemory();
  return memory;
}

/** Whether several threads can use the memory. */
export function isShared(): boolean {
  return (
    isWasmSupported &&
    typeof SharedArrayBuffer === 'function' &&
    linearMemory().buffer instanceof SharedArrayBuffer
  );
}

/** Has at least `bytes` bytes of memory; says whether that was possible. */
function reserve(bytes: number): boolean {
  const present = linearMemory().buffer.byteLength;
  if (bytes <= present) return true;
  const needed = Math.ceil((bytes - present) / pageBytes);
  // Growing in large steps keeps typed arrays over the memory valid for longer.
  for (const pages of [Math.max(needed, Math.ceil(present / pageBytes / 4)), needed]) {
    try {
      linearMemory().grow(pages);
      return true;
    } catch {
      // Tried again with less, then reported.
    }
  }
  return false;
}

const regionsStart = (): number => arenaStart + arenaBytes;
const regionsEnd = (): number => {
  const last = regions.at(-1);
  return last === undefined ? regionsStart() : last.address + last.bytes;
};

/** Bytes that may be touched, though not changed, behind whatever stands last. */
const margin = 64;

/**
 * Makes the arena at least so large. Regions may move.
 * @param what the largest value in it, for the message
 * @throws WindfallError if there is not so much memory; then nothing has changed but that regions may have been evicted
 */
export function ensureArena(bytes: number, what: string): void {
  if (bytes <= arenaBytes) return;
  const wanted = roundUp(bytes, pageBytes);
  const growth = (): number => wanted - arenaBytes;
  while (!reserve(regionsEnd() + growth() + margin)) if (!evictOldest()) outOfMemory(bytes, what);
  const moved = new Uint8Array(linearMemory().buffer);
  moved.copyWithin(regionsStart() + growth(), regionsStart(), regionsEnd());
  const distance = growth();
  arenaBytes = wanted;
  for (const region of regions) region.address += distance;
}

/**
 * A region, filled with anything.
 * @throws WindfallError if there is not so much memory
 */
export function allocateRegion(bytes: number, what: string, beforeEviction: () => void): Region {
  const size = roundUp(Math.max(bytes, 1), 64);
  let held = regions.reduce((sum, region) => sum + region.bytes, 0);
  for (const oldest of [...uses]) {
    if (held + size <= mostRegionBytes && uses.size < mostRegions) break;
    held -= oldest.bytes;
    evict(oldest);
  }
  for (;;) {
    const region = placeRegion(size, beforeEviction);
    if (region !== null) return region;
    if (!evictOldest()) outOfMemory(bytes, what);
  }
}

/** A region for the time being, for which nothing is evicted; null if there is no room. */
export function allocateTemporaryRegion(bytes: number): Region | null {
  return placeRegion(roundUp(Math.max(bytes, 1), 64), () => undefined);
}

function placeRegion(bytes: number, beforeEviction: () => void): Region | null {
  const address = firstFit(bytes);
  if (!reserve(address + bytes + margin)) return null;
  const region: Region = { address, bytes, beforeEviction };
  regions = [...regions, region].sort((a, b) => a.address - b.address);
  uses.add(region);
  return region;
}

function firstFit(bytes: number): number {
  let address = roundUp(regionsStart(), 64);
  for (const region of regions) {
    if (region.address - address >= bytes) return address;
    address = region.address + region.bytes;
  }
  return address;
}

/** Marks a region as the one used last. */
export function touch(region: Region): void {
  invariant(region.address > 0, 'an evicted region is used');
  uses.delete(region);
  uses.add(region);
}

/** Gives a region's memory back, its values being of no interest any more. */
export function releaseRegion(region: Region): void {
  regions = regions.filter((other) => other !== region);
  uses.delete(region);
  region.address = 0;
}

/** Takes a region's memory away, after what is still needed has been read. */
export function evict(region: Region): void {
  region.beforeEviction();
  releaseRegion(region);
}

function evictOldest(): boolean {
  const [oldest] = uses;
  if (oldest !== undefined) evict(oldest);
  return oldest !== undefined;
}

function outOfMemory(bytes: number, what: string): never {
  const limit = bytes > mostPages * pageBytes ? '; WebAssembly memory ends at 4 GiB' : '';
  return fail(
    'memory',
    `no room for a computation of ${bytes} bytes, the largest value being ${what}${limit}`,
  );
}
