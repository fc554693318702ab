/**
 * @file Optimizers take PyTorch's steps, remember what they need to continue, and refuse what they cannot optimize.
 */
import { compile, Generator, normal, ones, type Tensor, tensor, Variable, zeros } from '@windfall/core';
import { Adam, LayerNorm, Linear, type Optimizer, Parameter, ReLU, Sequential, SGD } from '../src/index.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

interface OptimizerCase {
  optimizer: 'SGD' | 'Adam';
  options: any;
  parameters: Stored[];
  steps: { learningRate: number; gradients: (Stored | null)[]; parameters: Stored[] }[];
}

const make = (given: OptimizerCase, parameters: Parameter[]): Optimizer =>
  given.optimizer === 'SGD' ? new SGD(parameters, given.options) : new Adam(parameters, given.options);

const cases = (readFixture('optimizers') as OptimizerCase[]).map((given) => {
  const name = `${given.optimizer} ${JSON.stringify(given.options)}`;
  return [name, given] as const;
});

const double = { dtype: 'f64' } as const;
const values = (state: Record<string, Tensor>) =>
  Object.entries(state).map(([name, value]) => [name, value.toArray()]);

/** What is remembered of parameters, by name. */
const stateNames = (optimizer: Optimizer): string[] =>
  Object.keys(optimizer.stateDict()).filter((name) => !name.startsWith('groups.'));

/** Two f32 numbers whose position is wrong, which only computing them finds out. */
const unreadable = (): Tensor => zeros([1]).indexSelect(0, tensor([0, 4], { dtype: 'i32' }).add(1));

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
    expect(stateNames(optimizer)).toEqual(slots.map((slot) => `0.${slot}`));
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
    // Which nobody can assign.
    Object.defineProperty(second, 'grad', { value: ones([1]), writable: true });
    expect(() => {
      optimizer.step();
    }).toThrow(`${name}: parameter 1 is f32 [2], its gradient f32 [1]`);
    expect(first.toArray()).toEqual([1, 1]);
  });

  test.each([
    ['undefined', undefined],
    ['5', 5],
    ['an array', [1, 1]],
  ])('refuses the gradient %s, and changes nothing', (description, gradient) => {
    const [first, second] = [new Parameter(ones([2])), new Parameter(ones([2]))];
    const optimizer = create([first, second]);
    first.grad = ones([2]);
    Object.defineProperty(second, 'grad', { value: gradient, writable: true });
    expect(() => {
      optimizer.step();
    }).toThrow(`${name}: the gradient of parameter 1 is a tensor or null, not ${description}`);
    expect(first.toArray()).toEqual([1, 1]);
    expect(stateNames(optimizer)).toEqual([]);
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
    expect(stateNames(optimizer)).toEqual([]);
    step(1);
    expect(parameter.data()[1]).toBeLessThan(1);
  });

  test('takes the same steps compiled and uncompiled, bit for bit from the first', () => {
    const taken = [false, true].map((isCompiled) => {
      const generator = new Generator(4);
      const net = new Sequential(
        new Linear(64, 32, { generator }),
        new LayerNorm(32),
        new ReLU(),
        new Linear(32, 5, { generator }),
      );
      const optimizer = create(net.parameters());
      const train = (x: Tensor): Tensor => {
        optimizer.zeroGrad();
        const loss = net.forward(x).square().mean();
        loss.backward();
        optimizer.step();
        return loss;
      };
      const step = isCompiled ? compile(train) : train;
      return [0, 1, 2].map(() => {
        const loss = step(normal([16, 64], { generator }));
        return [loss.item(), values({ ...net.stateDict(), ...optimizer.stateDict() })];
      });
    });
    expect(taken[1]).toEqual(taken[0]);
  });

  test.each([
    ['computed', 5, false],
    ['traced', 0, true],
  ])('remembers nothing of a first compiled step that cannot be %s', (_when, position, isBroken) => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    const step = compile((index: Tensor, isBrokenNow: boolean) => {
      optimizer.zeroGrad();
      parameter.indexSelect(0, index).square().sum().backward();
      optimizer.step();
      if (isBrokenNow) throw new Error('out of range of mine');
    });
    const index = (k: number): Tensor => tensor([k], { dtype: 'i32' });
    expect(() => {
      step(index(position), isBroken);
    }).toThrow('out of range');
    expect([stateNames(optimizer), parameter.toArray()]).toEqual([[], [1, 1]]);
    for (let k = 0; k < 3; k++) step(index(1), false);
    expect(() => {
      step(index(5), false);
    }).toThrow('out of range');
    const twin = new Parameter(ones([2]));
    const eager = create([twin]);
    for (let k = 0; k < 3; k++) {
      eager.zeroGrad();
      twin.indexSelect(0, index(1)).square().sum().backward();
      eager.step();
    }
    expect(parameter.toArray()).toEqual(twin.toArray());
    expect(values(optimizer.stateDict())).toEqual(values(eager.stateDict()));
  });

  test('refuses a state that does not fit, and keeps its own', () => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    parameter.sum().backward();
    optimizer.step();
    const before = optimizer.stateDict();
    const slot = `0.${slots.at(-1)}`;
    const { 'groups.0.learning_rate': _, ...rest } = before;
    expect(() => {
      optimizer.loadStateDict({ ...rest, [slot]: zeros([3]), '7.step': zeros([]) });
    }).toThrow(
      `${name}.loadStateDict: the state does not fit, and nothing was loaded\n  missing: groups.0.learning_rate\n  unexpected: 7.step\n  ${slot} has shape [3], expected [2]`,
    );
    expect(optimizer.stateDict()[slot]!.toArray()).toEqual(before[slot]!.toArray());
  });

  test.each<[string, (state: any) => any, string]>([
    ['a negative rate', (state) => ({ ...state, 'groups.0.learning_rate': tensor(-1, double) }), 'not -1'],
    ['the rate NaN', (state) => ({ ...state, 'groups.0.learning_rate': tensor(NaN, double) }), 'not NaN'],
    [
      'the rate ∞',
      (state) => ({ ...state, 'groups.0.learning_rate': tensor(Infinity, double) }),
      'not Infinity',
    ],
    [
      'a value that cannot be computed',
      (state) => ({ ...state, [`0.${slots.at(-1)}`]: unreadable() }),
      'out of range',
    ],
    ['null', () => null, 'expected an object of tensors by name, such as stateDict() gives, not null'],
    ['nothing', () => undefined, 'not undefined'],
    ['an array', () => [], 'not an array'],
  ])('refuses as a state %s, and keeps its own', (_case, change, message) => {
    const parameter = new Parameter(ones([2]));
    const optimizer = create([parameter]);
    parameter.sum().backward();
    optimizer.step();
    const before = optimizer.stateDict();
    expect(() => {
      optimizer.loadStateDict(change({ ...before, [`0.${slots.at(-1)}`]: zeros([2]) }));
    }).toThrow(message);
    expect(values(optimizer.stateDict())).toEqual(values(before));
    optimizer.step();
    expect(values(optimizer.stateDict())).not.toEqual(values(before));
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

test('options that are no object or unknown are refused, naming those there are', () => {
  const parameters = [new Parameter(ones([2]))];
  const ofSGD = 'learningRate, momentum, dampening, nesterov, weightDecay, maximize';
  const sgd = (options?: any) => () => new SGD(parameters, options);
  expect(sgd()).toThrow(`SGD: options are an object with ${ofSGD}, not undefined`);
  expect(sgd(null)).toThrow(`SGD: options are an object with ${ofSGD}, not null`);
  expect(sgd(0.1)).toThrow(`SGD: options are an object with ${ofSGD}, not 0.1`);
  expect(sgd({ lr: 0.1 })).toThrow(`SGD: has no option 'lr'; its options are ${ofSGD}`);
  const ofAdam = 'learningRate, betas, eps, amsgrad, maximize, weightDecay';
  const adam = (options: any) => () => new Adam(parameters, options);
  expect(adam(null)).toThrow(`Adam: options are an object with ${ofAdam}, not null`);
  expect(adam({ lr: 0.1 })).toThrow(`Adam: has no option 'lr'; its options are ${ofAdam}`);
  expect(adam({ betas: undefined })).not.toThrow();
});

test('a plain variable that requires its gradient can be optimized', () => {
  const variable = new Variable(tensor(4), { requiresGrad: true });
  const optimizer = new SGD([variable], { learningRate: 0.25 });
  variable.square().backward();
  optimizer.step();
  expect(variable.item()).toBe(2);
});

test('a step that cannot be computed changes no parameter and no state', () => {
  const weight = new Parameter(tensor([1]));
  const table = new Parameter(tensor([1, 2, 3]));
  const optimizer = new SGD([weight, table], { learningRate: 1, momentum: 0.9 });
  const accumulate = (row: number): void => {
    optimizer.zeroGrad();
    weight.mul(3).sum().backward();
    table
      .indexSelect(0, tensor([row], { dtype: 'i32' }).add(0))
      .sum()
      .backward();
  };
  accumulate(0);
  optimizer.step();
  const before = [weight.toArray(), table.toArray(), optimizer.stateDict()['0.momentum_buffer']!.toArray()];
  accumulate(7);
  expect(() => optimizer.step()).toThrow('out of range');
  expect([weight.toArray(), table.toArray(), optimizer.stateDict()['0.momentum_buffer']!.toArray()]).toEqual(
    before,
  );
});
