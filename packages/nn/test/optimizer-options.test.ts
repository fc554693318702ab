/**
 * @file Optimizers with all their options take PyTorch's steps in both float dtypes, the same compiled, and continue from
 * what they saved; gradients are clipped as PyTorch clips them.
 */
import { compile, type DType, ones, type Tensor, tensor, zeros } from '@windfall/core';
import * as nn from '../src/index.ts';
import { optimizerRows } from './parity/optimizers.ts';
import { distance, expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

type Options = Record<string, any>;

interface OptimizerCase {
  optimizer: string;
  options: Options;
  /** The options of each parameter's own group. */
  groups?: Options[];
  /** The options of the last parameter's group, which comes before step 4. */
  added?: Options;
  /** The options that change before a step. */
  changes?: Record<string, Options>;
  /** The parameters after the steps that are shown. */
  after: number[][][];
}

interface Fixture {
  parameters: Stored[];
  gradients: (Stored | null)[][];
  shown: number[];
  cases: OptimizerCase[];
  clipping: {
    gradients: (Stored | null)[];
    limit: number;
    normType: number | string;
    norm: number;
    clipped: (Stored | null)[];
    clippedByValue: (Stored | null)[];
  }[];
}

const fixture: Fixture = readFixture('optimizer-options');
const cases = fixture.cases.map((given) => {
  const { after: _, optimizer, ...rest } = given;
  return [`${optimizer} ${JSON.stringify(rest).replaceAll('"', '')}`, given] as const;
});

const kinds = nn as unknown as Record<string, new (parameters: any, options: Options) => nn.Optimizer>;

/** An optimizer of a case with its parameters, and the steps that it takes. */
class Run {
  readonly parameters: nn.Parameter[];
  readonly optimizer: nn.Optimizer;
  readonly #given: OptimizerCase;
  readonly #dtype: DType;
  readonly #step: (gradients: (Tensor | null)[]) => void;

  constructor(given: OptimizerCase, dtype: DType, isCompiled = false) {
    this.#given = given;
    this.#dtype = dtype;
    this.parameters = fixture.parameters.map((value) => new nn.Parameter(load(value, dtype)));
    const { options, groups, added } = given;
    const early = added === undefined ? this.parameters : this.parameters.slice(0, 2);
    const members = groups?.map((own, position) => ({ parameters: [this.parameters[position]!], ...own }));
    this.optimizer = new kinds[given.optimizer]!(members ?? early, options);
    const step = (gradients: (Tensor | null)[]): void => {
      for (const [position, gradient] of gradients.entries()) this.parameters[position]!.grad = gradient;
      this.optimizer.step();
    };
    this.#step = isCompiled ? compile(step) : step;
  }

  /** Takes the steps from one number to another, both included. */
  take(first: number, last: number): void {
    for (let number = first; number <= last; number++) {
      const { added, changes } = this.#given;
      if (number === 4 && added !== undefined)
        this.optimizer.addParameterGroup({ parameters: [this.parameters[2]!], ...added });
      Object.assign(this.optimizer.groups[0]!, changes?.[number] ?? {});
      this.#step(fixture.gradients[number - 1]!.map((value) => value && load(value, this.#dtype)));
    }
  }

  get values(): number[][] {
    return this.parameters.map((parameter) => Array.from(parameter.data()));
  }
}

describe.each(cases)('%s', (_name, given) => {
  test.each([
    ['f64', 1e-10, 'compiled'],
    ['f32', 1e-5, 'as it is'],
  ] as const)('%s: takes the steps of PyTorch within %s, %s', (dtype, tolerance, way) => {
    const runs = [new Run(given, dtype), ...(way === 'compiled' ? [new Run(given, dtype, true)] : [])];
    let before = 0;
    for (const [position, number] of fixture.shown.entries()) {
      for (const run of runs) run.take(before + 1, number);
      before = number;
      const wanted = given.after[position]!;
      for (const [k, values] of runs[0]!.values.entries())
        expect(distance(values, wanted[k]!)).toBeLessThanOrEqual(tolerance);
      for (const run of runs) expect(run.values).toEqual(runs[0]!.values);
    }
    for (const { optimizer } of runs) expect(optimizer.stateDict()).toEqual(runs[0]!.optimizer.stateDict());
  });

  test('continues bit for bit from its state dict, in a fresh optimizer and in one that has compiled steps', () => {
    const last = fixture.gradients.length;
    const run = new Run(given, 'f32');
    run.take(1, 5);
    const state = run.optimizer.stateDict();
    const values = run.parameters.map((parameter) => parameter.detach());
    run.take(6, last);
    const others = [new Run(given, 'f32'), new Run(given, 'f32', true)];
    if (given.added !== undefined)
      others[0]!.optimizer.addParameterGroup({ parameters: [others[0]!.parameters[2]!] });
    else others[0]!.optimizer.learningRate = 7;
    // The second has taken all steps already, with another state at the end of them.
    others[1]!.take(1, last);
    expect(others[1]!.values).toEqual(run.values);
    for (const other of others) {
      other.optimizer.loadStateDict(state);
      expect(plainly(other.optimizer.stateDict())).toMatchObject(plainly(state));
      for (const [position, parameter] of other.parameters.entries()) parameter.assign(values[position]!);
      other.take(6, last);
      expect(other.values).toEqual(run.values);
    }
  });
});

const plainly = (state: nn.StateDict) =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, value.toArray()]));

test('every row of the parity table has cases', () => {
  const covered = new Set([
    ...fixture.cases.map(({ optimizer }) => `optim.${optimizer}`),
    ...(fixture.cases.some(({ added }) => added) ? ['optim.Optimizer.add_param_group'] : []),
    ...(fixture.clipping.length > 0 ? ['nn.utils.clip_grad_norm_', 'nn.utils.clip_grad_value_'] : []),
  ]);
  for (const { pytorch, windfall } of optimizerRows) {
    expect(covered).toContain(pytorch);
    expect(nn).toHaveProperty(windfall);
  }
});

describe('clipping', () => {
  test.each(fixture.clipping.map((given) => [`${given.limit}, norm ${given.normType}`, given] as const))(
    'to %s gives the gradients of PyTorch, also compiled',
    (_name, { gradients, limit, normType, norm, clipped, clippedByValue }) => {
      for (const [dtype, tolerance] of [
        ['f64', 1e-10],
        ['f32', 1e-5],
      ] as const) {
        const parameters = fixture.parameters.map((value) => new nn.Parameter(load(value, dtype)));
        const run = (given: (Tensor | null)[], isByValue: boolean) => {
          for (const [position, gradient] of given.entries()) parameters[position]!.grad = gradient;
          if (isByValue) nn.clipGradientValue(parameters, limit);
          const total = isByValue
            ? zeros([])
            : nn.clipGradientNorm(parameters, limit, { normType: Number(normType) });
          return [total, ...parameters.map(({ grad }) => grad)];
        };
        const given = gradients.map((value) => value && load(value, dtype));
        for (const isByValue of [false, true]) {
          const [total, ...results] = run(given, isByValue);
          if (!isByValue) expect(distance(total!.data(), [norm])).toBeLessThanOrEqual(tolerance);
          const wanted = isByValue ? clippedByValue : clipped;
          wanted.forEach((value, position) => {
            if (value === null) expect(results[position]).toBeNull();
            else expectClose(results[position], value, tolerance);
          });
          const compiled = compile(run);
          for (let call = 0; call < 2; call++)
            expect(compiled(given, isByValue).map((x) => x?.data())).toEqual(
              [total, ...results].map((x) => x?.data()),
            );
        }
      }
    },
  );

  test('takes one parameter, and leaves gradients of norm 0 alone', () => {
    const parameter = new nn.Parameter(ones([2]));
    parameter.grad = zeros([2]);
    expect(nn.clipGradientNorm(parameter, 1).item()).toBe(0);
    expect(parameter.grad.toArray()).toEqual([0, 0]);
  });

  test('refuses a norm that is not finite where asked to, and changes nothing', () => {
    const parameter = new nn.Parameter(ones([2]));
    parameter.grad = tensor([1, Infinity]);
    expect(() => nn.clipGradientNorm([parameter], 1, { errorIfNonfinite: true })).toThrow(
      'clipGradientNorm: the norm of the gradients is Infinity, so they cannot be clipped',
    );
    expect(parameter.grad.toArray()).toEqual([1, Infinity]);
    expect(nn.clipGradientNorm([parameter], 1).item()).toBe(Infinity);
    expect(parameter.grad.toArray()).toEqual([0, NaN]);
    const inside = compile(() => {
      parameter.grad = ones([2]);
      return nn.clipGradientNorm([parameter], 1, { errorIfNonfinite: true });
    });
    expect(inside).toThrow('compile: the function reads a value while it is traced');
  });

  test('refuses what it cannot clip', () => {
    const parameter = new nn.Parameter(ones([2]));
    expect(() => nn.clipGradientNorm(parameter, -1)).toThrow(
      'clipGradientNorm: maxNorm is a finite number ≥ 0',
    );
    expect(() => nn.clipGradientNorm(parameter, 1, { normType: 0 })).toThrow(
      'clipGradientNorm: normType is a number > 0 or Infinity, not 0',
    );
    expect(() => nn.clipGradientNorm([ones([2])] as any, 1)).toThrow(
      'clipGradientNorm: expected a parameter or an array of parameters',
    );
    expect(() => {
      nn.clipGradientValue(parameter, NaN);
    }).toThrow('clipGradientValue: clipValue is a finite number ≥ 0, not NaN');
  });
});

describe('groups', () => {
  const parameters = () => [new nn.Parameter(ones([2])), new nn.Parameter(ones([2]))];

  test('have options of their own, and those of the optimizer where they have none', () => {
    const [first, second] = parameters();
    const optimizer = new nn.AdamW(
      [{ parameters: [first!], learningRate: 1, betas: [0.5, 0.6] }, { parameters: [second!] }],
      { weightDecay: 0.25 },
    );
    expect(optimizer.groups[0]).toMatchObject({ learningRate: 1, betas: [0.5, 0.6], weightDecay: 0.25 });
    expect(optimizer.groups[1]).toMatchObject({ learningRate: 1e-3, betas: [0.9, 0.999], amsgrad: false });
    expect(optimizer.groups[1]!.parameters).toEqual([second]);
    optimizer.groups[1]!.betas = [0.1, 0.2];
    expect(optimizer.groups[1]!.betas).toEqual([0.1, 0.2]);
    optimizer.learningRate = 2;
    expect(optimizer.groups.map(({ learningRate }) => learningRate)).toEqual([2, 2]);
  });

  test('are refused where they do not fit', () => {
    const [first, second] = parameters();
    const sgd = (groups: any, options = {}) => new nn.SGD(groups, options);
    expect(() => sgd([{ parameters: [first] }])).toThrow(
      'SGD: learningRate is a finite number ≥ 0, not undefined',
    );
    expect(() => sgd([{ parameters: [first], momentum: null }], { learningRate: 1 })).toThrow(
      'SGD: momentum is a finite number ≥ 0, not null',
    );
    expect(() => sgd([{ parameters: [first], lr: 1 }])).toThrow(
      "SGD: has no option 'lr'; its options are parameters, learningRate, momentum",
    );
    expect(() => sgd([{ parameters: [] }], { learningRate: 1 })).toThrow(
      'SGD: the parameters of a group are an array of at least one',
    );
    const twice = [{ parameters: [first, second] }, { parameters: [second] }];
    expect(() => sgd(twice, { learningRate: 1 })).toThrow('SGD: parameter 2 is listed twice');
    const optimizer = sgd([{ parameters: [first] }], { learningRate: 1, momentum: 0.5, nesterov: true });
    expect(() => {
      optimizer.addParameterGroup({ parameters: [first!] });
    }).toThrow('SGD: parameter 1 is listed twice');
    expect(() => {
      optimizer.addParameterGroup({ parameters: [second!], momentum: 0 });
    }).toThrow('SGD: nesterov needs momentum > 0');
    expect(optimizer.groups.length).toBe(1);
    expect(() => (optimizer.groups[0]!.momentum = 0)).toThrow('SGD: nesterov needs momentum > 0');
    expect(() => (optimizer.groups[0]!.weightDecay = -1)).toThrow('SGD: weightDecay is a finite number ≥ 0');
    expect(optimizer.groups[0]).toMatchObject({ momentum: 0.5, weightDecay: 0 });
  });

  test('cannot be added, nor anything turned on or off, while a function is traced', () => {
    const [first, second] = parameters();
    const optimizer = new nn.SGD([first!], { learningRate: 1 });
    const reads = 'compile: the function reads a value while it is traced';
    expect(
      compile(() => {
        optimizer.addParameterGroup({ parameters: [second!] });
      }),
    ).toThrow(reads);
    expect(
      compile(() => {
        optimizer.groups[0]!.momentum = 0.5;
      }),
    ).toThrow(reads);
    expect([optimizer.groups.length, optimizer.groups[0]!.momentum]).toEqual([1, 0]);
    const halve = compile(() => {
      optimizer.groups[0]!.learningRate = 0.5;
    });
    halve();
    expect(optimizer.learningRate).toBe(0.5);
  });

  test('of a state dict must be those of the optimizer', () => {
    const [first, second] = parameters();
    const both = new nn.SGD([first!, second!], { learningRate: 1, momentum: 0.5 });
    const apart = new nn.SGD([{ parameters: [first!] }, { parameters: [second!] }], { learningRate: 1 });
    for (const parameter of both.parameters) parameter.grad = ones([2]);
    both.step();
    const before = plainly(apart.stateDict());
    expect(() => {
      apart.loadStateDict(both.stateDict());
    }).toThrow(
      /^SGD\.loadStateDict: the state does not fit, and nothing was loaded\n {2}missing: groups\.1\.learning_rate, .*\n {2}unexpected: 1\.momentum_buffer\n {2}groups\.0\.parameters has shape \[2\], expected \[1\]$/,
    );
    expect(() => {
      both.loadStateDict({ ...both.stateDict(), 'groups.0.nesterov': tensor(1) });
    }).toThrow('groups.0.nesterov is f32, expected bool');
    expect(() => {
      both.loadStateDict({
        ...both.stateDict(),
        'groups.0.nesterov': tensor(true),
        'groups.0.momentum': tensor(0, { dtype: 'f64' }),
      });
    }).toThrow('SGD: nesterov needs momentum > 0');
    expect(plainly(apart.stateDict())).toEqual(before);
    expect(both.groups[0]).toMatchObject({ nesterov: false, momentum: 0.5 });
  });

  test('other numbers are no other program, but what they turn on or off is noticed', () => {
    const [first, second] = parameters();
    const optimizer = new nn.SGD([first!], { learningRate: 1 });
    let traces = 0;
    const step = compile(() => {
      traces++;
      for (const parameter of [first!, second!]) parameter.grad = ones([2]);
      optimizer.step();
    });
    for (const rate of [1, 0.5, 0.25]) {
      optimizer.learningRate = rate;
      step();
    }
    expect([traces, first!.toArray()]).toEqual([1, [-0.75, -0.75]]);
    optimizer.groups[0]!.momentum = 0.5;
    step();
    expect(first!.toArray()).toEqual([-1, -1]);
    step();
    expect(first!.toArray()).toEqual([-1.375, -1.375]);
    const before = traces;
    optimizer.groups[0]!.momentum = 0.25;
    step();
    expect(traces).toBe(before);
    optimizer.addParameterGroup({ parameters: [second!], learningRate: 1 });
    step();
    expect(second!.toArray()).toEqual([0, 0]);
  });
});

describe('decayGroups', () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 2, 3),
    new nn.BatchNorm2d(2),
    new nn.Flatten(),
    new nn.Linear(8, 3),
  );

  test('exempts biases and normalizations', () => {
    const groups = nn.decayGroups(model, { weightDecay: 0.1 });
    expect(groups.map(({ weightDecay }) => weightDecay)).toEqual([0.1, 0]);
    const names = new Map(model.namedParameters().map(([name, parameter]) => [parameter, name]));
    expect(groups.map(({ parameters }) => parameters.map((parameter) => names.get(parameter)))).toEqual([
      ['0.weight', '3.weight'],
      ['0.bias', '1.weight', '1.bias', '3.bias'],
    ]);
    expect(new nn.AdamW(groups).groups.map(({ weightDecay }) => weightDecay)).toEqual([0.1, 0]);
  });

  test('exempts normalizations of several axes, too', () => {
    class Normalization extends nn.Module {
      readonly normalizedShape = [2, 3];
      readonly weight = new nn.Parameter(ones([2, 3]));
      override forward(x: Tensor): Tensor {
        return x.mul(this.weight);
      }
    }
    const [decayed, exempt] = nn.decayGroups(new nn.Sequential(new nn.Linear(3, 3), new Normalization()), {
      weightDecay: 1,
    });
    expect([decayed, exempt].map((group) => group!.parameters.map(({ shape }) => shape))).toEqual([
      [[3, 3]],
      [[3], [2, 3]],
    ]);
  });

  test('can be told what to exempt, and leaves out a group without parameters', () => {
    expect(nn.decayGroups(model, { weightDecay: 1, exempt: () => false })).toEqual([
      { parameters: model.parameters(), weightDecay: 1 },
    ]);
  });

  test('refuses what does not fit', () => {
    expect(() => nn.decayGroups(model, { weightDecay: -1 })).toThrow('decayGroups: weightDecay is');
    expect(() => nn.decayGroups(new nn.Flatten(), { weightDecay: 1 })).toThrow('the model has no parameters');
  });
});

test('an optimizer of one’s own takes its steps, compiled or not', () => {
  class SignDescent extends nn.Optimizer {
    constructor(parameters: nn.OptimizerParameters, options: nn.CommonOptions = {}) {
      super(parameters, options, { learningRate: { kind: 'number', low: 0, initial: 0.5 } });
    }
    protected initialState(): nn.ParameterState {
      return {};
    }
    protected update(
      input: nn.UpdateInput<nn.CommonOptions, nn.ParameterState>,
    ): nn.Update<nn.ParameterState> {
      const { parameter, gradient, options } = input;
      const rate = options.learningRate.cast(parameter.dtype);
      return { parameter: parameter.sub(gradient.sign().mul(rate)), state: {} };
    }
  }
  const parameter = new nn.Parameter(tensor([1, -2]));
  const optimizer = new SignDescent([parameter]);
  const step = (gradient: Tensor): void => {
    parameter.grad = gradient;
    optimizer.step();
  };
  step(tensor([3, -4]));
  expect(parameter.toArray()).toEqual([0.5, -1.5]);
  optimizer.groups[0]!.learningRate = 1;
  compile(step)(tensor([3, -4]));
  expect(parameter.toArray()).toEqual([-0.5, -0.5]);
  expect(() => new SignDescent([parameter], { lr: 1 } as object)).toThrow("SignDescent: has no option 'lr'");
});

describe('a compiled step that fails at its first call', () => {
  test.each(
    Object.keys(kinds).filter((name) => optimizerRows.some(({ pytorch }) => pytorch === `optim.${name}`)),
  )('leaves %s as if it had not been called', (name) => {
    const run = (calls: number[]): [number[], Record<string, unknown>] => {
      const parameter = new nn.Parameter(tensor([1, 2, 3]));
      const optimizer = new kinds[name]!([parameter], {
        learningRate: 0.1,
        ...(name === 'SGD' ? { momentum: 0.9, dampening: 0.5 } : {}),
      });
      const step = compile((row: Tensor, isBroken: boolean) => {
        optimizer.zeroGrad();
        parameter.indexSelect(0, row).square().sum().backward();
        optimizer.step();
        if (isBroken) throw new Error('broken');
      });
      for (const row of calls) {
        const call = (): void => {
          step(tensor([Math.max(row, 0)], { dtype: 'i32' }), row < 0);
        };
        if (row >= 0 && row < 3) call();
        else expect(call).toThrow(row < 0 ? 'broken' : 'out of range');
        expect(parameter.data().length).toBe(3);
        for (const value of Object.values(optimizer.stateDict())) value.data();
      }
      return [Array.from(parameter.data()), plainly(optimizer.stateDict())];
    };
    const wanted = run([0, 1, 2, 1]);
    expect(run([7, 0, 1, 2, 1])).toEqual(wanted);
    expect(run([-1, 0, 1, 2, 1])).toEqual(wanted);
    expect(run([7, -1, 9, 0, 1, 8, 2, -1, 1])).toEqual(wanted);
  });
});
