/**
 * @file The instructions that kernels are made of, by WebAssembly's own names: each takes the code of its operands and
 * gives the code of its result.
 */
import { type Code, floatBytes, signed, signedLong, unsigned } from './assembler.ts';

const plain =
  (...bytes: number[]) =>
  (...operands: readonly Code[]): Code => [...operands, ...bytes];

const simd = (number: number) => plain(0xfd, ...unsigned(number));

/** A load or store: the address, a constant offset in bytes, for stores the value. */
const access =
  (alignment: number, ...bytes: number[]) =>
  (address: Code, offset: number, ...value: readonly Code[]): Code => [
    address,
    ...value,
    ...bytes,
    alignment,
    unsigned(offset),
  ];

/** An access of one lane: the lane's number follows the offset. */
const laneAccess =
  (alignment: number, number: number) =>
  (address: Code, offset: number, vector: Code, lane: number): Code => [
    address,
    vector,
    0xfd,
    unsigned(number),
    alignment,
    unsigned(offset),
    lane,
  ];

const lane =
  (number: number) =>
  (index: number, ...operands: readonly Code[]): Code => [...operands, 0xfd, unsigned(number), index];

export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  load: access(2, 0x28),
  load8U: access(0, 0x2d),
  store: access(2, 0x36),
  store8: access(0, 0x3a),
  eqz: plain(0x45),
  eq: plain(0x46),
  ne: plain(0x47),
  ltS: plain(0x48),
  ltU: plain(0x49),
  gtS: plain(0x4a),
  gtU: plain(0x4b),
  leS: plain(0x4c),
  geS: plain(0x4e),
  geU: plain(0x4f),
  add: plain(0x6a),
  sub: plain(0x6b),
  mul: plain(0x6c),
  divU: plain(0x6e),
  remU: plain(0x70),
  and: plain(0x71),
  or: plain(0x72),
  xor: plain(0x73),
  shl: plain(0x74),
  shrU: plain(0x76),
  wrapI64: plain(0xa7),
} as const;

export const i64 = {
  const: (value: number | bigint): Code => [0x42, signedLong(BigInt(value))],
  eqz: plain(0x50),
  ltU: plain(0x54),
  clz: plain(0x79),
  add: plain(0x7c),
  sub: plain(0x7d),
  mul: plain(0x7e),
  and: plain(0x83),
  or: plain(0x84),
  xor: plain(0x85),
  shl: plain(0x86),
  shrS: plain(0x87),
  shrU: plain(0x88),
  extendI32U: plain(0xad),
  reinterpretF64: plain(0xbd),
} as const;

/** Accesses that threads see in one order. */
export const atomic = {
  /** (address, expected i32, timeout in ns as i64, negative for none) */
  wait32: (address: number, expected: Code, timeout: Code): Code => [
    i32.const(address),
    expected,
    timeout,
    0xfe,
    0x01,
    2,
    0,
  ],
  notify: (address: number, count: Code): Code => [i32.const(address), count, 0xfe, 0x00, 2, 0],
  load: (address: number): Code => [i32.const(address), 0xfe, 0x10, 2, 0],
  store: (address: number, value: Code): Code => [i32.const(address), value, 0xfe, 0x17, 2, 0],
  add: (address: number, value: Code): Code => [i32.const(address), value, 0xfe, 0x1e, 2, 0],
} as const;

export const f32 = {
  const: (value: number): Code => [0x43, floatBytes(value, 'f32')],
  load: access(2, 0x2a),
  store: access(2, 0x38),
  add: plain(0x92),
  demoteF64: plain(0xb6),
} as const;

export const f64 = {
  const: (value: number): Code => [0x44, floatBytes(value, 'f64')],
  load: access(3, 0x2b),
  store: access(3, 0x39),
  add: plain(0xa0),
  sub: plain(0xa1),
  mul: plain(0xa2),
  div: plain(0xa3),
  max: plain(0xa5),
  promoteF32: plain(0xbb),
  convertI32S: plain(0xb7),
  convertI64U: plain(0xba),
  reinterpretI64: plain(0xbf),
  gt: plain(0x64),
  le: plain(0x65),
  ge: plain(0x66),
} as const;

export const v128 = {
  load: access(2, 0xfd, 0x00),
  load32Splat: access(2, 0xfd, 0x09),
  load64Splat: access(3, 0xfd, 0x0a),
  load32Zero: access(2, 0xfd, 0x5c),
  load64Zero: access(3, 0xfd, 0x5d),
  load32Lane: laneAccess(2, 0x56),
  load64Lane: laneAccess(3, 0x57),
  store: access(2, 0xfd, 0x0b),
  store32Lane: laneAccess(2, 0x5a),
  store64Lane: laneAccess(3, 0x5b),
  store8Lane: laneAccess(0, 0x58),
  const: (bytes: readonly number[]): Code => [0xfd, 0x0c, bytes],
  not: simd(0x4d),
  and: simd(0x4e),
  andnot: simd(0x4f),
  or: simd(0x50),
  xor: simd(0x51),
  /** Bits of the first where the mask (last) is set, else of the second. */
  bitselect: simd(0x52),
  anyTrue: simd(0x53),
} as const;

/** A vector that has one bit set in each lane, its highest, for lanes of so many bytes; or all others. */
const signs = (size: number, isSet: boolean): Code =>
  v128.const(
    Array.from({ length: 16 }, (_, byte) => ((byte + 1) % size === 0 ? 0x80 : 0) ^ (isSet ? 0 : 0xff)),
  );

/**
 * Engines make the constant of their own instructions for `abs` and `neg` anew each time, which takes two instructions
 * more; a constant stays in a register.
 */
const signOperations = (size: number) => ({
  abs: (a: Code): Code => v128.and(a, signs(size, false)),
  neg: (a: Code): Code => v128.xor(a, signs(size, true)),
});

export const i8x16 = {
  /** The bytes of two vectors at the given positions (0 … 31). */
  shuffle: (positions: readonly number[], a: Code, b: Code): Code => [a, b, 0xfd, 0x0d, positions],
} as const;

export const i16x8 = { extendLowI8x16U: simd(0x89) } as const;

export const i32x4 = {
  splat: simd(0x11),
  extractLane: lane(0x1b),
  replaceLane: lane(0x1c),
  eq: simd(0x37),
  ne: simd(0x38),
  ltS: simd(0x39),
  gtS: simd(0x3b),
  leS: simd(0x3d),
  geS: simd(0x3f),
  abs: simd(0xa0),
  neg: simd(0xa1),
  shl: simd(0xab),
  shrS: simd(0xac),
  shrU: simd(0xad),
  add: simd(0xae),
  sub: simd(0xb1),
  mul: simd(0xb5),
  minS: simd(0xb6),
  maxS: simd(0xb8),
  extendLowI16x8U: simd(0xa9),
  truncSatF32x4S: simd(0xf8),
  truncSatF64x2SZero: simd(0xfc),
} as const;

export const i64x2 = {
  splat: simd(0x12),
  replaceLane: lane(0x1e),
  eq: simd(0xd6),
  ltS: simd(0xd8),
  extendLowI32x4S: simd(0xc7),
  extendHighI32x4S: simd(0xc8),
  shl: simd(0xcb),
  shrU: simd(0xcd),
  add: simd(0xce),
  sub: simd(0xd1),
} as const;

export const f32x4 = {
  splat: simd(0x13),
  extractLane: lane(0x1f),
  replaceLane: lane(0x20),
  eq: simd(0x41),
  ne: simd(0x42),
  lt: simd(0x43),
  gt: simd(0x44),
  le: simd(0x45),
  ge: simd(0x46),
  ceil: simd(0x67),
  floor: simd(0x68),
  trunc: simd(0x69),
  nearest: simd(0x6a),
  ...signOperations(4),
  sqrt: simd(0xe3),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  min: simd(0xe8),
  max: simd(0xe9),
  /** The second where it is less, else the first. */
  pmin: simd(0xea),
  /** The second where it is greater, else the first. */
  pmax: simd(0xeb),
  convertI32x4S: simd(0xfa),
  demoteF64x2Zero: simd(0x5e),
  /** a·b + c, rounded once where the machine can: relaxed SIMD. */
  relaxedMadd: simd(0x105),
} as const;

export const f64x2 = {
  splat: simd(0x14),
  extractLane: lane(0x21),
  replaceLane: lane(0x22),
  eq: simd(0x47),
  ne: simd(0x48),
  lt: simd(0x49),
  gt: simd(0x4a),
  le: simd(0x4b),
  ge: simd(0x4c),
  ceil: simd(0x74),
  floor: simd(0x75),
  trunc: simd(0x7a),
  nearest: simd(0x94),
  ...signOperations(8),
  sqrt: simd(0xef),
  add: simd(0xf0),
  sub: simd(0xf1),
  mul: simd(0xf2),
  div: simd(0xf3),
  min: simd(0xf4),
  max: simd(0xf5),
  pmin: simd(0xf6),
  pmax: simd(0xf7),
  convertLowI32x4S: simd(0xfe),
  promoteLowF32x4: simd(0x5f),
  relaxedMadd: simd(0x107),
} as const;
