/**
 * @file A training run that is stopped in the middle of an epoch, stored in one file and continued from there by new objects gives
 * the same bits as one that was not stopped.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generator, normal, type Tensor, tensor } from '@windfall/core';
import {
  Adam,
  BatchNorm1d,
  crossEntropy,
  DataLoader,
  Flatten,
  joinStateDicts,
  Linear,
  randomShift,
  ReLU,
  Sequential,
  splitStateDict,
  TensorDataset,
} from '../src/index.ts';
import { openSafetensors, saveSafetensors } from '../src/node/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'windfall-'));
afterAll(() => rmSync(folder, { recursive: true }));

const images = normal([22, 1, 3, 3], { generator: new Generator(1) });
const labels = tensor(
  Array.from({ length: 22 }, (_, k) => k % 3),
  { dtype: 'i32' },
);

/** All that a training run consists of, before the first step. */
function start(seed: number) {
  const generator = new Generator(seed);
  const model = new Sequential(
    new Flatten(),
    new Linear(9, 8, { bias: false, generator }),
    new BatchNorm1d(8),
    new ReLU(),
    new Linear(8, 3, { generator }),
  );
  const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
  const loader = new DataLoader(new TensorDataset(images, labels), {
    batchSize: 4,
    shuffle: true,
    seed,
    transform: ([image, label], own) => [randomShift(image, 1, { generator: own }), label] as const,
  });
  return { model, optimizer, loader };
}

type Run = ReturnType<typeof start>;

function step({ model, optimizer }: Run, x: Tensor, y: Tensor): number {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss.item();
}

/** The losses of so many steps, over as many epochs as it takes. */
function train(run: Run, steps: number): number[] {
  const losses: number[] = [];
  while (losses.length < steps)
    for (const [x, y] of run.loader) {
      losses.push(step(run, x, y));
      if (losses.length === steps) break;
    }
  return losses;
}

test.each([1, 4, 6, 9])('after %p steps', async (steps) => {
  const whole = start(1);
  const expected = train(whole, 20);

  const path = join(folder, 'checkpoint.safetensors');
  const stopped = start(1);
  const losses = train(stopped, steps);
  await saveSafetensors(
    path,
    joinStateDicts({ model: stopped.model.stateDict(), optimizer: stopped.optimizer.stateDict() }),
    { metadata: { loader: JSON.stringify(stopped.loader.state) } },
  );

  const resumed = start(2);
  const file = await openSafetensors(path);
  const { model, optimizer } = splitStateDict(await file.stateDict());
  await file.close();
  resumed.model.loadStateDict(model!);
  resumed.optimizer.loadStateDict(optimizer!);
  resumed.loader.state = JSON.parse(file.metadata['loader']!);
  losses.push(...train(resumed, 20 - steps));

  expect(losses).toEqual(expected);
  expect(resumed.model.stateDict()).toEqual(whole.model.stateDict());
});

describe('joined state dicts', () => {
  test('are split at the first dot, and have any names', () => {
    const states = {
      model: { '0.weight': tensor([1]), __proto__x: tensor([2]) },
      'the optimizer': { '': tensor([3]) },
    };
    const joined = joinStateDicts({ ...states, empty: {} });
    expect(Object.keys(joined)).toEqual(['model.0.weight', 'model.__proto__x', 'the optimizer.']);
    expect(splitStateDict(joined)).toEqual(states);
    expect(splitStateDict({})).toEqual({});
  });

  test.each<[string, () => unknown]>([
    ['joinStateDicts: a name of a part has no dot: "a.b"', () => joinStateDicts({ 'a.b': {} })],
    [
      'joinStateDicts: expected an object of state dicts by name, not null',
      () => joinStateDicts(null as any),
    ],
    ['joinStateDicts: expected an object of tensors by name', () => joinStateDicts({ a: 1 as any })],
    [
      'splitStateDict: "weight" has no dot behind the name of a part',
      () => splitStateDict({ weight: tensor([1]) }),
    ],
    ['splitStateDict: expected an object of tensors by name', () => splitStateDict([] as any)],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});
