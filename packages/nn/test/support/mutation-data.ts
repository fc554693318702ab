/**
 * @file Datasets, samplers, loaders, augmentations, metrics and checkpoint files of nn, and how each is rightly called.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generator, ones, tensor, type Tensor, uniform } from '@windfall/core';
import type { Entry } from '../../../core/test/mutation/examine.ts';
import * as nn from '../../src/index.ts';
import * as node from '../../src/node/index.ts';

type Call = Entry['call'];

const onFiles: Readonly<Record<string, unknown>> = { ...node };
const exported: Readonly<Record<string, unknown>> = { ...nn };
const generator = (): Generator => new Generator(3);
const rows = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' });
const photo = (): Tensor => uniform([2, 3, 4, 4], { generator: generator() });
const dataset = (): nn.TensorDataset<[Tensor, Tensor]> =>
  new nn.TensorDataset(ones([4, 3]), rows(0, 1, 2, 1));
const drawn = { probability: 1, generator: generator() };

const of = (name: string, args: Entry['args'], more: Partial<Entry> = {}): Record<string, Entry> => ({
  [name]: { args, call: exported[name] as Call, ...more },
});

/** A class, with what shows whether an object of it can be used. */
function made(name: string, args: Entry['args'], use: (object: never) => unknown): Record<string, Entry> {
  const Class = exported[name] as new (...values: unknown[]) => object;
  return { [name]: { args, call: (...values: never[]) => new Class(...values), use } };
}

/** A method of an object that is made anew for each call. */
function method(
  name: string,
  make: () => object,
  args: Entry['args'],
  more: Partial<Entry> = {},
): Record<string, Entry> {
  const key = name.split('.')[1]!;
  const call = (...values: unknown[]): unknown =>
    (make() as Record<string, (...all: unknown[]) => unknown>)[key]!(...values);
  return { [name]: { args, call, ...more } };
}

const orderOf = (sampler: nn.Sampler): unknown =>
  sampler.length > 1000 ? null : Array.from(sampler.order(generator()));
const first = (data: nn.Dataset<unknown>): unknown => (data.length === 0 ? null : data.get(0));

const folder = mkdtempSync(join(tmpdir(), 'windfall-'));
const path = join(folder, 'state.safetensors');
const save = async (): Promise<void> => node.saveSafetensors(path, { a: ones([2]) });
afterAll(() => rmSync(folder, { recursive: true }));

/** A function of files, by which only our own folder is written to. */
function onDisk(
  name: keyof typeof node,
  args: Entry['args'],
  use: (result: never) => unknown,
): Record<string, Entry> {
  const call = async (target: unknown, ...rest: unknown[]): Promise<unknown> => {
    await save();
    // A mutation that is a path would be one in the folder from which the tests were started.
    const given =
      typeof target === 'string' && target !== '' ? join(folder, target.replace(folder, '')) : target;
    return (onFiles[name] as (...values: unknown[]) => unknown)(given, ...rest);
  };
  return { [`node.${name}`]: { args, call, use, names: [name] } };
}

export const dataEntries: Readonly<Record<string, Entry>> = {
  ...method('Dataset.map', dataset, () => [(sample: unknown): unknown => sample], { use: first }),
  ...method('TensorDataset.get', dataset, () => [1]),
  ...method('TensorDataset.getBatch', dataset, () => [[0, 1]]),
  ...of('randomSplit', () => [dataset(), [3, 1], { seed: 3 }]),
  ...made('Subset', () => [dataset(), [0, 2]], first),
  ...method(
    'Subset.get',
    () => new nn.Subset(dataset(), [0, 2]),
    () => [1],
  ),
  ...made('ConcatDataset', () => [[dataset(), dataset()]], first),
  ...method(
    'ConcatDataset.get',
    () => new nn.ConcatDataset([dataset(), dataset()]),
    () => [5],
  ),
  ...made('WeightedRandomSampler', () => [[1, 2, 0], 3, { replacement: true }], orderOf),
  ...method(
    'WeightedRandomSampler.order',
    () => new nn.WeightedRandomSampler([1, 2, 0], 3),
    () => [generator()],
  ),
  ...method(
    'RandomSampler.order',
    () => new nn.RandomSampler(4),
    () => [generator()],
  ),
  ...made(
    'DataLoader',
    () => [
      dataset(),
      {
        ...{ batchSize: 2, shuffle: true, dropLast: false, generator: generator(), prefetch: 1 },
        transform: (sample: unknown): unknown => sample,
        collate: (items: unknown[]): unknown => items.length,
      },
    ],
    (loader: nn.DataLoader<unknown>) => (loader.length > 100 ? null : [...loader]),
  ),
  'DataLoader.state=': {
    args: () => [{ seed: 3, epoch: 1, position: 0 }],
    call: (state: nn.DataLoaderState) => {
      const loader = new nn.DataLoader(dataset(), { batchSize: 2 });
      loader.state = state;
      return [...loader];
    },
    names: ['DataLoader'],
  },
  ...of('normalize', () => [photo(), [0.5, 0.5, 0.5], 0.25]),
  ...of('toFloat', () => [photo().mul(255).cast('i32'), { dtype: 'f32' }]),
  ...of('centerCrop', () => [photo(), [2, 2]]),
  ...of('randomCrop', () => [photo(), [3, 3], { padding: [1, 1], fill: 0, generator: generator() }], {
    tooLarge: /2\^20|2\^40/,
  }),
  ...of('randomShift', () => [photo(), [1, 1], { fill: 0, generator: generator() }]),
  ...of('randomHorizontalFlip', () => [photo(), drawn]),
  ...of('randomVerticalFlip', () => [photo(), drawn]),
  ...of('affine', () => [
    photo(),
    { angle: 10, translate: [1, 1], scale: 1.1, shear: [1, 2], interpolation: 'nearest', fill: 0 },
  ]),
  ...of('randomAffine', () => [
    photo(),
    [-10, 10],
    { translate: [0.1, 0.1], scale: [0.9, 1.1], shear: 5, interpolation: 'bilinear', generator: generator() },
  ]),
  ...of('randomRotation', () => [
    photo(),
    10,
    { interpolation: 'bilinear', fill: 0, generator: generator() },
  ]),
  ...of('randomErasing', () => [photo(), { ...drawn, scale: [0.1, 0.3], ratio: [0.5, 2], value: 0 }]),
  ...of('colorJitter', () => [
    photo(),
    { brightness: 0.2, contrast: [0.8, 1.2], saturation: 0.1, generator: generator() },
  ]),
  ...method(
    'ConfusionMatrix.update',
    () => new nn.ConfusionMatrix(3),
    () => [rows(0, 2), rows(1, 2)],
  ),
  ...method(
    'ConfusionMatrix.of',
    () => new nn.ConfusionMatrix(['a', 'b']),
    () => ['a'],
  ),
  ...method(
    'RunningMean.update',
    () => new nn.RunningMean(),
    () => [0.5, 2],
  ),
  ...of('openSafetensors', () => [nn.serializeSafetensors({ a: ones([2]) })], {
    use: async (file: nn.SafetensorsFile) => file.stateDict({ dtypes: { a: 'f64' } }),
  }),
  ...of('joinStateDicts', () => [{ model: { a: ones([2]) }, optimizer: { b: ones([2]) } }]),
  ...of('splitStateDict', () => [{ 'model.a': ones([2]), 'optimizer.b': ones([2]) }]),
  ...onDisk(
    'saveSafetensors',
    () => [path, { a: ones([2]) }, { metadata: { format: 'pt' }, dtypes: { a: 'F16' } }],
    () => null,
  ),
  ...onDisk(
    'loadSafetensors',
    () => [path, { dtypes: { a: 'f64' } }],
    (state: nn.StateDict) => state,
  ),
  ...onDisk(
    'openSafetensors',
    () => [path],
    async (file: nn.SafetensorsFile) => {
      const state = await file.stateDict();
      await file.close();
      return state;
    },
  ),
};
