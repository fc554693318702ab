/**
 * @file The element types that a safetensors file may have, each read and written: small floats, integers and booleans.
 */
import { type DType, tensor } from '@windfall/core';
import { parseSafetensors, serializeSafetensors, type StoredDType } from '../src/index.ts';
import { fileWith, partsOf } from './support/safetensors.ts';

const floats16: readonly [StoredDType, number, number][] = [
  ['F16', 0x0000, 0],
  ['F16', 0x8000, -0],
  ['F16', 0x0001, 2 ** -24],
  ['F16', 0x03ff, 1023 * 2 ** -24],
  ['F16', 0x0400, 2 ** -14],
  ['F16', 0x3c00, 1],
  ['F16', 0xc000, -2],
  ['F16', 0x7bff, 65504],
  ['F16', 0x7c00, Infinity],
  ['F16', 0xfc00, -Infinity],
  ['F16', 0x7e00, NaN],
  ['BF16', 0x0001, 2 ** -133],
  ['BF16', 0x3f80, 1],
  ['BF16', 0x4049, 3.140625],
  ['BF16', 0x7f7f, 255 * 2 ** 120],
  ['BF16', 0xff80, -Infinity],
  ['BF16', 0x7fc0, NaN],
];
const floats8: readonly [StoredDType, number, number][] = [
  ['F8_E4M3', 0x00, 0],
  ['F8_E4M3', 0x80, -0],
  ['F8_E4M3', 0x01, 2 ** -9],
  ['F8_E4M3', 0x07, 7 * 2 ** -9],
  ['F8_E4M3', 0x08, 2 ** -6],
  ['F8_E4M3', 0x38, 1],
  ['F8_E4M3', 0x7e, 448],
  ['F8_E4M3', 0xfe, -448],
  ['F8_E4M3', 0x7f, NaN],
  ['F8_E5M2', 0x01, 2 ** -16],
  ['F8_E5M2', 0x03, 3 * 2 ** -16],
  ['F8_E5M2', 0x04, 2 ** -14],
  ['F8_E5M2', 0x3c, 1],
  ['F8_E5M2', 0x7b, 57344],
  ['F8_E5M2', 0x7c, Infinity],
  ['F8_E5M2', 0xfc, -Infinity],
  ['F8_E5M2', 0x7f, NaN],
];

describe('small floats', () => {
  const written = (dtype: StoredDType, values: number[], from: DType = 'f64') =>
    partsOf(serializeSafetensors({ x: tensor(values, { dtype: from }) }, { dtypes: { x: dtype } })).data;

  test.each([...floats16, ...floats8])('%s %p is %p, both ways', (dtype, code, value) => {
    const codes = dtype.includes('16') ? Uint16Array.of(code) : Uint8Array.of(code);
    const { x } = parseSafetensors(fileWith(dtype, [1], codes));
    expect(x!.dtype).toBe('f32');
    expect(x!.data()[0]).toBe(value);
    expect([...written(dtype, [value])]).toEqual([...new Uint8Array(codes.buffer)]);
  });

  test.each<[StoredDType, number]>([
    ['F16', 16],
    ['BF16', 16],
    ['F8_E4M3', 8],
    ['F8_E5M2', 8],
  ])(
    '%s: every code comes back, and numbers go to the nearest of them, halfway to the even',
    (dtype, bits) => {
      const codes =
        bits === 16
          ? Uint16Array.from({ length: 2 ** 16 }, (_, k) => k)
          : Uint8Array.from({ length: 2 ** 8 }, (_, k) => k);
      const values = parseSafetensors(fileWith(dtype, [codes.length], codes))['x']!.data();
      const back = written(dtype, [...values]);
      const again = parseSafetensors(fileWith(dtype, [codes.length], back))['x']!.data();
      expect(again).toEqual(values);

      const largest = codes.findLastIndex((code) => code < 2 ** (bits - 1) && Number.isFinite(values[code]!));
      const places =
        bits === 8
          ? [...codes.subarray(0, largest)]
          : Array.from({ length: 500 }, (_, k) => Math.floor((k / 500) * largest));
      const between = places.flatMap((code) => {
        const [below, above] = [values[code]!, values[code + 1]!];
        const middle = (below + above) / 2;
        return [
          [middle, code % 2 === 0 ? below : above],
          [middle * (1 + 2 ** -50), above],
          [middle * (1 - 2 ** -50), below],
        ];
      });
      const rounded = parseSafetensors(
        fileWith(
          dtype,
          [between.length],
          written(
            dtype,
            between.map(([value]) => value!),
          ),
        ),
      )['x']!;
      expect([...rounded.data()]).toEqual(between.map(([, wanted]) => wanted));
    },
  );

  test('beyond the largest are infinite, or NaN where there is no infinity, as in PyTorch', () => {
    const read = (dtype: StoredDType, values: number[]) => {
      const data = written(dtype, values);
      return [...parseSafetensors(fileWith(dtype, [values.length], data))['x']!.data()];
    };
    expect(read('F16', [65519.9, 65520, -1e300])).toEqual([65504, Infinity, -Infinity]);
    expect(read('F8_E5M2', [61439, 61440, -1e300])).toEqual([57344, Infinity, -Infinity]);
    expect(read('F8_E4M3', [464, 464.1, -1e300, Infinity])).toEqual([448, NaN, NaN, NaN]);
  });
});

const wholeTypes: readonly [StoredDType, (values: readonly number[]) => ArrayBufferView, number[]][] = [
  ['U8', (values) => Uint8Array.from(values), [0, 1, 127, 128, 255]],
  ['I8', (values) => Int8Array.from(values), [-128, -1, 0, 127]],
  ['U16', (values) => Uint16Array.from(values), [0, 256, 32768, 65535]],
  ['I16', (values) => Int16Array.from(values), [-32768, -1, 0, 32767]],
  ['I32', (values) => Int32Array.from(values), [-(2 ** 31), -1, 0, 2 ** 31 - 1]],
  ['U32', (values) => Uint32Array.from(values), [0, 1, 2 ** 31 - 1]],
  ['I64', (values) => BigInt64Array.from(values.map(BigInt)), [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1]],
  ['U64', (values) => BigUint64Array.from(values.map(BigInt)), [0, 1, 2 ** 31 - 1]],
];

describe('integers', () => {
  test.each(wholeTypes)(
    '%s are read as i32, and i32, f32 and f64 written as them',
    (dtype, arrayOf, values) => {
      const data = arrayOf(values);
      const file = fileWith(dtype, [values.length], data);
      const { x } = parseSafetensors(file);
      expect(x!.dtype).toBe('i32');
      expect([...x!.data()]).toEqual(values);
      const dtypes: DType[] = values.every((value) => Math.fround(value) === value)
        ? ['i32', 'f64', 'f32']
        : ['i32', 'f64'];
      for (const from of dtypes) {
        const read = parseSafetensors(file, { dtypes: { x: from } })['x']!;
        expect(read.dtype).toBe(from);
        expect([...read.data()]).toEqual(values);
        const back = serializeSafetensors({ x: read }, { dtypes: { x: dtype } });
        expect(Buffer.from(partsOf(back).data)).toEqual(
          Buffer.from(data.buffer, data.byteOffset, data.byteLength),
        );
      }
    },
  );

  test.each<[StoredDType, ArrayBufferView, number]>([
    ['U32', Uint32Array.of(1, 2 ** 31), 2 ** 31],
    ['I64', BigInt64Array.of(1n, 2n ** 31n), 2 ** 31],
    ['I64', BigInt64Array.of(0n, -(2n ** 31n) - 1n), -(2 ** 31) - 1],
    ['I64', BigInt64Array.of(0n, -(2n ** 53n)), -(2 ** 53)],
    ['I64', BigInt64Array.of(0n, 2n ** 62n), 2 ** 62],
    ['U64', BigUint64Array.of(3n, 2n ** 63n), 2 ** 63],
  ])(
    '%s %p beyond i32 are an error that names tensor, element and remedy, and are read as f64',
    (dtype, data, value) => {
      const file = fileWith(dtype, [2], data);
      expect(() => parseSafetensors(file)).toThrow(
        `parseSafetensors: x: element 1 is ${value}, which i32 does not hold; read it as f64 by the option dtypes`,
      );
      const { x } = parseSafetensors(file, {
        dtypes: (_name, stored) => (stored.dtype === dtype ? 'f64' : undefined),
      });
      expect(x!.dtype).toBe('f64');
      expect(x!.data()[1]).toBe(value);
    },
  );

  test.each<[StoredDType, ArrayBufferView, string]>([
    ['I64', BigInt64Array.of(1n, -(2n ** 53n) - 1n), '-9007199254740993'],
    ['U64', BigUint64Array.of(1n, 2n ** 64n - 1n), '18446744073709551615'],
  ])('%s that no dtype holds exactly are an error', (dtype, data, value) => {
    const message = `parseSafetensors: x: element 1 is ${value}, which no dtype holds exactly`;
    expect(() => parseSafetensors(fileWith(dtype, [2], data))).toThrow(message);
    expect(() => parseSafetensors(fileWith(dtype, [2], data), { dtypes: { x: 'f64' } })).toThrow(message);
  });

  test('are not rounded when read as f32 or written as F16', () => {
    expect(() =>
      parseSafetensors(fileWith('I32', [1], Int32Array.of(2 ** 24 + 1)), { dtypes: { x: 'f32' } }),
    ).toThrow(
      'parseSafetensors: x: element 0 is 16777217, which f32 does not hold; read it as f64 by the option dtypes',
    );
    expect(() =>
      serializeSafetensors({ x: tensor([0, 2049], { dtype: 'i32' }) }, { dtypes: { x: 'F16' } }),
    ).toThrow('serializeSafetensors: x: element 1 is 2049, which F16 does not hold');
  });

  test.each<[StoredDType, number]>([
    ['U8', -1],
    ['U8', 256],
    ['I8', 128],
    ['U16', 65536],
    ['I16', -32769],
    ['I32', 2 ** 31],
    ['U32', 2 ** 32],
    ['I64', 0.5],
    ['I64', 2 ** 53],
    ['U64', -1],
    ['I64', NaN],
    ['I32', Infinity],
    ['BOOL', 2],
  ])('%s do not take %p', (dtype, value) => {
    const x = tensor([1, value], { dtype: 'f64' });
    expect(() => serializeSafetensors({ x }, { dtypes: { x: dtype } })).toThrow(
      `serializeSafetensors: x: element 1 is ${value}, which ${dtype} does not hold`,
    );
  });

  test('a boolean is 0 or 1; whole numbers are read as booleans where they are', () => {
    expect(() => parseSafetensors(fileWith('BOOL', [2], Uint8Array.of(1, 2)))).toThrow(
      'parseSafetensors: x: element 1 is 2, which is neither false nor true',
    );
    expect(
      parseSafetensors(fileWith('U8', [2], Uint8Array.of(1, 0)), { dtypes: { x: 'bool' } })['x']!.toArray(),
    ).toEqual([true, false]);
    expect(
      parseSafetensors(fileWith('BOOL', [2], Uint8Array.of(1, 0)), { dtypes: { x: 'f32' } })['x']!.toArray(),
    ).toEqual([1, 0]);
  });

  test('floats are rounded to f32 when that is asked for, and are read as i32 where they are whole', () => {
    const file = fileWith('F64', [2], Float64Array.of(0.1, 1e300));
    expect([...parseSafetensors(file, { dtypes: { x: 'f32' } })['x']!.data()]).toEqual([
      Math.fround(0.1),
      Infinity,
    ]);
    expect(() => parseSafetensors(file, { dtypes: { x: 'i32' } })).toThrow(
      'x: element 0 is 0.1, which i32 does not hold',
    );
  });
});
