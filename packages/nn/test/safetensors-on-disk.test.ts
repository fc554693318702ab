/**
 * @file Safetensors files on disk: whole or not at all when written, and beyond 4 GB read by ranges.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normal, tensor, Variable, WindfallError } from '@windfall/core';
import { BatchNorm1d, Linear, Sequential, serializeSafetensors } from '../src/index.ts';
import { loadSafetensors, openSafetensors, saveSafetensors } from '../src/node/index.ts';
import { fileOf } from './support/safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'windfall-'));
const path = join(folder, 'model.safetensors');

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const network = () => new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 2));

describe('saving', () => {
  test('and loading gives a model its state back, by path or URL', async () => {
    const model = network();
    model.forward(normal([8, 3]));
    await saveSafetensors(path, model.stateDict(), { metadata: { step: '1' } });
    expect(readFileSync(path)).toEqual(
      Buffer.from(serializeSafetensors(model.stateDict(), { metadata: { step: '1' } })),
    );
    const other = network();
    other.loadStateDict(await loadSafetensors(pathToFileURL(path)));
    expect(other.stateDict()).toEqual(model.stateDict());
  });

  test('replaces a file, and leaves no other behind', async () => {
    writeFileSync(path, 'something else');
    await saveSafetensors(path, { x: tensor([1]) });
    await saveSafetensors(path, { x: tensor([2]) });
    expect((await loadSafetensors(path))['x']!.toArray()).toEqual([2]);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
  });

  test('writes the values of the time of the call', async () => {
    const x = new Variable(tensor([1]));
    const saving = saveSafetensors(path, { x });
    x.assign(tensor([2]));
    await saving;
    expect((await loadSafetensors(path))['x']!.toArray()).toEqual([1]);
  });

  test('over and over, the path holds a whole file at every moment', async () => {
    const stateOf = (k: number) => ({ x: tensor(Array<number>(5000 + k).fill(k)) });
    await saveSafetensors(path, stateOf(0));
    let saves = 0;
    const saving = (async () => {
      while (saves < 40) await saveSafetensors(path, stateOf(++saves));
    })();
    let loads = 0;
    while (saves < 40) {
      const { x } = await loadSafetensors(path);
      const values = x!.data();
      expect(new Set(values)).toEqual(new Set([values.length - 5000]));
      loads++;
    }
    await saving;
    expect(loads).toBeGreaterThan(5);
  });

  test('several at once to one path leaves one of them whole', async () => {
    const states = Array.from({ length: 8 }, (_, k) => ({ x: tensor(Array<number>(1000).fill(k)) }));
    await Promise.all(states.map(async (state) => saveSafetensors(path, state)));
    const values = (await loadSafetensors(path))['x']!.data();
    expect(new Set(values).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
  });

  test.each<[string, () => Promise<void>, string]>([
    [
      'a number that does not fit',
      async () => saveSafetensors(path, { a: tensor([1]), b: tensor([300]) }, { dtypes: { b: 'U8' } }),
      'saveSafetensors: b: element 0 is 300, which U8 does not hold',
    ],
    [
      'a value that cannot be computed',
      async () =>
        saveSafetensors(path, { a: tensor([1]).indexSelect(0, tensor([1], { dtype: 'i32' }).add(1)) }),
      'out of range',
    ],
    [
      'no tensors',
      async () => saveSafetensors(path, { a: 1 as any }),
      'saveSafetensors: a is a tensor, not 1',
    ],
    [
      'no options',
      async () => saveSafetensors(path, {}, { meta: {} } as any),
      "saveSafetensors: has no option 'meta'",
    ],
  ])('%s leaves the old file as it was, and no temporary one', async (_what, save, message) => {
    await saveSafetensors(path, { x: tensor([1]) });
    const before = readFileSync(path);
    await expect(save()).rejects.toThrow(WindfallError);
    await expect(save()).rejects.toThrow(message);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
  });

  test('where it cannot be is an error with the path and the reason, and leaves no temporary file', async () => {
    mkdirSync(path);
    await expect(saveSafetensors(path, {})).rejects.toThrow(/^saveSafetensors: .*model\.safetensors: EISDIR/);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    const nowhere = join(folder, 'none', 'x.safetensors');
    await expect(saveSafetensors(nowhere, {})).rejects.toThrow(/^saveSafetensors: .*x\.safetensors: ENOENT/);
  });
});

describe('loading', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', ': 0 bytes are no safetensors file'],
    ['another kind of file', 'PK\u0003\u0004 and more bytes', ': the header has a length of '],
    [
      'a damaged header',
      fileOf('{"x": 1}'),
      ': "x": expected an object with dtype, shape and data_offsets, not 1',
    ],
    ['a cut file', serializeSafetensors({ x: tensor([1, 2]) }).slice(0, -1), 'is the file cut off?'],
    [
      'a boolean of 2',
      fileOf({ x: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, [2]),
      ': x: element 0 is 2, which is neither',
    ],
  ])('%s is refused in the name of the file', async (_what, content, message) => {
    writeFileSync(path, content);
    const loading = loadSafetensors(path);
    await expect(loading).rejects.toThrow(WindfallError);
    await expect(loading).rejects.toThrow(`loadSafetensors: ${path}: `);
    await expect(loading).rejects.toThrow(message);
  });

  test('what is no file is an error with the path and the reason', async () => {
    await expect(loadSafetensors(path)).rejects.toThrow(/^loadSafetensors: .*model\.safetensors: ENOENT/);
    await expect(loadSafetensors(folder)).rejects.toThrow(`loadSafetensors: ${folder}: is not a file`);
    await expect(loadSafetensors('')).rejects.toThrow(
      'loadSafetensors: a path is a text that is not empty, or a file: URL, not the string ""',
    );
    await expect(openSafetensors(5 as any)).rejects.toThrow('openSafetensors: a path is a text');
    await expect(openSafetensors(new URL('https://example.org/x'))).rejects.toThrow(
      'not an object of class URL',
    );
  });

  test('a model that does not fit leaves the model as it was', async () => {
    const model = network();
    const before = model.stateDict();
    const { '0.bias': _, ...rest } = network().stateDict();
    await saveSafetensors(path, rest);
    const state = await loadSafetensors(path);
    expect(() => model.loadStateDict(state)).toThrow('missing: 0.bias');
    expect(model.stateDict()).toEqual(before);
  });

  test('a file that was cut since it was opened is an error', async () => {
    await saveSafetensors(path, { x: tensor([1, 2]) });
    const file = await openSafetensors(path);
    truncateSync(path, statSync(path).size - 1);
    await expect(file.read('x')).rejects.toThrow(
      'could not be read; the file has been changed since it was opened',
    );
    await file.close();
    await expect(file.read('x')).rejects.toThrow(/^openSafetensors: .*model\.safetensors: /);
  });

  test('no file stays open, whether it was sound or not', async () => {
    const openFiles = (): number => readdirSync('/dev/fd').length;
    await saveSafetensors(path, { x: tensor([1]) });
    const bad = join(folder, 'bad.safetensors');
    writeFileSync(bad, 'bad');
    const before = openFiles();
    for (let k = 0; k < 5; k++) {
      await loadSafetensors(path);
      await loadSafetensors(bad).catch(() => null);
      await loadSafetensors(folder).catch(() => null);
    }
    expect(openFiles()).toBe(before);
  });
});

test('a file of more than 4 GB is read by ranges, on both sides of 2 and 4 GB', async () => {
  // All but a few bytes are a hole, which takes no room on disk.
  const gigabyte = 2 ** 30;
  const spots = [0, 2 * gigabyte - 4, 4 * gigabyte - 4, 4 * gigabyte + 4, 5 * gigabyte];
  const entries = spots.flatMap((start, k) => {
    const next = spots[k + 1] ?? start + 8;
    return [
      [`x${k}`, { dtype: 'F32', shape: [2], data_offsets: [start, start + 8] }],
      [`gap${k}`, { dtype: 'U8', shape: [next - start - 8], data_offsets: [start + 8, next] }],
    ] as const;
  });
  const header = fileOf(Object.fromEntries(entries));
  const file = await open(path, 'w');
  await file.write(header);
  for (const [k, start] of spots.entries())
    await file.write(new Uint8Array(Float32Array.of(k, -k).buffer), 0, 8, header.length + start);
  await file.close();
  expect(statSync(path).size).toBeGreaterThan(5 * gigabyte);

  const opened = await openSafetensors(path);
  expect(opened.tensors.get('gap1')!.shape).toEqual([2 * gigabyte - 8]);
  for (const k of spots.keys()) expect((await opened.read(`x${k}`)).toArray()).toEqual([k, -k]);
  expect((await opened.read('gap2')).shape).toEqual([0]);
  await opened.close();
});
