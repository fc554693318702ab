/**
 * @file Thousands of damaged files: each is refused in our own words, or says something else that is sound in itself. No damage
 * leads to another exception.
 */
import { Generator, tensor, uniform, WindfallError } from '@windfall/core';
import { openSafetensors, parseSafetensors, serializeSafetensors } from '../src/index.ts';
import { fileOf, partsOf } from './support/safetensors.ts';

const original = serializeSafetensors(
  {
    'hidden.0.weight': uniform([2, 3], { generator: new Generator(1) }),
    'hidden.0.bias': tensor([1, 2]),
    half: tensor([1, 2, 3]),
    num_batches_tracked: tensor(3, { dtype: 'i32' }),
    mask: tensor([true, false]),
    none: tensor([], { shape: [0, 4] }),
  },
  { metadata: { format: 'pt' }, dtypes: { half: 'F16' } },
);

/** Whole numbers below a limit, the same in every run. */
function drawer(seed: number): (limit: number) => number {
  const generator = new Generator(seed);
  return (limit) => Math.floor(((generator.nextKey()[0]! >>> 0) / 2 ** 32) * limit);
}

const elementBytes: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
};

/** What was read is all that the header says, which covers the file. */
function expectSound(file: Uint8Array, state: ReturnType<typeof parseSafetensors>): void {
  const { header, data } = partsOf(file);
  const { __metadata__: _, ...tensors } = header;
  expect(Object.keys(state).sort()).toEqual(Object.keys(tensors).sort());
  const bytes = Object.entries<any>(tensors).map(([name, { dtype, shape }]) => {
    expect(state[name]!.shape).toEqual(shape);
    return state[name]!.data().length * elementBytes[dtype]!;
  });
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBe(data.length);
}

/** Reads a file; true if it was sound, false if it was refused. */
function readOrRefuse(file: Uint8Array): boolean {
  let state: ReturnType<typeof parseSafetensors>;
  try {
    state = parseSafetensors(file);
  } catch (error) {
    if (!(error instanceof WindfallError)) throw error;
    expect(error.message).toMatch(/^parseSafetensors: /);
    return false;
  }
  expectSound(file, state);
  return true;
}

function countSound(runs: number, damaged: () => Uint8Array): number {
  let sound = 0;
  for (let run = 0; run < runs; run++) if (readOrRefuse(damaged())) sound++;
  return sound;
}

test('the file itself is sound', () => {
  expect(readOrRefuse(original)).toBe(true);
});

test('a file cut off anywhere is refused', () => {
  for (let size = 0; size < original.length; size++)
    expect(readOrRefuse(original.subarray(0, size))).toBe(false);
});

test('a file with more behind it is refused', () => {
  expect(readOrRefuse(Uint8Array.of(...original, 0))).toBe(false);
});

test('bytes changed, exchanged, taken out or put in', () => {
  const draw = drawer(7);
  const headerEnd = original.length - partsOf(original).data.length;
  const sound = countSound(4000, () => {
    const bytes = [...original];
    const changes = 1 + draw(3);
    for (let change = 0; change < changes; change++) {
      const place = draw(draw(4) === 0 ? bytes.length : headerEnd);
      const kind = draw(4);
      if (kind === 0) bytes[place] = draw(256);
      else if (kind === 1) bytes[place] = bytes[draw(headerEnd)]!;
      else if (kind === 2) bytes.splice(place, 1 + draw(4));
      else bytes.splice(place, 0, ...bytes.slice(draw(headerEnd)).slice(0, 1 + draw(20)));
    }
    return Uint8Array.from(bytes);
  });
  // Some damage is to names, texts and elements only.
  expect(sound).toBeGreaterThan(50);
  expect(sound).toBeLessThan(1000);
});

test('single bits of the length and the header', () => {
  const headerEnd = original.length - partsOf(original).data.length;
  for (let bit = 0; bit < 8 * headerEnd; bit++) {
    const file = original.slice();
    file[bit >> 3]! ^= 1 << (bit & 7);
    readOrRefuse(file);
  }
});

test('headers whose values are exchanged for other JSON', () => {
  const draw = drawer(8);
  const { header, data } = partsOf(original);
  const others = [
    null,
    true,
    -1,
    0,
    0.5,
    1e308,
    2 ** 53,
    '',
    'F32',
    'I64',
    [],
    [0],
    [0, 0],
    {},
    { dtype: 'F32' },
  ];
  const exchange = (value: any): any => {
    if (typeof value !== 'object' || value === null || draw(4) === 0) return others[draw(others.length)];
    const copy = Array.isArray(value) ? [...value] : { ...value };
    const keys = Object.keys(copy);
    if (keys.length === 0) return others[draw(others.length)];
    const key = keys[draw(keys.length)]!;
    copy[key] = exchange(copy[key]);
    return copy;
  };
  const sound = countSound(3000, () => fileOf(exchange(header), data));
  expect(sound).toBeLessThan(1500);
});

test('offsets and shapes that are large', () => {
  const draw = drawer(9);
  const large = (): number => 2 ** draw(64) + draw(3) - 1;
  countSound(2000, () => {
    const [start, end] = [draw(2) === 0 ? 0 : large(), large()];
    const shape = Array.from({ length: draw(4) }, large);
    const header = { x: { dtype: Object.keys(elementBytes)[draw(15)], shape, data_offsets: [start, end] } };
    return fileOf(header, new Uint8Array(draw(9)));
  });
});

test('several tensors whose places overlap, leave gaps or run on, and names that are there twice or on every object', () => {
  const draw = drawer(10);
  const names = [
    'a',
    'a',
    'b',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    '0',
    '__metadata__',
  ];
  const sound = countSound(4000, () => {
    let place = 0;
    const members = Array.from({ length: 1 + draw(3) }, () => {
      const [rows, columns] = [draw(3), draw(3)];
      const start = draw(8) === 0 ? draw(12) : place;
      const end = start + (draw(8) === 0 ? draw(12) : rows * columns);
      place = end;
      const entry = { dtype: 'U8', shape: [rows, columns], data_offsets: [start, end] };
      return `${JSON.stringify(names[draw(names.length)])}:${JSON.stringify(entry)}`;
    });
    return fileOf(`{${members.join()}}`, new Uint8Array(place).fill(1));
  });
  expect(sound).toBeGreaterThan(500);
  expect(sound).toBeLessThan(3500);
  expect(({} as Record<string, unknown>)['dtype']).toBe(undefined);
});

test('what opens a file piece by piece takes the same damaged files, and reads no more than they have', async () => {
  const draw = drawer(11);
  const headerEnd = original.length - partsOf(original).data.length;
  let sound = 0;
  for (let run = 0; run < 500; run++) {
    const bytes = original.slice(0, draw(8) === 0 ? draw(original.length) : original.length);
    for (let change = draw(3); change > 0; change--) bytes[draw(headerEnd) % bytes.length] = draw(256);
    let most = 0;
    const source = {
      size: bytes.length,
      slice: (start: number, end: number) => {
        most = Math.max(most, end - start);
        return { arrayBuffer: async () => Promise.resolve(bytes.slice(start, end).buffer) };
      },
    };
    try {
      const file = await openSafetensors(source);
      expectSound(bytes, await file.stateDict());
      sound++;
    } catch (error) {
      if (!(error instanceof WindfallError)) throw error;
      expect(error.message).toMatch(/^openSafetensors: /);
    }
    // The first eight bytes are asked for in any case.
    expect(most).toBeLessThanOrEqual(Math.max(8, bytes.length));
  }
  expect(sound).toBeGreaterThan(50);
});
