/**
 * @file Four elements at a time, whatever their dtype: f32, i32 and bool fill one vector register (a bool lane is all ones
 * or all zeros), f64 fills two. All arithmetic on them that has an instruction of its own.
 */
import { bytesPerElement, type DType } from '../../dtype.ts';
import { invariant } from '../../errors.ts';
import type { ScalarName } from '../../graph/scalar-functions.ts';
import { type Code, type FunctionBuilder, floatBytes, type Local } from './assembler.ts';
import { f32x4, f64x2, i16x8, i32, i32x4, i64x2, i8x16, v128 } from './instructions.ts';

/** How many elements a vector has. */
export const laneCount = 4;

/** Four elements, as code to push each register; cheap to repeat. */
export interface Lanes {
  readonly dtype: DType;
  readonly parts: readonly Code[];
  /** Whether all bits are known to be 0. */
  readonly isZero?: boolean;
}

/** How many registers four elements take. */
function partCount(dtype: DType): number {
  return dtype === 'f64' ? 2 : 1;
}

/** The bytes of four equal elements in each register. */
export function splatConstant(value: number, dtype: DType): Lanes {
  if (dtype === 'f64') {
    const bytes = floatBytes(value, 'f64');
    const part = v128.const([...bytes, ...bytes]);
    return { dtype, parts: [part, part], isZero: Object.is(value, 0) };
  }
  const element =
    dtype === 'f32' ? floatBytes(value, 'f32') : integerBytes(dtype === 'bool' ? -value : value);
  const parts = [v128.const([...element, ...element, ...element, ...element])];
  return { dtype, parts, isZero: element.every((byte) => byte === 0) };
}

/** Four numbers, one in each lane. */
export function laneConstants(values: readonly number[]): Lanes {
  const pair = (first: number): Code =>
    v128.const([...floatBytes(values[first]!, 'f64'), ...floatBytes(values[first + 1]!, 'f64')]);
  return { dtype: 'f64', parts: [pair(0), pair(2)] };
}

function integerBytes(value: number): number[] {
  return Array.from(new Uint8Array(Int32Array.of(value).buffer));
}

/** The numbers base + k·step in lane k, from an i32 on the stack. */
export function ramp(base: Code, step: number): Lanes {
  const steps = v128.const([0, 1, 2, 3].flatMap((k) => integerBytes(k * step)));
  return { dtype: 'i32', parts: [i32x4.add(i32x4.splat(base), steps)] };
}

/** Keeps a value in locals, so that its parts can be used often. */
export function keep(fn: FunctionBuilder, { dtype, parts }: Lanes): Lanes {
  const locals = parts.map(() => fn.local('v128'));
  parts.forEach((part, k) => {
    fn.emit(locals[k]!.set(part));
  });
  return { dtype, parts: locals.map(({ get }) => get) };
}

/** Locals that hold a changing value. */
export interface Register {
  readonly dtype: DType;
  readonly locals: readonly Local[];
  readonly value: Lanes;
  readonly set: (value: Lanes) => Code;
}

export function register(fn: FunctionBuilder, dtype: DType): Register {
  const locals = Array.from({ length: partCount(dtype) }, () => fn.local('v128'));
  return {
    dtype,
    locals,
    value: { dtype, parts: locals.map(({ get }) => get) },
    set: (value) => {
      invariant(value.parts.length === locals.length, 'a register takes values of its dtype');
      return locals.map((local, k) => local.set(value.parts[k]!));
    },
  };
}

/** Bools in memory are bytes; in registers, masks. */
function maskFromBytes(bytes: Code): Code {
  return i32x4.ne(
    i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)),
    v128.const(new Array<number>(16).fill(0)),
  );
}

const zero = v128.const(new Array<number>(16).fill(0));
const ones = v128.const(new Array<number>(16).fill(1));

/** The first byte of each 32-bit lane, in the first lane. */
function firstBytes(vector: Code): Code {
  return i8x16.shuffle([0, 4, 8, 12, ...new Array<number>(12).fill(0)], vector, zero);
}

/** The bytes of 32-bit elements with these numbers among the eight of two vectors. */
const elements = (...numbers: readonly number[]): number[] =>
  numbers.flatMap((number) => [0, 1, 2, 3].map((byte) => 4 * number + byte));
const everySecond = elements(0, 2, 4, 6);
const lowerPairs = elements(0, 4, 1, 5);
const upperPairs = elements(2, 6, 3, 7);

/** An address in bytes: one computed and never negative, and a constant that the instruction adds. */
export interface Place {
  readonly address: Code;
  readonly offset: number;
}

/** A place some bytes further. */
function further({ address, offset }: Place, bytes: number): Place {
  const total = offset + bytes;
  return total >= 0 ? { address, offset: total } : { address: i32.add(address, i32.const(total)), offset: 0 };
}

/**
 * Elements from memory.
 * @param place the first element's
 * @param stride the distance in elements from one lane to the next
 * @param count how many lanes to read; the others are zero
 */
export function loadLanes(place: Place, dtype: DType, stride: number, count: number): Lanes {
  const size = bytesPerElement(dtype);
  const { address, offset } = place;
  if (stride === 0) return { dtype, parts: splatLoad(place, dtype) };
  const laneAt = (lane: number): Place => further(place, lane * stride * size);
  if (dtype === 'f64') {
    const pair = (first: number): Code => {
      if (count - first >= 2 && stride === 1) return v128.load(address, offset + first * size);
      if (count - first >= 2 && stride === -1) return swapHalves(loadAt(laneAt(first + 1)));
      const here = Math.min(2, Math.max(0, count - first));
      let vector = zero;
      for (let lane = 0; lane < here; lane++) {
        const from = laneAt(first + lane);
        vector = v128.load64Lane(from.address, from.offset, vector, lane);
      }
      return vector;
    };
    return { dtype, parts: [pair(0), pair(2)] };
  }
  const isFull = count === laneCount;
  if (dtype === 'bool') {
    if (stride === 1 && isFull) return { dtype, parts: [maskFromBytes(v128.load32Zero(address, offset))] };
    let vector = zero;
    for (let lane = 0; lane < count; lane++) {
      const from = laneAt(lane);
      vector = i32x4.replaceLane(lane, vector, i32.load8U(from.address, from.offset));
    }
    return { dtype, parts: [i32x4.ne(vector, zero)] };
  }
  if (stride === 1 && isFull) return { dtype, parts: [v128.load(address, offset)] };
  if (stride === -1 && isFull) return { dtype, parts: [reversed(loadAt(laneAt(laneCount - 1)))] };
  if (stride === 2 && isFull) {
    // One element more than the lanes need is read, inside the room that follows every buffer.
    return { dtype, parts: [i8x16.shuffle(everySecond, loadAt(place), loadAt(further(place, 16)))] };
  }
  let vector = zero;
  for (let lane = 0; lane < count; lane++) {
    const from = laneAt(lane);
    vector = v128.load32Lane(from.address, from.offset, vector, lane);
  }
  return { dtype, parts: [vector] };
}

const loadAt = ({ address, offset }: Place): Code => v128.load(address, offset);

/** The lanes of 32 bits from last to first. */
function reversed(vector: Code): Code {
  return i8x16.shuffle([12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3], vector, zero);
}

function swapHalves(vector: Code): Code {
  return i8x16.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7], vector, zero);
}

function splatLoad({ address, offset }: Place, dtype: DType): Code[] {
  if (dtype === 'f64') return [v128.load64Splat(address, offset), v128.load64Splat(address, offset)];
  if (dtype === 'bool') return [i32x4.ne(i32x4.splat(i32.load8U(address, offset)), zero)];
  return [v128.load32Splat(address, offset)];
}

/** Stores the first `count` lanes, `stride` elements apart. The value's parts are used several times. */
export function storeLanes(place: Place, { dtype, parts }: Lanes, stride: number, count: number): Code {
  const size = bytesPerElement(dtype);
  const code: Code[] = [];
  for (let lane = 0; lane < count; ) {
    const part = dtype === 'f64' ? parts[lane >> 1]! : parts[0]!;
    const full = dtype === 'f64' ? lane % 2 === 0 && count - lane >= 2 : lane === 0 && count === laneCount;
    const { address, offset } = further(place, lane * stride * size);
    if (full && stride === 1 && dtype === 'bool') {
      code.push(v128.store32Lane(address, offset, firstBytes(v128.and(part, ones)), 0));
      lane += laneCount;
      continue;
    }
    if (full && stride === 1) {
      code.push(v128.store(address, offset, part));
      lane += dtype === 'f64' ? 2 : laneCount;
      continue;
    }
    if (dtype === 'f64') code.push(v128.store64Lane(address, offset, part, lane % 2));
    else if (dtype === 'bool')
      code.push(i32.store8(address, offset, i32.and(i32x4.extractLane(lane, part), i32.const(1))));
    else code.push(v128.store32Lane(address, offset, part, lane));
    lane++;
  }
  return code;
}

/**
 * Stores four elements each of two values alternately, the first value's first. Only for dtypes of four bytes in memory.
 * The values' parts are used several times.
 */
export function storeAlternately({ address, offset }: Place, first: Lanes, second: Lanes): Code {
  const [a, b] = [first.parts[0]!, second.parts[0]!];
  return [
    v128.store(address, offset, i8x16.shuffle(lowerPairs, a, b)),
    v128.store(address, offset + 16, i8x16.shuffle(upperPairs, a, b)),
  ];
}

/** The two i64x2 masks for a mask of four lanes. */
function widenMask(mask: Code): [Code, Code] {
  return [i64x2.extendLowI32x4S(mask), i64x2.extendHighI32x4S(mask)];
}

/** The low 32 bits of every 64-bit lane of two vectors. */
export function narrow(low: Code, high: Code): Code {
  return i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27], low, high);
}

/** The upper two lanes in the place of the lower. */
function upper(vector: Code): Code {
  return i8x16.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15], vector, vector);
}

/** f32 lanes as the two halves in f64. */
export function promote(vector: Code): [Code, Code] {
  return [f64x2.promoteLowF32x4(vector), f64x2.promoteLowF32x4(upper(vector))];
}

/** The halves in f64 as f32 lanes. */
export function demote([low, high]: readonly [Code, Code]): Code {
  return i8x16.shuffle(
    [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
    f32x4.demoteF64x2Zero(low),
    f32x4.demoteF64x2Zero(high),
  );
}

/** The same values in another dtype, as roundTo says. The value's parts are used several times. */
export function castLanes({ dtype: from, parts }: Lanes, to: DType): Lanes {
  const [first, second = []] = parts as [Code, Code?];
  const as = (...result: readonly Code[]): Lanes => ({ dtype: to, parts: result });
  if (from === to) return { dtype: to, parts };
  if (to === 'bool') {
    if (from === 'i32') return as(i32x4.ne(first, zero));
    if (from === 'f32') return as(f32x4.ne(first, zero));
    return as(narrow(f64x2.ne(first, zero), f64x2.ne(second, zero)));
  }
  if (from === 'bool') return castLanes({ dtype: 'i32', parts: [i32x4.neg(first)] }, to);
  if (to === 'f64') {
    if (from === 'f32') return as(...promote(first));
    return as(f64x2.convertLowI32x4S(first), f64x2.convertLowI32x4S(upper(first)));
  }
  if (to === 'f32') return as(from === 'i32' ? f32x4.convertI32x4S(first) : demote([first, second]));
  if (from === 'f32') return as(i32x4.truncSatF32x4S(first));
  return as(
    i8x16.shuffle(
      [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
      i32x4.truncSatF64x2SZero(first),
      i32x4.truncSatF64x2SZero(second),
    ),
  );
}

/** A function with an instruction of its own for some dtypes: the code for one register. */
type Direct = Partial<Readonly<Record<'f32' | 'f64' | 'i32' | 'bool', (a: Code, b: Code) => Code>>>;

const direct = {
  add: { f32: f32x4.add, f64: f64x2.add, i32: i32x4.add },
  sub: { f32: f32x4.sub, f64: f64x2.sub, i32: i32x4.sub },
  mul: { f32: f32x4.mul, f64: f64x2.mul, i32: i32x4.mul },
  div: { f32: f32x4.div, f64: f64x2.div },
  maximum: { f32: f32x4.max, f64: f64x2.max, i32: i32x4.maxS },
  minimum: { f32: f32x4.min, f64: f64x2.min, i32: i32x4.minS },
  neg: { f32: (a) => f32x4.neg(a), f64: (a) => f64x2.neg(a), i32: (a) => i32x4.neg(a) },
  abs: { f32: (a) => f32x4.abs(a), f64: (a) => f64x2.abs(a), i32: (a) => i32x4.abs(a) },
  floor: { f32: (a) => f32x4.floor(a), f64: (a) => f64x2.floor(a), i32: (a) => a },
  ceil: { f32: (a) => f32x4.ceil(a), f64: (a) => f64x2.ceil(a), i32: (a) => a },
  trunc: { f32: (a) => f32x4.trunc(a), f64: (a) => f64x2.trunc(a), i32: (a) => a },
  round: { f32: (a) => f32x4.nearest(a), f64: (a) => f64x2.nearest(a), i32: (a) => a },
  sqrt: { f32: (a) => f32x4.sqrt(a), f64: (a) => f64x2.sqrt(a) },
  logicalAnd: { bool: v128.and },
  logicalOr: { bool: v128.or },
  logicalXor: { bool: v128.xor },
  logicalNot: { bool: (a) => v128.not(a) },
} satisfies Partial<Record<ScalarName, Direct>>;

type Comparison = Readonly<Record<'f32' | 'f64' | 'i32', (a: Code, b: Code) => Code>>;

const comparisons = {
  equal: { f32: f32x4.eq, f64: f64x2.eq, i32: i32x4.eq },
  notEqual: { f32: f32x4.ne, f64: f64x2.ne, i32: i32x4.ne },
  less: { f32: f32x4.lt, f64: f64x2.lt, i32: i32x4.ltS },
  lessEqual: { f32: f32x4.le, f64: f64x2.le, i32: i32x4.leS },
  greater: { f32: f32x4.gt, f64: f64x2.gt, i32: i32x4.gtS },
  greaterEqual: { f32: f32x4.ge, f64: f64x2.ge, i32: i32x4.geS },
} satisfies Partial<Record<ScalarName, Comparison>>;

/** The functions that are one instruction per register wherever they keep the dtype. */
export type DirectName = keyof typeof direct | keyof typeof comparisons | 'where';

const directTable: Partial<Readonly<Record<ScalarName, Direct>>> = direct;
const comparisonTable: Partial<Readonly<Record<ScalarName, Comparison>>> = comparisons;

/** The code of a function that is one instruction per register, or null. Each operand part is used once. */
export function directCode(name: ScalarName, operands: readonly Lanes[]): Lanes | null {
  const [a, b = a, c = a] = operands as [Lanes, Lanes?, Lanes?];
  const { dtype } = a;
  const compare = comparisonTable[name];
  if (compare !== undefined) return compareLanes(compare, a, b);
  if (name === 'where') return selectLanes(a, b, c);
  const code = directTable[name]?.[dtype];
  return code === undefined ? null : { dtype, parts: a.parts.map((part, k) => code(part, b.parts[k]!)) };
}

function compareLanes(compare: Comparison, a: Lanes, b: Lanes): Lanes {
  // Masks compare as the numbers 0 and 1 would, once negated.
  if (a.dtype === 'bool') return compareLanes(compare, castLanes(a, 'i32'), castLanes(b, 'i32'));
  const code = compare[a.dtype];
  const parts = a.parts.map((part, k) => code(part, b.parts[k]!));
  return { dtype: 'bool', parts: parts.length === 2 ? [narrow(parts[0]!, parts[1]!)] : parts };
}

/** Lane by lane the first value where the mask is set, else the second. */
export function selectLanes(mask: Lanes, yes: Lanes, no: Lanes): Lanes {
  const masks = yes.parts.length === 2 ? widenMask(mask.parts[0]!) : mask.parts;
  // Three instructions on most machines, one where one side is 0.
  const select = (part: Code, k: number): Code => {
    if (no.isZero === true) return v128.and(part, masks[k]!);
    if (yes.isZero === true) return v128.andnot(no.parts[k]!, masks[k]!);
    return v128.bitselect(part, no.parts[k]!, masks[k]!);
  };
  return { dtype: yes.dtype, parts: yes.parts.map(select) };
}

/** A mask of one lane. */
export function laneMask(lane: number): Lanes {
  return {
    dtype: 'bool',
    parts: [v128.const([0, 1, 2, 3].flatMap((k) => integerBytes(k === lane ? -1 : 0)))],
  };
}

/** A mask of the first lanes. */
export function firstLanes(count: number): Lanes {
  return {
    dtype: 'bool',
    parts: [v128.const([0, 1, 2, 3].flatMap((k) => integerBytes(k < count ? -1 : 0)))],
  };
}

/** One lane in all four. */
export function splatLane({ dtype, parts }: Lanes, lane: number): Lanes {
  if (dtype === 'f64') {
    const part = f64x2.splat(f64x2.extractLane(lane % 2, parts[lane >> 1]!));
    return { dtype, parts: [part, part] };
  }
  return { dtype, parts: [i32x4.splat(i32x4.extractLane(lane, parts[0]!))] };
}

/** All four lanes combined, in every lane. */
export function acrossLanes(
  fn: FunctionBuilder,
  value: Lanes,
  combine: (a: Lanes, b: Lanes) => Lanes,
): Lanes {
  const { dtype } = value;
  const rotate = ({ parts }: Lanes, bytes: number): Lanes => ({
    dtype,
    parts: parts.map((part) =>
      i8x16.shuffle(
        Array.from({ length: 16 }, (_, k) => (k + bytes) % 16),
        part,
        part,
      ),
    ),
  });
  const own = keep(fn, value);
  if (dtype === 'f64') {
    const swapped: Lanes = { dtype, parts: [own.parts[1]!, own.parts[0]!] };
    const pair = keep(fn, combine(own, swapped));
    return keep(fn, combine(pair, rotate(pair, 8)));
  }
  const pair = keep(fn, combine(own, rotate(own, 8)));
  return keep(fn, combine(pair, rotate(pair, 4)));
}
