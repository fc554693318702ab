/**
 * @file Safetensors in memory: the bytes of the format, every element type both ways, and the refusal of whatever is damaged.
 */
import { type DType, tensor, Variable, WindfallError, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  Linear,
  openSafetensors,
  parseSafetensors,
  Sequential,
  serializeSafetensors,
  type StoredDType,
} from '../src/index.ts';
import { fileOf, fileWith, partsOf } from './support/safetensors.ts';

const i32 = (values: number[]) => tensor(values, { dtype: 'i32' });

describe('the bytes', () => {
  test('are length, JSON padded with spaces to eight bytes, and elements without gaps', () => {
    const file = serializeSafetensors({ 'layer.0': tensor([[1, 2, 3]]) });
    const json = '{"layer.0":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]}}';
    const length = Math.ceil(json.length / 8) * 8;
    expect([...file.subarray(0, 8)]).toEqual([length, 0, 0, 0, 0, 0, 0, 0]);
    expect(partsOf(file).text).toBe(json.padEnd(length));
    expect([...partsOf(file).data]).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
  });

  test('of nothing are an empty object', () => {
    expect([...serializeSafetensors({})]).toEqual([
      8,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0x7b,
      0x7d,
      ...Array(6).fill(0x20),
    ]);
    expect(parseSafetensors(serializeSafetensors({}))).toEqual({});
  });

  test('have the largest elements first, so that each tensor is aligned, then go by name', () => {
    const state = {
      b: tensor([true]),
      z: tensor([1, 2, 3]),
      '10': i32([7]),
      a: tensor([1], { dtype: 'f64' }),
      '9': tensor([1]),
      c: i32([5]),
    };
    const { header } = partsOf(serializeSafetensors(state, { dtypes: { c: 'I64', z: 'F16' } }));
    const starts = Object.entries<any>(header).map(
      ([
        name,
        {
          data_offsets: [start],
        },
      ]) => [name, start],
    );
    expect(Object.fromEntries(starts)).toEqual({ c: 0, a: 8, '9': 16, '10': 20, z: 24, b: 30 });
  });

  test('hold metadata as texts, any characters included', async () => {
    const metadata = { format: 'pt', note: 'ε = 1e-5 "quoted"\n🙂', '': '' };
    const file = serializeSafetensors({ 'größe.🙂': zeros([2]) }, { metadata });
    expect(partsOf(file).header.__metadata__).toEqual(metadata);
    const opened = await openSafetensors(file);
    expect(opened.metadata).toEqual(metadata);
    expect([...opened.tensors.keys()]).toEqual(['größe.🙂']);
  });

  test('of a batch norm count its batches in I64, as PyTorch does, which is read back as i32', () => {
    const model = new Sequential(new Linear(2, 2), new BatchNorm1d(2));
    model.forward(
      tensor([
        [1, 2],
        [3, 5],
      ]),
    );
    const file = serializeSafetensors(model.stateDict());
    expect(partsOf(file).header['1.num_batches_tracked'].dtype).toBe('I64');
    expect([...partsOf(file).data.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    const other = new Sequential(new Linear(2, 2), new BatchNorm1d(2));
    other.loadStateDict(parseSafetensors(file));
    expect(other.stateDict()).toEqual(model.stateDict());
    const asked = serializeSafetensors(model.stateDict(), { dtypes: { '1.num_batches_tracked': 'I32' } });
    expect(partsOf(asked).header['1.num_batches_tracked'].dtype).toBe('I32');
  });

  test('are read from anywhere in a larger array', () => {
    const file = serializeSafetensors({ x: tensor([1, 2]), y: tensor([3], { dtype: 'f64' }) });
    const larger = new Uint8Array(file.length + 3);
    larger.set(file, 3);
    const state = parseSafetensors(larger.subarray(3));
    expect(state['x']!.toArray()).toEqual([1, 2]);
    expect(state['y']!.toArray()).toEqual([3]);
  });
});

describe('a tensor comes back bit for bit', () => {
  test.each<[DType, number[], number[]]>([
    ['f32', [6], [0, -0, Infinity, -Infinity, NaN, Math.fround(1e-45)]],
    ['f64', [2, 3], [0, -0, Infinity, 5e-324, NaN, Math.PI]],
    ['i32', [3, 1], [-(2 ** 31), 2 ** 31 - 1, 0]],
    ['bool', [2], [0, 1]],
    ['f32', [], [7]],
    ['f64', [2, 0, 3], []],
    ['i32', [0], []],
    ['bool', [1, 1, 1, 1, 1, 1], [1]],
  ])('%s %p', (dtype, shape, values) => {
    const x = tensor(values, { dtype, shape });
    const {
      before,
      x: back,
      after,
    } = parseSafetensors(serializeSafetensors({ before: tensor(1), x, after: tensor([true, false, true]) }));
    expect(back!.dtype).toBe(dtype);
    expect(back!.shape).toEqual(shape);
    expect(back!.data()).toEqual(x.data());
    expect(before!.item()).toBe(1);
    expect(after!.toArray()).toEqual([true, false, true]);
  });

  test('with any name, that of a property of all objects included', () => {
    const names = ['__proto__', 'constructor', '', '0', 'a.b', '"', '\\"', '}'];
    const state = Object.fromEntries(names.map((name, k) => [name, tensor([k])]));
    const back = parseSafetensors(serializeSafetensors(state));
    expect(Object.keys(back).sort()).toEqual([...names].sort());
    for (const name of names) expect(back[name]!.toArray()).toEqual(state[name]!.toArray());
  });

  test('as it was at the time of the call, also if it is a variable', () => {
    const x = new Variable(tensor([1]));
    const file = serializeSafetensors({ x, y: x.add(1) });
    x.assign(tensor([5]));
    expect(parseSafetensors(file)['x']!.toArray()).toEqual([1]);
    expect(parseSafetensors(file)['y']!.toArray()).toEqual([2]);
  });
});

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
    expect(() => serializeSafetensors({ x: i32([0, 2049]) }, { dtypes: { x: 'F16' } })).toThrow(
      'serializeSafetensors: x: element 1 is 2049, which F16 does not hold',
    );
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

const x = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const eight = Array<number>(8).fill(0);

describe('a damaged file is refused, and nothing of it is given', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'nothing',
      new Uint8Array(0),
      "0 bytes are no safetensors file, which starts with 8 for the header's length",
    ],
    ['seven bytes', new Uint8Array(7), '7 bytes are no safetensors file'],
    [
      'a length beyond the file',
      Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d),
      "the header has a length of 3 bytes and would end behind the file's 10",
    ],
    [
      'a length over 100 MB',
      Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0),
      'the header has a length of 100000001 bytes, which is more than 100000000',
    ],
    ['the largest length', new Uint8Array(16).fill(255), 'which is more than 100000000'],
    [
      'a length of 2³²',
      Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b, 0x7d),
      'the header has a length of 4294967296 bytes',
    ],
    ['no header', new Uint8Array(8), "the header does not start with '{'"],
    ['space before the header', fileOf(' {}'), "the header does not start with '{'"],
    ['a byte order mark', fileOf('\uFEFF{}'), "the header does not start with '{'"],
    ['a list', fileOf('[]'), "the header does not start with '{'"],
    ['bad UTF-8', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), 'the header is not valid UTF-8'],
    ['bad JSON', fileOf('{"x": '), 'the header is not valid JSON: '],
    ['two values', fileOf('{} {}'), 'the header is not valid JSON: '],
    ['a zero behind the JSON', fileOf('{}\0'), 'the header is not valid JSON: '],
    [
      'a name twice',
      fileOf(`{"x":${JSON.stringify(x)},"x":${JSON.stringify(x)}}`, eight),
      'the header has "x" twice',
    ],
    [
      'a name twice, spelled in two ways',
      fileOf(`{"x":${JSON.stringify(x)},"\\u0078" :${JSON.stringify(x)}}`, eight),
      'the header has "x" twice',
    ],
    [
      'a key twice',
      fileOf('{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}', eight),
      'the header has "shape" twice',
    ],
    ['a key of metadata twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}'), 'the header has "a" twice'],
    [
      'metadata that are no texts',
      fileOf({ __metadata__: { epoch: 3 } }),
      '__metadata__ has under "epoch" no text but 3',
    ],
    [
      'metadata that are a list',
      fileOf({ __metadata__: ['a'] }),
      '__metadata__ is an object of texts, not an array',
    ],
    ['half a character', fileOf('{"__metadata__":{"a":"\\ud800"}}'), '__metadata__ has under "a" no text'],
    [
      'half a character as name',
      fileOf(`{"\\udfff":${JSON.stringify(x)}}`, eight),
      'the name has half of a surrogate pair',
    ],
    [
      'a tensor that is null',
      fileOf({ x: null }),
      '"x": expected an object with dtype, shape and data_offsets, not null',
    ],
    ['a tensor that is a list', fileOf({ x: [] }), '"x": expected an object'],
    ['no dtype', fileOf({ x: { ...x, dtype: undefined } }, eight), '"x": its dtype is one of BOOL, U8, '],
    [
      'an unknown dtype',
      fileOf({ x: { ...x, dtype: 'F31' } }, eight),
      '"x": its dtype is one of BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64, not the string "F31"',
    ],
    [
      'a dtype that all objects have',
      fileOf({ x: { ...x, dtype: 'toString' } }, eight),
      'its dtype is one of',
    ],
    [
      'no shape',
      fileOf({ x: { ...x, shape: undefined } }, eight),
      '"x": its shape is an array of whole numbers ≥ 0',
    ],
    [
      'a shape of fractions',
      fileOf({ x: { ...x, shape: [0.5, 4] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape of −0',
      fileOf('{"x":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'),
      'its shape is an array of whole numbers',
    ],
    [
      'a negative shape',
      fileOf({ x: { ...x, shape: [-1, -2] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape of texts',
      fileOf({ x: { ...x, shape: ['2'] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape beyond exact numbers',
      fileOf('{"x":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape whose product overflows',
      fileOf({ x: { ...x, shape: [2 ** 32, 2 ** 32, 2 ** 32] } }, eight),
      '"x": F32 of shape [4294967296, 4294967296, 4294967296] takes too many bytes, data_offsets [0, 8] hold 8',
    ],
    [
      'a shape whose product overflows to what is there',
      fileOf({ x: { ...x, dtype: 'U8', shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] } }),
      'takes too many bytes',
    ],
    [
      'no offsets',
      fileOf({ x: { ...x, data_offsets: undefined } }, eight),
      '"x": its data_offsets are two whole numbers ≥ 0',
    ],
    [
      'three offsets',
      fileOf({ x: { ...x, data_offsets: [0, 4, 8] } }, eight),
      'its data_offsets are two whole numbers',
    ],
    [
      'offsets below zero',
      fileOf({ x: { ...x, data_offsets: [-8, 0] } }, eight),
      'its data_offsets are two whole numbers',
    ],
    [
      'offsets that run backwards',
      fileOf({ x: { ...x, data_offsets: [8, 0] } }, eight),
      '"x": its data_offsets [8, 0] run backwards',
    ],
    [
      'a file that is cut off',
      fileOf({ x }, eight.slice(1)),
      '"x": its elements are said to end at byte 8 of the 7 behind the header; is the file cut off?',
    ],
    [
      'a shape larger than its elements',
      fileOf({ x: { ...x, shape: [3] } }, eight),
      '"x": F32 of shape [3] takes 12 bytes, data_offsets [0, 8] hold 8',
    ],
    [
      'a scalar with two elements',
      fileOf({ x: { ...x, shape: [] } }, eight),
      'F32 of shape [] takes 4 bytes',
    ],
    [
      'an empty tensor with elements',
      fileOf({ x: { ...x, shape: [0, 5] } }, eight),
      'F32 of shape [0, 5] takes 0 bytes',
    ],
    [
      'a gap before the first',
      fileOf({ x: { ...x, data_offsets: [4, 12] } }, [...eight, ...eight]),
      '"x": its elements start at byte 4, behind a gap from where the tensor before it ends, at 0',
    ],
    [
      'a gap between two',
      fileOf({ x, y: { ...x, data_offsets: [9, 17] } }, [...eight, 0, ...eight]),
      '"y": its elements start at byte 9, behind a gap',
    ],
    [
      'an overlap',
      fileOf({ x, y: { ...x, data_offsets: [4, 12] } }, [...eight, ...eight]),
      '"y": its elements start at byte 4, inside another tensor, which ends at 8',
    ],
    [
      'the same elements twice',
      fileOf({ x, y: x }, eight),
      '"y": its elements start at byte 0, inside another tensor',
    ],
    [
      'bytes behind the last',
      fileOf({ x }, [...eight, 0]),
      'the tensors end at byte 8 of the 9 behind the header',
    ],
    ['bytes of no tensor', fileOf({}, [0]), 'the tensors end at byte 0 of the 1 behind the header'],
  ])('%s', async (_what, file, message) => {
    expect(() => parseSafetensors(file)).toThrow(WindfallError);
    expect(() => parseSafetensors(file)).toThrow(/^parseSafetensors: /);
    expect(() => parseSafetensors(file)).toThrow(message);
    const opening = openSafetensors(new Blob([file]));
    await expect(opening).rejects.toThrow(/^openSafetensors: the blob: /);
    await expect(opening).rejects.toThrow(message);
  });

  test('but what the format allows is read', () => {
    const empty = { dtype: 'I64', shape: [3, 0], data_offsets: [8, 8] };
    const first = { dtype: 'I64', shape: [0], data_offsets: [0, 0] };
    const scalar = {
      dtype: 'F32',
      shape: [],
      data_offsets: [8, 12],
      note: 'unknown keys are for later versions',
    };
    const file = fileOf(`${JSON.stringify({ scalar, x, empty, first, __metadata__: null })}\n \t`, [
      ...eight,
      0,
      0,
      128,
      63,
    ]);
    const state = parseSafetensors(file);
    expect(Object.keys(state)).toEqual(['first', 'x', 'empty', 'scalar']);
    expect(state['empty']!.shape).toEqual([3, 0]);
    expect(state['scalar']!.item()).toBe(1);
  });

  test('a header of many levels, or with long texts, is no more than wrong', () => {
    expect(() => parseSafetensors(fileOf(`{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`))).toThrow(
      WindfallError,
    );
    expect(() => parseSafetensors(fileOf(`{"x":${'{"y":'.repeat(1e5)}`))).toThrow(WindfallError);
    const note = '\\"'.repeat(2e6);
    expect(parseSafetensors(fileOf(`{"__metadata__":{"note":"${note}"}}`))).toEqual({});
  });
});

describe('arguments', () => {
  const state = { x: tensor([1]) };

  test.each<[string, () => unknown, string]>([
    [
      'no state',
      () => serializeSafetensors(null as any),
      'serializeSafetensors: expected an object of tensors by name',
    ],
    [
      'no tensor',
      () => serializeSafetensors({ x: [1] as any }),
      'serializeSafetensors: x is a tensor, not an array',
    ],
    [
      'the name of metadata',
      () => serializeSafetensors({ __metadata__: tensor([1]) }),
      'a tensor cannot be named "__metadata__"',
    ],
    [
      'half a character',
      () => serializeSafetensors({ '\ud800': tensor([1]) }),
      'a tensor cannot be named "\\ud800"',
    ],
    [
      'metadata of numbers',
      () => serializeSafetensors(state, { metadata: { epoch: 3 as any } }),
      'metadata holds texts: under "epoch" is 3; use JSON.stringify or String',
    ],
    [
      'metadata of no texts',
      () => serializeSafetensors(state, { metadata: 'pt' as any }),
      'metadata is an object of texts by name, not the string "pt"',
    ],
    [
      'unknown options',
      () => serializeSafetensors(state, { dtype: 'F16' } as any),
      "serializeSafetensors: has no option 'dtype'; its options are metadata, dtypes",
    ],
    [
      'unknown names',
      () => serializeSafetensors(state, { dtypes: { y: 'F16' } }),
      'dtypes names y, which the state does not have',
    ],
    [
      'unknown types',
      () => serializeSafetensors(state, { dtypes: { x: 'f16' as any } }),
      'the element type of x is one of BOOL, U8, I8, ',
    ],
    [
      'types by no name',
      () => serializeSafetensors(state, { dtypes: 'F16' as any }),
      'dtypes are an object of element types by name, or a function, not the string "F16"',
    ],
    [
      'no bytes',
      () => parseSafetensors('model.safetensors' as any),
      'parseSafetensors: expected the bytes of a file, as a Uint8Array, not the string "model.safetensors"',
    ],
    [
      'unknown options',
      () => parseSafetensors(serializeSafetensors(state), { dtype: 'f64' } as any),
      "parseSafetensors: has no option 'dtype'; its options are dtypes",
    ],
    [
      'unknown names',
      () => parseSafetensors(serializeSafetensors(state), { dtypes: { y: 'f64' } }),
      'dtypes names y, which the file does not have',
    ],
    [
      'unknown dtypes',
      () => parseSafetensors(serializeSafetensors(state), { dtypes: { x: 'F64' as any } }),
      'a dtype to read into is f32, f64, i32 or bool, for x not the string "F64"',
    ],
    [
      'dtypes by no name',
      () => parseSafetensors(serializeSafetensors(state), { dtypes: 'f64' as any }),
      'dtypes are an object of dtypes by name, or a function, not the string "f64"',
    ],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('an open blob', () => {
  const state = { x: tensor([1, 2]), n: i32([3]) };
  const bytes = serializeSafetensors(state, { metadata: { a: 'b' }, dtypes: { n: 'I64' } });

  test('tells what it holds, and reads a tensor without touching the others', async () => {
    const ranges: [number, number][] = [];
    const blob = new Blob([bytes]);
    const watched = {
      size: blob.size,
      name: 'model.safetensors',
      slice: (start: number, end: number) => {
        ranges.push([start, end]);
        return blob.slice(start, end);
      },
    };
    const file = await openSafetensors(watched);
    const header = bytes.length - 16;
    expect(file.metadata).toEqual({ a: 'b' });
    expect([...file.tensors]).toEqual([
      ['n', { dtype: 'I64', shape: [1], start: header, end: header + 8 }],
      ['x', { dtype: 'F32', shape: [2], start: header + 8, end: header + 16 }],
    ]);
    expect((await file.read('x', { dtype: 'f64' })).dtype).toBe('f64');
    expect(ranges).toEqual([
      [0, 8],
      [8, header],
      [header + 8, header + 16],
    ]);
    expect((await file.stateDict())['n']!.toArray()).toEqual([3]);
    await expect(file.read('y')).rejects.toThrow(
      'openSafetensors: model.safetensors: has no tensor the string "y"',
    );
    await expect(file.read('x', { type: 'f64' } as any)).rejects.toThrow(
      "openSafetensors: has no option 'type'; its options are dtype",
    );
    await file.close();
  });

  test('that can no longer be read is an error of ours', async () => {
    const whole = new Blob([bytes]);
    let read = async (start: number, end: number) => whole.slice(start, end).arrayBuffer();
    const blob = {
      size: whole.size,
      slice: (start: number, end: number) => ({ arrayBuffer: async () => read(start, end) }),
    };
    const file = await openSafetensors(blob);
    expect((await file.read('x')).toArray()).toEqual([1, 2]);
    read = async () => Promise.reject(new Error('it is gone'));
    await expect(file.read('x')).rejects.toThrow(
      /^openSafetensors: the blob: bytes [0-9]+ to [0-9]+ could not be read: it is gone$/,
    );
    await expect(openSafetensors(blob)).rejects.toThrow(WindfallError);
    read = async () => Promise.resolve(new ArrayBuffer(3));
    await expect(file.stateDict()).rejects.toThrow(
      'could not be read; the file has been changed since it was opened',
    );
  });

  test('with a tensor of 2³² elements tells its shape, and refuses to read it before it tries', async () => {
    const header = fileOf({ huge: { dtype: 'U8', shape: [2 ** 16, 2 ** 16], data_offsets: [0, 2 ** 32] } });
    const blob = {
      size: header.length + 2 ** 32,
      slice: (start: number, end: number) => new Blob([header.subarray(start, end)]),
    };
    const file = await openSafetensors(blob);
    expect(file.tensors.get('huge')!.shape).toEqual([65536, 65536]);
    await expect(file.read('huge')).rejects.toThrow(
      'openSafetensors: the blob: huge: [65536, 65536] are 4294967296 elements, and a tensor has fewer than 2³²',
    );
  });

  test('is a Blob, a File or bytes', async () => {
    await expect(openSafetensors('model.safetensors' as any)).rejects.toThrow(
      'openSafetensors: expected a Blob, a File or a Uint8Array, not the string "model.safetensors"',
    );
  });
});
