/**
 * @file Batch renormalization (Ioffe 2017), between batch normalization and evaluation.
 */
import { compile, noGrad, normal, tensor, type Tensor } from '@windfall/core';
import { BatchNorm1d, BatchRenorm } from '../src/index.ts';
import { expectSameDerivatives, expectSameState, randomize, twin } from './support/batch-norm.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('batch renormalization', () => {
  const x = normal([8, 2, 3], { dtype, mean: 1, std: 3 });

  test('with rMax 1 and dMax 0 is batch normalization', () => {
    const plain = randomize(new BatchNorm1d(2, double));
    const norm = twin(plain, { renorm: { rMax: 1, dMax: 0 } });
    expectClose(norm.forward(x), plain.forward(x), 1e-14);
    expectSameState(norm, plain);
  });

  test('within its limits gives in training what evaluation gives', () => {
    const norm = randomize(new BatchNorm1d(2, { dtype, renorm: { rMax: 1e9, dMax: 1e9 } }));
    norm.forward(x);
    const evaluated = norm.forward(x, { training: false });
    expectClose(norm.forward(x), evaluated, 1e-12);
  });

  test.each([
    [1.1, 0.1],
    [1.5, 5],
    [3, 0.3],
  ])('with rMax %d and dMax %d is r·x̂ + d with both limited, and constant for the gradient', (rMax, dMax) => {
    const norm = new BatchNorm1d(2, { dtype, renorm: { rMax, dMax } });
    norm.runningMean!.assign(tensor([0.5, 3], double));
    norm.runningVar!.assign(tensor([0.3, 40], double));
    const column = (values: Tensor): Tensor => values.reshape([2, 1]);
    const deviation = x.variance([0, 2], { correction: 0 }).add(1e-5).sqrt();
    const running = norm.runningVar!.add(1e-5).sqrt();
    const r = deviation
      .div(running)
      .clamp(1 / rMax, rMax)
      .detach();
    const d = x.mean([0, 2]).sub(norm.runningMean!).div(running).clamp(-dMax, dMax).detach();
    const plain = new BatchNorm1d(2, { dtype, trackRunningStats: false });
    const [y, expected] = [norm.forward(x), plain.forward(x).mul(column(r)).add(column(d))];
    expectClose(y, expected, 1e-13);
    expectSameDerivatives(y, expected, x);
  });

  test('moves the statistics as batch normalization does', () => {
    const plain = new BatchNorm1d(2, double);
    const norm = twin(plain, { renorm: {} });
    for (const batch of [x, x.mul(2), x.sub(1)]) {
      norm.forward(batch);
      plain.forward(batch);
    }
    expectSameState(norm, plain);
  });

  test('has limits that change between steps of a compiled function', () => {
    const norm = new BatchNorm1d(2, { dtype, renorm: { rMax: 1, dMax: 0 } });
    const step = compile((input: Tensor) => norm.forward(input));
    const first = step(x);
    norm.renorm!.rMax = 1e9;
    norm.renorm!.dMax = 1e9;
    const evaluated = noGrad(() => norm.forward(x, { training: false }));
    const second = step(x);
    expectClose(second, evaluated, 1e-12);
    expect(first.sub(second).abs().max().item()).toBeGreaterThan(0.1);
    expect(norm.namedBuffers().map(([name]) => name)).toEqual([
      'running_mean',
      'running_var',
      'num_batches_tracked',
    ]);
  });

  test('refuses limits out of range, and needs running statistics', () => {
    expect(() => new BatchRenorm({ rMax: 0.5 })).toThrow('BatchRenorm: rMax is a finite number ≥ 1, not 0.5');
    expect(() => new BatchNorm1d(2, { renorm: { dMax: -1 } })).toThrow(
      'BatchNorm1d: dMax is a finite number ≥ 0',
    );
    expect(() => new BatchNorm1d(2, { renorm: { r: 1 } as any })).toThrow(
      "BatchNorm1d: renorm: has no option 'r'",
    );
    expect(() => new BatchNorm1d(2, { renorm: {}, trackRunningStats: false })).toThrow(
      'BatchNorm1d: renorm corrects towards the running statistics, which trackRunningStats: false leaves out',
    );
  });
});
