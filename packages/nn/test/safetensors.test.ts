/**
 * @file Safetensors in memory: the bytes of the format, tensors there and back, and arguments that do not fit.
 */
import { type DType, tensor, Variable, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  Linear,
  openSafetensors,
  parseSafetensors,
  Sequential,
  serializeSafetensors,
} from '../src/index.ts';
import { partsOf } from './support/safetensors.ts';

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
