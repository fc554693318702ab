/**
 * @file Optimizers take PyTorch's steps, remember what they need to continue, and refuse what they cannot optimize.
 */
import { ones, tensor, Variable, zeros } from '@windfall/core';
import { Adam, type Optimizer, Parameter, SGD } from '../src/index.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

interface OptimizerCase {
  optimizer: 'SGD' | 'Adam';
  options: any;
  parameters: Stored[];
  steps: { learningRate: number; gradients: (Stored | null)[]; parameters: Stored[] }[];
}

const make = (given: OptimizerCase, parameters: Parameter[]): Optimizer<any> =>
  given.optimizer === 'SGD' ? new SGD(parameters, given.options) : new Adam(parameters, given.options);

const cases = (readFixture('optimizers') as OptimizerCase[]).map((given) => {
  const name = `${given.optimizer} ${JSON.stringify(given.options)}`;
  return [name, given] as const;
});

function take(optimizer: Optimizer, step: OptimizerCase['steps'][number]): void {
  optimizer.learningRate = step.learningRate;
  optimizer.parameters.forEach((parameter, position) => {
    const gradient = step.gradients[position] ?? null;
    parameter.grad = gradient && load(gradient);
  });
  optimizer.step();
}

describe.each(cases)('%s', (_name, given) => {
  test('takes the steps of PyTorch', () => {
    const parameters = given.parameters.map((value) => new Parameter(load(value)));
    const optimizer = make(given, parameters);
    for (const step of given.steps) {
      take(optimizer, step);
      for (const [position, parameter] of parameters.entries())
        expectClose(parameter, step.parameters[position]!, 1e-13);
    }
  });

  test('continues bit for bit from its state dict', () => {
    const parameters = given.parameters.map((value) => new Parameter(load(value)));
    const optimizer = make(given, parameters);
    for (const step of given.steps.slice(0, 1)) take(optimizer, step);
    const state = optimizer.stateDict();
    const resumed = parameters.map((parameter) => new Parameter(parameter));
    const second = make({ ...given, options: { ...given.options, learningRate: 1 } }, resumed);
    second.loadStateDict(state);
    expect(second.learningRate).toBe(optimizer.learningRate);
    for (const step of given.steps.slice(1)) {
      take(optimizer, step);
      take(second, step);
    }
    expect(resumed.map((value) => value.toArray())).toEqual(parameters.map((value) => value.toArray()));
    expect(Object.keys(second.stateDict()).sort()).toEqual(Object.keys(optimizer.stateDict()).sort());
  });
});

describe.each([
  ['SGD', (p: Parameter[]) => new SGD(p, { learningRate: 0.1, momentum: 0.9 }), ['momentum_buffer']],
  ['Adam', (p: Parameter[]) => new Adam(p), ['step', 'exp_avg', 'exp_avg_sq']],
] as const)('%s', (name, create, slots) => {
  test('leaves parameters without a gradient alone', () => {
    const [moving, still] = [new Parameter(ones([2])), new Parameter(ones([2]))];
    const optimizer = create([moving, still]);
    moving.sum().backward();
    optimizer.step();
    expect(moving.toArray()).not.toEqual([1, 1]);
    expect(still.toArray()).toEqual([1, 1]);
    expect(Object.keys(optimizer.stateDict())).toEqual([
      'learning_rate',
      ...slots.map((slot) => `0.${slot}`),
    ]);
  });

  test('keeps float32 parameters float32', () => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    for (let step = 0; step < 2; step++) {
      optimizer.zeroGrad();
      parameter.square().sum().backward();
      optimizer.step();
    }
    expect(parameter.dtype).toBe('f32');
    expect(parameter.requiresGrad).toBe(true);
  });

  test('computes running statistics and other assigned variables in the same step', () => {
    const parameter = new Parameter(ones([1]));
    const count = new Variable(zeros([]));
    parameter.sum().backward();
    count.assign(count.add(1));
    create([parameter]).step();
    expect(count.item()).toBe(1);
  });

  test('refuses a gradient of another shape or dtype, and changes nothing', () => {
    const [first, second] = [new Parameter(ones([2])), new Parameter(ones([2]))];
    const optimizer = create([first, second]);
    first.grad = ones([2]);
    second.grad = ones([1]);
    expect(() => {
      optimizer.step();
    }).toThrow(`${name}: parameter 1 is f32 [2], its gradient f32 [1]`);
    expect(first.toArray()).toEqual([1, 1]);
  });

  test('changes nothing when the loss cannot be computed', () => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    const step = (position: number): void => {
      optimizer.zeroGrad();
      // Its values are not at hand when the index is checked, so that only computing fails.
      const index = tensor([position], { dtype: 'i32' }).add(0);
      parameter.indexSelect(0, index).square().sum().backward();
      optimizer.step();
    };
    expect(() => {
      step(5);
    }).toThrow('out of range');
    expect(parameter.toArray()).toEqual([1, 1]);
    expect(Object.keys(optimizer.stateDict())).toEqual(['learning_rate']);
    step(1);
    expect(parameter.data()[1]).toBeLessThan(1);
  });

  test('refuses a state that does not fit, and keeps its own', () => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    parameter.sum().backward();
    optimizer.step();
    const before = optimizer.stateDict();
    const slot = `0.${slots.at(-1)}`;
    const { learning_rate: _, ...rest } = before;
    expect(() => {
      optimizer.loadStateDict({ ...rest, [slot]: zeros([3]), '7.step': zeros([]) });
    }).toThrow(
      `${name}.loadStateDict: the state does not fit, and nothing was loaded\n  missing: learning_rate\n  unexpected: 7.step\n  ${slot} has shape [3], expected [2]`,
    );
    expect(optimizer.stateDict()[slot]!.toArray()).toEqual(before[slot]!.toArray());
  });

  test('refuses what it cannot optimize', () => {
    const parameter = new Parameter(ones([2]));
    expect(() => create([])).toThrow(`${name}: expected an array of at least one parameter`);
    expect(() => create([parameter, ones([2]) as any])).toThrow(
      `${name}: parameter 1 is not a Parameter or Variable of dtype f32 or f64`,
    );
    expect(() => create([parameter, parameter])).toThrow(`${name}: parameter 1 is listed twice`);
  });
});

test('options out of range are refused', () => {
  const parameters = [new Parameter(ones([2]))];
  const sgd = (options: object) => () => new SGD(parameters, { learningRate: 0.1, ...options });
  expect(sgd({ learningRate: -1 })).toThrow('SGD: learningRate is a finite number ≥ 0, not -1');
  expect(sgd({ learningRate: undefined })).toThrow('SGD: learningRate is a finite number ≥ 0, not undefined');
  expect(sgd({ momentum: NaN })).toThrow('SGD: momentum is a finite number ≥ 0, not NaN');
  expect(sgd({ nesterov: true })).toThrow('SGD: nesterov needs momentum > 0 and no dampening');
  expect(() => new Adam(parameters, { betas: [0.9, 1] })).toThrow('Adam: betas are two numbers in [0, 1)');
  const optimizer = new Adam(parameters);
  expect(() => (optimizer.learningRate = Infinity)).toThrow('Adam: learningRate is a finite number ≥ 0');
  expect(optimizer.learningRate).toBe(1e-3);
});

test('a plain variable that requires its gradient can be optimized', () => {
  const variable = new Variable(tensor(4), { requiresGrad: true });
  const optimizer = new SGD([variable], { learningRate: 0.25 });
  variable.square().backward();
  optimizer.step();
  expect(variable.item()).toBe(2);
});
