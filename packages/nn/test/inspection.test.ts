/**
 * @file Statistics of gradients and activations: right numbers, and no trace on the model.
 */
import { compile, normal, type Tensor, tensor, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  gradientStatistics,
  Linear,
  type Module,
  mseLoss,
  observeActivations,
  Sequential,
  Sigmoid,
} from '../src/index.ts';

const network = (): Sequential =>
  new Sequential(
    new Linear(3, 4, { bias: false, dtype: 'f64' }),
    new BatchNorm1d(4, { dtype: 'f64' }),
    new Sequential(new Sigmoid(), new Linear(4, 1, { dtype: 'f64' })),
  );
const draw = (): Tensor => normal([8, 3], { dtype: 'f64' }).detach();

describe('gradientStatistics', () => {
  test('are the mean, deviation, extremes and norm of each gradient, by name', () => {
    const model = network();
    const x = draw();
    expect(gradientStatistics(model)).toEqual({});
    mseLoss(model.forward(x), zeros([8, 1], { dtype: 'f64' })).backward();
    const statistics = gradientStatistics(model);
    expect(Object.keys(statistics)).toEqual(model.namedParameters().map(([name]) => name));
    for (const [name, parameter] of model.namedParameters()) {
      const gradient = parameter.grad!;
      const { count, nonFinite, ...rest } = statistics[name]!;
      expect([count, nonFinite]).toEqual([parameter.size, 0]);
      const expected = {
        mean: gradient.mean(),
        std: gradient.variance(undefined, { correction: 0 }).sqrt(),
        min: gradient.min(),
        max: gradient.max(),
        norm: gradient.square().sum().sqrt(),
      };
      for (const [key, value] of Object.entries(expected))
        expect(rest[key as keyof typeof rest]).toBeCloseTo(value.item(), 12);
    }
  });

  test('leave out parameters without a gradient', () => {
    const model = network();
    model[0]!.requireGradients(false);
    model.forward(draw()).sum().backward();
    expect(Object.keys(gradientStatistics(model))).not.toContain('0.weight');
  });

  test('count what is not finite, and look at the rest', () => {
    const model = new Sequential(new Linear(1, 4, { bias: false }));
    model.parameters()[0]!.grad = tensor([[1], [NaN], [3], [-Infinity]]);
    expect(gradientStatistics(model)['0.weight']).toEqual({
      ...{ count: 4, nonFinite: 2, mean: 2, std: 1, min: 1, max: 3 },
      norm: Math.sqrt(10),
    });
  });

  test('of nothing finite are NaN, and the norm is 0', () => {
    const model = new Sequential(new Linear(1, 1, { bias: false }));
    model.parameters()[0]!.grad = tensor([[NaN]]);
    expect(gradientStatistics(model)['0.weight']).toEqual({
      ...{ count: 1, nonFinite: 1, mean: NaN, std: NaN, min: NaN, max: NaN },
      norm: 0,
    });
  });

  test('need a module', () => {
    expect(() => gradientStatistics('model' as unknown as Module)).toThrow(
      'gradientStatistics: the model is a module, not the string "model"',
    );
  });
});

describe('observeActivations', () => {
  test('records every call of every layer until it is stopped', () => {
    const model = network();
    const observer = observeActivations(model);
    for (let call = 0; call < 3; call++) model.forward(draw());
    observer.stop();
    model.forward(draw());
    expect(Object.keys(observer.calls)).toEqual(['0', '1', '2.0', '2.1']);
    for (const calls of Object.values(observer.calls)) expect(calls).toHaveLength(3);
    for (const { mean, std, count, histogram } of observer.calls['1']!) {
      expect(count).toBe(32);
      expect(mean).toBeCloseTo(0, 12);
      expect(std).toBeCloseTo(1, 3);
      expect(histogram.counts.reduce((sum, each) => sum + each)).toBe(32);
    }
    expect(Object.hasOwn(model[0]!, 'forward')).toBe(false);
  });

  test('counts in bins of equal width, the last with both edges', () => {
    const model = new Sequential(new Sigmoid());
    const logit = (p: number): number => Math.log(p / (1 - p));
    const observer = observeActivations(model, { bins: 4, range: [0, 1] });
    model.forward(tensor([-Infinity, logit(0.3), logit(0.3), logit(0.6), Infinity, NaN], { dtype: 'f64' }));
    const [call] = observer.calls['0']!;
    expect(call!.histogram).toEqual({ low: 0, high: 1, counts: [1, 2, 1, 1] });
    expect(call).toMatchObject({ count: 6, nonFinite: 1, min: 0, max: 1 });
  });

  test.each([
    ['the least to the largest number', [1, 2, 5], { low: 1, high: 5, counts: [2, 1] }],
    ['that number where all are equal', [2, 2, 2], { low: 2, high: 2, counts: [3, 0] }],
  ])('by default covers %s', (_case, values, histogram) => {
    const model = new Linear(1, 1, { bias: false, dtype: 'f64' });
    model.weight.assign(tensor([[1]], { dtype: 'f64' }));
    const observer = observeActivations(model, { bins: 2 });
    model.forward(tensor(values, { dtype: 'f64' }).unsqueeze(1));
    expect(observer.calls['']![0]!.histogram).toEqual(histogram);
  });

  test('changes neither results nor gradients', () => {
    const model = network();
    const x = draw();
    const run = (): number[][] => {
      for (const parameter of model.parameters()) parameter.grad = null;
      const y = model.forward(x);
      y.square().sum().backward();
      return [y, ...model.parameters().map(({ grad }) => grad!)].map((each) => [...each.data()]);
    };
    const plain = run();
    const observer = observeActivations(model);
    const watched = run();
    observer.stop();
    for (const [i, values] of plain.entries())
      for (const [k, value] of values.entries()) expect(watched[i]![k]).toBeCloseTo(value, 14);
  });

  test('watches the modules that are selected', () => {
    const model = network();
    const observer = observeActivations(model, { select: (_name, module) => module instanceof Sigmoid });
    model.forward(draw());
    expect(Object.keys(observer.calls)).toEqual(['2.0']);
  });

  test('is an error inside of compile', () => {
    const model = network();
    observeActivations(model);
    expect(() => compile((x: Tensor) => model.forward(x))(draw())).toThrow(/compile/);
  });

  test.each([
    [{ bins: 0 }, 'observeActivations: bins'],
    [{ range: [1, 0] }, 'observeActivations: range is two finite numbers, the lower one first'],
    [{ select: 'all' }, 'observeActivations: select is a function, not the string "all"'],
    [{ bin: 3 }, "observeActivations: has no option 'bin'"],
  ])('refuses %j', (options, message) => {
    expect(() => observeActivations(network(), options as object)).toThrow(message);
  });
});
