/**
 * @file What dropout drops, how often, and that the rest keeps its mean; it is random only in training.
 */
import { compile, Generator, gradient, manualSeed, ones, type Tensor, uniform } from '@windfall/core';
import { Dropout, Dropout1d, Dropout2d, functional, Linear, type Module, Sequential } from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';

const kinds: [
  name: string,
  make: (p?: number, generator?: Generator) => Module,
  shape: number[],
  channel: number,
][] = [
  ['Dropout', (p, generator) => new Dropout(p, generator && { generator }), [50, 40], 1],
  ['Dropout1d', (p, generator) => new Dropout1d(p, generator && { generator }), [50, 40, 3], 3],
  ['Dropout1d without a batch', (p, generator) => new Dropout1d(p, generator && { generator }), [2000, 3], 3],
  ['Dropout2d', (p, generator) => new Dropout2d(p, generator && { generator }), [50, 40, 2, 3], 6],
  ['Dropout2d of rows', (p, generator) => new Dropout2d(p, generator && { generator }), [50, 40, 3], 3],
];

describe.each(kinds)('%s', (_name, make, shape, channel) => {
  test.each([0.1, 0.5, 0.8])(
    'drops each channel whole, with probability %d, and scales up the others',
    (p) => {
      const y = make(p, new Generator(1))
        .forward(ones(shape, { dtype: 'f64' }))
        .data();
      const channels = Array.from({ length: y.length / channel }, (_, k) =>
        Array.from(y.subarray(k * channel, (k + 1) * channel)),
      );
      for (const values of channels) {
        expect(new Set(values).size).toBe(1);
        expect([0, 1 / (1 - p)]).toContain(values[0]);
      }
      const dropped = channels.filter(([first]) => first === 0).length / channels.length;
      expect(Math.abs(dropped - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / channels.length));
    },
  );

  test('drops half by default', () => {
    const mean = make().forward(ones(shape)).mean().item();
    expect(Math.abs(mean - 1)).toBeLessThan(0.1);
  });

  test('gives the input itself in evaluation and for p = 0, and draws nothing then', () => {
    const x = uniform(shape);
    const generator = new Generator(1);
    expect(make(0.5, generator).eval().forward(x)).toBe(x);
    expect(make(0, generator).forward(x)).toBe(x);
    expect(generator.state.draws).toBe(0);
  });

  test('passes gradients through the mask that it used', () => {
    const x = uniform(shape, { low: 1, high: 2, dtype: 'f64' });
    const y = make(0.3).forward(x);
    expectClose(gradient(y.sum(), [x])[0], y.div(x), 1e-12);
  });

  test('is the same for the same seed, given or global, and another one the next time', () => {
    const x = ones(shape);
    const generator = new Generator(8);
    const layer = make(0.5, generator);
    const first = layer.forward(x);
    expect(make(0.5, new Generator(8)).forward(x).data()).toEqual(first.data());
    expect(layer.forward(x).data()).not.toEqual(first.data());
    manualSeed(8);
    expect(make(0.5).forward(x).data()).toEqual(first.data());
  });

  test('draws inside a compiled function what it draws outside', () => {
    const x = uniform(shape);
    const [inside, outside] = [make(0.5, new Generator(2)), make(0.5, new Generator(2))];
    const derive = (layer: Module, input: Tensor): Tensor[] => {
      const y = layer.forward(input);
      return [y, gradient(y.square().sum(), [input])[0]];
    };
    const step = compile((input: Tensor) => derive(inside, input));
    for (let call = 0; call < 3; call++)
      expect(step(x).map((value) => value.data())).toEqual(derive(outside, x).map((value) => value.data()));
  });
});

test('train and eval of a network reach its dropout', () => {
  const net = new Sequential(new Linear(3, 200), new Dropout(0.9));
  const dropped = (): number =>
    net
      .forward(ones([1, 3]))
      .data()
      .filter((value) => value === 0).length;
  expect(dropped()).toBeGreaterThan(100);
  net.eval();
  expect(dropped()).toBe(0);
});

test('the function drops unless told otherwise', () => {
  const x = ones([1000]);
  expect(functional.dropout(x, 0.5, { training: false })).toBe(x);
  expect(functional.dropout(x).data()).toContain(0);
});
