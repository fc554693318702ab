/**
 * @file Networks of these layers train inside a compiled step to the same values as outside, in training and evaluation, with
 * random layers among them, and their loss goes down.
 */
import { compile, Generator, normal, type Tensor, tensor, uniform } from '@windfall/core';
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AvgPool2d,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  Dropout2d,
  Embedding,
  Flatten,
  GELU,
  init,
  LeakyReLU,
  Linear,
  LogSoftmax,
  MaxPool2d,
  Module,
  ModuleDict,
  ModuleList,
  PReLU,
  Sequential,
  SGD,
  SiLU,
  Softplus,
  Unflatten,
} from '../src/index.ts';
import { distance } from './support/fixtures.ts';

const dtype = 'f64';

/** Sentences of word numbers to log-probabilities. */
class TextNet extends Module {
  readonly words: Embedding;
  readonly towers: ModuleDict<{ narrow: Conv1d; wide: Conv1d }>;
  readonly layers: ModuleList;

  constructor(generator: Generator) {
    super();
    const options = { dtype, generator } as const;
    this.words = new Embedding(20, 4, { ...options, paddingIndex: 0 });
    this.towers = new ModuleDict({
      narrow: new Conv1d(4, 3, 2, { ...options, padding: 'same' }),
      wide: new Conv1d(4, 3, 3, { ...options, padding: 'same', dilation: 2 }),
    });
    this.layers = new ModuleList([
      new GELU(),
      new AdaptiveMaxPool1d(3),
      new Flatten(),
      new Dropout(0.2, { generator }),
      new Linear(9, 4, options),
      new LogSoftmax(1),
    ]);
    init.xavierUniform(this.towers.get('wide').weight, { generator });
  }

  forward(x: Tensor): Tensor {
    const signal = this.words.forward(x).transpose();
    const sum = this.towers.get('narrow').forward(signal).add(this.towers.get('wide').forward(signal));
    return [...this.layers].reduce((value, layer) => layer.forward(value), sum);
  }
}

const imageNet = (generator: Generator): Module => {
  const options = { dtype, generator } as const;
  return new Sequential({
    down: new Sequential(
      new Conv2d(1, 4, 3, { ...options, padding: 1 }),
      new PReLU(4, { dtype }),
      new MaxPool2d(2, { ceilMode: true }),
      new Dropout2d(0.1, { generator }),
      new AdaptiveAvgPool2d([3, 2]),
    ),
    code: new Sequential(new Flatten(), new Linear(24, 12, options), new SiLU(), new Unflatten(1, [3, 2, 2])),
    up: new Sequential(
      new ConvTranspose2d(3, 2, 3, { ...options, stride: 2 }),
      new Softplus({ beta: 2 }),
      new ConvTranspose2d(2, 1, 2, { ...options, stride: 2 }),
      new AvgPool2d(2, { stride: 2 }),
      new LeakyReLU(),
    ),
  });
};

const tasks: [name: string, make: (generator: Generator) => Module, x: Tensor, y: Tensor][] = [
  [
    'an embedding with convolutions along one axis',
    (generator) => new TextNet(generator),
    tensor(
      Array.from({ length: 6 }, (_, k) => Array.from({ length: 7 }, (__, place) => (k * 5 + place * 3) % 20)),
      { dtype: 'i32' },
    ),
    uniform([6, 4], { dtype, high: 0.5, generator: new Generator(1) }),
  ],
  [
    'an autoencoder with transposed convolutions',
    imageNet,
    normal([4, 1, 5, 5], { dtype, generator: new Generator(2) }),
    uniform([4, 1, 5, 5], { dtype, generator: new Generator(3) }),
  ],
];

test.each(tasks)('%s', (_name, make, x, y) => {
  const run = (isCompiled: boolean): { losses: number[]; state: ArrayLike<number>[] } => {
    const model = make(new Generator(7));
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const step = (input: Tensor, target: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = model.forward(input).sub(target).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    };
    const takes = isCompiled ? compile(step) : step;
    const losses = Array.from({ length: 12 }, () => takes(x, y).item());
    model.eval();
    const evaluate = (input: Tensor): Tensor => model.forward(input);
    const output = (isCompiled ? compile(evaluate) : evaluate)(x);
    return { losses, state: [output, ...Object.values(model.stateDict())].map((value) => value.data()) };
  };
  const [outside, inside] = [run(false), run(true)];
  expect(distance(inside.losses, outside.losses)).toBeLessThan(1e-12);
  inside.state.forEach((values, k) => {
    expect(distance(values, outside.state[k]!)).toBeLessThan(1e-12);
  });
  expect(inside.losses.at(-1)).toBeLessThan(inside.losses[0]!);
});
