/**
 * @file Floats of 8 and 16 bits, which safetensors files hold and core does not: their codes as numbers, and the nearest code
 * of a number. It knows no tensors and no files.
 */

/** How a small float format spells its numbers: one sign bit, then exponent, then mantissa. */
export interface SmallFloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** The code, without sign, of what is too large for the format: infinity, or NaN where there is none. */
  readonly overflow: number;
  /** The code of NaN that is written. */
  readonly notANumber: number;
}

/** IEEE 754's binary16. */
export const float16: SmallFloat = {
  exponentBits: 5,
  mantissaBits: 10,
  overflow: 0x7c00,
  notANumber: 0x7e00,
};

/** The upper half of a binary32. */
export const bfloat16: SmallFloat = {
  exponentBits: 8,
  mantissaBits: 7,
  overflow: 0x7f80,
  notANumber: 0x7fc0,
};

/** Micikevicius et al. 2022, arXiv 2209.05433: no infinities, and a single NaN. PyTorch's float8_e4m3fn. */
export const float8e4m3: SmallFloat = {
  exponentBits: 4,
  mantissaBits: 3,
  overflow: 0x7f,
  notANumber: 0x7f,
};

/** The same paper's format with the special values of IEEE 754. PyTorch's float8_e5m2. */
export const float8e5m2: SmallFloat = {
  exponentBits: 5,
  mantissaBits: 2,
  overflow: 0x7c,
  notANumber: 0x7f,
};

function lowestExponent({ exponentBits }: SmallFloat): number {
  return 2 - 2 ** (exponentBits - 1);
}

function signBit({ exponentBits, mantissaBits }: SmallFloat): number {
  return 2 ** (exponentBits + mantissaBits);
}

function valueOf(format: SmallFloat, code: number): number {
  const sign = code >= signBit(format) ? -1 : 1;
  const magnitude = code % signBit(format);
  const { overflow, mantissaBits } = format;
  if (magnitude >= overflow)
    return magnitude === overflow && overflow !== format.notANumber ? sign * Infinity : NaN;
  const exponent = Math.floor(magnitude / 2 ** mantissaBits);
  const mantissa = magnitude % 2 ** mantissaBits;
  const lowest = lowestExponent(format);
  return exponent === 0
    ? sign * mantissa * 2 ** (lowest - mantissaBits)
    : sign * (2 ** mantissaBits + mantissa) * 2 ** (lowest + exponent - 1 - mantissaBits);
}

const tables = new Map<SmallFloat, Float32Array>();

/** The value of every code, all of which f32 holds exactly. */
function tableOf(format: SmallFloat): Float32Array {
  let table = tables.get(format);
  if (table === undefined) {
    table = Float32Array.from({ length: 2 * signBit(format) }, (_, code) => valueOf(format, code));
    tables.set(format, table);
  }
  return table;
}

/** The numbers that codes stand for. */
export function decodeSmallFloats(format: SmallFloat, codes: Uint8Array | Uint16Array): Float32Array {
  const table = tableOf(format);
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  return values;
}

const wide = new Float64Array(1);
const words = new Uint32Array(wide.buffer);

/** The code of the nearest number of a format; of two equally near, that of the even code. */
export function encodeSmallFloat(format: SmallFloat, value: number): number {
  if (Number.isNaN(value)) return format.notANumber;
  const sign = value < 0 || Object.is(value, -0) ? signBit(format) : 0;
  const magnitude = Math.abs(value);
  wide[0] = magnitude;
  const lowest = lowestExponent(format);
  const exponent = Math.max(lowest, (words[1]! >>> 20) - 1023);
  // Codes count the numbers of a format in steps of one unit in the last place.
  const units = magnitude * 2 ** (format.mantissaBits - exponent);
  const above = Math.round(units);
  const nearest = above - units === 0.5 && above % 2 === 1 ? above - 1 : above;
  return sign + Math.min(format.overflow, (exponent - lowest) * 2 ** format.mantissaBits + nearest);
}
