/**
 * @file PyTorch's checkpoints are read here without renaming, and ours there. The files that PyTorch wrote are fixtures; for the
 * other direction PyTorch itself is run, where it is installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DType, noGrad, normal, type Tensor, tensor, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  parseSafetensors,
  ReLU,
  Sequential,
  serializeSafetensors,
  Sigmoid,
  type StoredDType,
  Tanh,
} from '../src/index.ts';
import { saveSafetensors } from '../src/node/index.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';
import { partsOf } from './support/safetensors.ts';

interface Options {
  readonly dtype: 'f32' | 'f64';
}

class Named extends Module {
  readonly W1: Parameter;
  readonly hidden: Sequential;
  readonly outputLayer: Linear;

  constructor(options: Options) {
    super();
    this.W1 = new Parameter(zeros([3, 3], options));
    this.hidden = new Sequential(new Linear(3, 4, options), new Sigmoid());
    this.outputLayer = new Linear(4, 1, options);
  }

  forward(x: Tensor): Tensor {
    return this.outputLayer.forward(this.hidden.forward(x.matmul(this.W1)));
  }
}

const models = {
  mlp: (options: Options) =>
    new Sequential(
      new Linear(2, 5, { bias: false, ...options }),
      new BatchNorm1d(5, options),
      new Tanh(),
      new Linear(5, 3, options),
    ),
  cnn: (options: Options) =>
    new Sequential(
      new Conv2d(2, 4, 3, { padding: 1, stride: [1, 2], groups: 2, ...options }),
      new BatchNorm2d(4, { momentum: null, ...options }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(8, 2, options),
    ),
  named: (options: Options) => new Named(options),
};

interface Checkpoint {
  readonly model: keyof typeof models;
  readonly dtype: 'f32' | 'f64';
  readonly file: string;
  readonly names: readonly string[];
  readonly input: Stored;
  readonly output: Stored;
}

const fixture = readFixture('checkpoints');
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

describe('a file that PyTorch wrote', () => {
  test.each((fixture.models as Checkpoint[]).map((given) => [given.model, given.dtype, given] as const))(
    "%s in %s is loaded strictly, and the model gives PyTorch's output",
    (_name, dtype, given) => {
      const model = models[given.model]({ dtype });
      const file = bytes(given.file);
      const state = parseSafetensors(file);
      expect(model.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
      const y = noGrad(() => model.eval().forward(load(given.input, dtype)));
      expectClose(y, given.output, dtype === 'f64' ? 1e-12 : 1e-6);

      const written = serializeSafetensors(model.stateDict(), { metadata: { format: 'pt' } });
      const layout = (from: Uint8Array) =>
        Object.entries<any>(partsOf(from).header).map(([name, { dtype, shape }]) => [name, dtype, shape]);
      expect(new Set(layout(written))).toEqual(new Set(layout(file)));
      expect(Object.keys(model.stateDict()).sort()).toEqual([...given.names].sort());
    },
  );

  test('of every dtype has its values, and numbers written here have its bytes', () => {
    const { file, floats, expected } = fixture.every as {
      file: string;
      floats: Stored;
      expected: Record<string, Stored>;
    };
    const state = parseSafetensors(bytes(file));
    expect(Object.keys(state)).toHaveLength(10);
    const finite = (value: number): number => Math.max(-1e300, Math.min(1e300, value));
    for (const [name, value] of Object.entries(state))
      expect(
        [name, ...value.data()].map((entry) => (typeof entry === 'number' ? finite(entry) : entry)),
      ).toEqual([name, ...expected[name]!.values]);
    const { header, data } = partsOf(bytes(file));
    const rounded: [string, StoredDType][] = [
      ['float16', 'F16'],
      ['bfloat16', 'BF16'],
      ['float32', 'F32'],
      ['float64', 'F64'],
    ];
    for (const [name, dtype] of rounded) {
      const [start, end] = header[name].data_offsets;
      const written = partsOf(serializeSafetensors({ x: load(floats) }, { dtypes: { x: dtype } })).data;
      expect(Buffer.from(written)).toEqual(Buffer.from(data.subarray(start, end)));
    }
  });
});

// Debian's OpenBLAS does not know every processor; this one's instructions all have that run Windfall's tests.
const env = { OPENBLAS_CORETYPE: 'SkylakeX', PYTHONDONTWRITEBYTECODE: '1', ...process.env };

/** A Python that has PyTorch, or undefined. */
const python = ['python3', '/usr/bin/python3'].find((command) => {
  const search = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
  return spawnSync(command, ['-c', search], { env }).status === 0;
});

interface Job {
  readonly path: string;
  readonly model: keyof typeof models;
  readonly input: unknown;
}

function runPyTorch(jobs: readonly Job[]): { output: any; names: string[] }[] {
  const script = join(__dirname, 'fixtures', 'safetensors_file.py');
  const run = spawnSync(python!, [script], { encoding: 'utf8', env, input: JSON.stringify(jobs) });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout);
}

/** A model that was trained a little, saved in the element type. */
async function saved(model: keyof typeof models, dtype: 'f32' | 'f64', stored: StoredDType, folder: string) {
  const network = models[model]({ dtype });
  for (const parameter of network.parameters()) parameter.assign(normal(parameter.shape, { dtype }));
  for (let k = 0; k < 2; k++) network.forward(normal(inputs[model], { dtype }));
  const path = join(folder, `${model}-${dtype}-${stored}.safetensors`);
  const dtypes = (_name: string, value: { dtype: DType }) => (value.dtype === dtype ? stored : undefined);
  await saveSafetensors(path, network.stateDict(), { metadata: { format: 'pt' }, dtypes });
  const x = normal(inputs[model], { dtype });
  const tolerance = stored === 'F64' ? 1e-12 : 1e-5;
  return { network, x, tolerance, job: { path, model, input: x.toArray() } };
}

const inputs = { mlp: [4, 2], cnn: [3, 2, 4, 4], named: [2, 3] } as const;
const testWithPyTorch = python === undefined ? test.skip : test;

testWithPyTorch(
  'files that we wrote are loaded by PyTorch strictly, with our output (needs a python3 with torch)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'windfall-'));
    try {
      const forms = [
        ['f32', 'F32'],
        ['f64', 'F64'],
        ['f64', 'F32'],
      ] as const;
      const kinds = Object.keys(models) as (keyof typeof models)[];
      const all = await Promise.all(
        kinds.flatMap((kind) => forms.map(async ([dtype, stored]) => saved(kind, dtype, stored, folder))),
      );
      const results = runPyTorch(all.map(({ job }) => job));
      expect(results).toHaveLength(9);
      for (const [k, { network, x, tolerance }] of all.entries()) {
        const { output, names } = results[k]!;
        expect(names).toEqual(Object.keys(network.stateDict()).sort());
        expectClose(network.eval().forward(x), tensor(output, { dtype: 'f64' }), tolerance);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
