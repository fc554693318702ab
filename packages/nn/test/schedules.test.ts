/**
 * @file Schedules give PyTorch's learning rates and momenta, inside a compiled function as outside, and continue from what
 * they saved.
 */
import { compile, ones, type Tensor, tensor, zeros } from '@windfall/core';
import * as nn from '../src/index.ts';
import { scheduleRows } from './parity/schedules.ts';
import { readFixture } from './support/fixtures.ts';

interface Spec {
  schedule: string;
  arguments?: any[];
  options?: Record<string, any>;
  /** Functions by the names that the generating script has for them. */
  lambda?: string | string[];
  schedulers?: Spec[];
  milestones?: number[];
}

interface ScheduleCase {
  spec: Spec;
  optimizer: string;
  groups: number[];
  /** Learning rates that the user sets for the first group before a step. */
  changes?: Record<string, number>;
  metrics?: number[];
  epochs?: number[];
  rates: number[][];
  momenta?: number[][];
}

type Steps = nn.Schedule & { step: (given?: number | Tensor) => void };

const classes = nn as unknown as Record<string, new (...values: any[]) => Steps>;

const functions: Record<string, nn.LRLambda> = {
  power: (epoch) => 0.95 ** epoch,
  root: (epoch) => 1 / Math.sqrt(1 + epoch),
  half: () => 0.5,
};

function make(
  { schedule, arguments: values, options, lambda, schedulers, milestones }: Spec,
  optimizer: nn.Optimizer,
): Steps {
  const kind = classes[schedule]!;
  const inner = schedulers?.map((spec) => make(spec, optimizer));
  if (milestones !== undefined) return new kind(optimizer, inner, milestones);
  if (inner !== undefined) return new kind(inner);
  if (lambda !== undefined)
    return new kind(
      optimizer,
      Array.isArray(lambda) ? lambda.map((name) => functions[name]) : functions[lambda],
    );
  return new kind(optimizer, ...(values ?? []), options);
}

const isTraceable = (spec: Spec): boolean =>
  spec.lambda === undefined && (spec.schedulers ?? []).every(isTraceable);

/** An optimizer with a schedule, as a case describes them. */
class Run {
  readonly optimizer: nn.Optimizer;
  readonly schedule: Steps;
  readonly #given: ScheduleCase;
  readonly #step: (metric: Tensor | null) => void;

  constructor(given: ScheduleCase, isCompiled = false) {
    this.#given = given;
    const groups = given.groups.map((learningRate) => ({
      parameters: [new nn.Parameter(ones([1]))],
      learningRate,
    }));
    const options = { SGD: { learningRate: 0.1, momentum: 0.9 }, RMSprop: { momentum: 0.5 } };
    const own = options[given.optimizer as 'SGD'] as object | undefined;
    this.optimizer = new (nn as any)[given.optimizer](groups, own ?? {}) as nn.Optimizer;
    this.schedule = make(given.spec, this.optimizer);
    const step = (metric: Tensor | null): void => {
      if (metric === null) this.schedule.step();
      else this.schedule.step(metric);
    };
    this.#step = isCompiled ? compile(step) : step;
  }

  /** Takes a step, the first being 1. */
  take(number: number): void {
    const { changes, metrics, epochs } = this.#given;
    const change = changes?.[number];
    if (change !== undefined) this.optimizer.groups[0]!.learningRate = change;
    if (epochs !== undefined) this.schedule.step(epochs[number - 1]);
    else this.#step(metrics === undefined ? null : tensor(metrics[number - 1]!, { dtype: 'f64' }));
  }

  get rates(): number[] {
    return this.optimizer.groups.map(({ learningRate }) => learningRate);
  }

  get momenta(): number[] {
    return this.optimizer.groups.map((group: any) => group.betas?.[0] ?? group.momentum ?? 0);
  }
}

const cases = (readFixture('schedules') as ScheduleCase[]).map((given, number) => {
  const { spec, optimizer, groups, changes } = given;
  const nested = (spec.schedulers ?? []).map(({ schedule }) => schedule).join(', ');
  const values = JSON.stringify([...(spec.arguments ?? []), spec.lambda ?? spec.options ?? {}]);
  const what = nested === '' ? values : `[${nested}]`;
  const more = `${groups.length} groups, ${optimizer}${changes ? ', changed from outside' : ''}`;
  return [`${number}: ${spec.schedule} ${what.replaceAll('"', '')}, ${more}`, given] as const;
});

/** Within 1e-12, relative. */
function expectSame(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [k, value] of actual.entries())
    expect(Math.abs(value - expected[k]!)).toBeLessThanOrEqual(1e-12 * Math.abs(expected[k]!));
}

describe.each(cases)('%s', (_name, given) => {
  const { rates, momenta } = given;
  const steps = rates.length - 1;

  test('gives the numbers of PyTorch', () => {
    const run = new Run(given);
    for (let number = 0; number <= steps; number++) {
      if (number > 0) run.take(number);
      expectSame(run.rates, rates[number]!);
      if (momenta !== undefined) expectSame(run.momenta, momenta[number]!);
      expect(run.schedule.getLastLr()).toEqual(run.rates);
    }
  });

  test('gives the same inside a compiled function', () => {
    if (!isTraceable(given.spec) || given.epochs !== undefined) {
      expect(given.spec.lambda ?? given.spec.schedulers ?? given.epochs).toBeDefined();
      return;
    }
    const [plain, compiled] = [new Run(given), new Run(given, true)];
    for (let number = 1; number <= steps; number++) {
      for (const run of [plain, compiled]) run.take(number);
      expect([compiled.rates, compiled.momenta]).toEqual([plain.rates, plain.momenta]);
    }
    expect(compiled.schedule.stateDict()).toEqual(plain.schedule.stateDict());
  });

  test('continues from its state dict and that of the optimizer', () => {
    const first = new Run(given);
    const half = Math.floor(steps / 2);
    for (let number = 1; number <= half; number++) first.take(number);
    const states = [first.optimizer.stateDict(), first.schedule.stateDict()] as const;
    const second = new Run(given);
    second.optimizer.loadStateDict(states[0]);
    second.schedule.loadStateDict(states[1]);
    expect(second.schedule.getLastLr()).toEqual(first.schedule.getLastLr());
    for (let number = half + 1; number <= steps; number++) {
      for (const run of [first, second]) run.take(number);
      expect([second.rates, second.momenta]).toEqual([first.rates, first.momenta]);
    }
  });
});

test('every row of the parity table has cases', () => {
  const covered = new Set(cases.map(([, { spec }]) => `optim.lr_scheduler.${spec.schedule}`));
  for (const { pytorch, windfall } of scheduleRows) {
    expect(covered).toContain(pytorch);
    expect(nn).toHaveProperty(windfall);
  }
});

const sgd = (learningRate = 0.1): nn.SGD => new nn.SGD([new nn.Parameter(ones([1]))], { learningRate });

describe('with a compiled training step', () => {
  test('a rate that changes at every step, inside or outside, is no other program', () => {
    const weights = [false, true].map((isInside) => {
      const weight = new nn.Parameter(tensor(1, { dtype: 'f64' }));
      const optimizer = new nn.SGD([weight], { learningRate: 0.1, momentum: 0.5 });
      const schedule = new nn.OneCycleLR(optimizer, 0.2, { totalSteps: 12 });
      let traces = 0;
      const step = compile((x: Tensor) => {
        traces++;
        optimizer.zeroGrad();
        weight.mul(x).sub(1).square().sum().backward();
        optimizer.step();
        if (isInside) schedule.step();
      });
      for (let number = 0; number < 11; number++) {
        step(tensor([0.5, 2], { dtype: 'f64' }));
        if (!isInside) schedule.step();
      }
      // Once more because the optimizer has made its state.
      expect(traces).toBe(2);
      return weight.item();
    });
    expect(weights[0]).toBe(weights[1]);
  });

  test('a plateau is found from a loss that is computed inside', () => {
    const optimizer = sgd(1);
    const schedule = new nn.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 });
    const step = compile((x: Tensor) => {
      schedule.step(x.square().sum());
    });
    for (const value of [3, 2, 2, 2]) step(tensor([value]));
    expect(optimizer.learningRate).toBe(0.25);
  });

  test('a function of the step cannot be traced', () => {
    const schedule = new nn.LambdaLR(sgd(), () => 1);
    const step = compile(() => {
      schedule.step();
    });
    expect(step).toThrow('LambdaLR: its function takes the number of the step, which is not known');
  });
});

describe('continuing by hand', () => {
  test.each<[string, (optimizer: nn.Optimizer, lastEpoch: number) => nn.LRScheduler]>([
    ['StepLR', (optimizer, lastEpoch) => new nn.StepLR(optimizer, 2, { lastEpoch })],
    ['CosineAnnealingLR', (optimizer, lastEpoch) => new nn.CosineAnnealingLR(optimizer, 9, { lastEpoch })],
    ['OneCycleLR', (optimizer, lastEpoch) => new nn.OneCycleLR(optimizer, 1, { totalSteps: 9, lastEpoch })],
  ])('%s takes the next step when it is made', (_name, create) => {
    const first = sgd();
    const schedule = create(first, -1);
    for (let number = 0; number < 4; number++) schedule.step();
    const second = sgd();
    second.loadStateDict(first.stateDict());
    schedule.step();
    const continued = create(second, 4);
    expect(continued.getLastLr()[0]).toBeCloseTo(schedule.getLastLr()[0]!, 14);
    expect(continued.stateDict()['last_epoch']!.item()).toBe(5);
  });

  test('needs to know the learning rate before', () => {
    expect(() => new nn.StepLR(sgd(), 2, { lastEpoch: 4 })).toThrow(
      'StepLR: lastEpoch is 4, but the learning rate of group 0 before any schedule is not known',
    );
  });
});

test('warm-up may start from 0, and a constant from nothing', () => {
  const optimizer = sgd(1);
  const schedule = new nn.LinearLR(optimizer, { startFactor: 0, totalIters: 4 });
  const rates = Array.from({ length: 6 }, () => {
    const rate = optimizer.learningRate;
    schedule.step();
    return rate;
  });
  for (const [k, rate] of rates.entries()) expect(rate).toBeCloseTo(Math.min(1, k / 4), 14);
  const other = sgd(0.5);
  const constant = new nn.ConstantLR(other, { factor: 0, totalIters: 1 });
  expect(other.learningRate).toBe(0);
  constant.step();
  expect(other.learningRate).toBe(0.5);
});

test('state dicts that do not fit are refused, and nothing changes', () => {
  const schedule = new nn.CosineAnnealingWarmRestarts(sgd(), 3);
  schedule.step();
  const before = schedule.stateDict();
  expect(Object.keys(before)).toEqual(['last_epoch', 'base_lrs', 'T_cur', 'T_i', 'last_lr']);
  const { T_cur: _, ...rest } = before;
  expect(() => {
    schedule.loadStateDict({ ...rest, T_i: zeros([2]), best: zeros([]) });
  }).toThrow(
    'CosineAnnealingWarmRestarts.loadStateDict: the state does not fit, and nothing was loaded\n  missing: T_cur\n  unexpected: best\n  T_i has shape [2], expected []',
  );
  expect(schedule.stateDict()).toEqual(before);
  const chain = new nn.ChainedScheduler([schedule, new nn.StepLR(schedule.optimizer, 2)]);
  expect(Object.keys(chain.stateDict())).toContain('schedulers.1.last_epoch');
});

test.each<[string, (optimizer: nn.Optimizer) => unknown, string]>([
  [
    'no optimizer',
    () => new nn.StepLR(null as any, 2),
    'StepLR: the first argument is an optimizer, not null',
  ],
  ['a stair of 0 steps', (o) => new nn.StepLR(o, 0), 'StepLR: stepSize is a whole number ≥ 1, not 0'],
  ['an unknown option', (o) => new nn.StepLR(o, 1, { gama: 1 } as any), "StepLR: has no option 'gama'"],
  [
    'milestones that are none',
    (o) => new nn.MultiStepLR(o, 3 as any),
    'MultiStepLR: milestones are an array',
  ],
  [
    'a factor above 1',
    (o) => new nn.LinearLR(o, { startFactor: 2 }),
    'LinearLR: startFactor is a finite number ≥ 0 and ≤ 1',
  ],
  [
    'a cycle without length',
    (o) => new nn.OneCycleLR(o, 1, {}),
    'OneCycleLR: needs totalSteps, or epochs and stepsPerEpoch',
  ],
  [
    'a cycle of epochs only',
    (o) => new nn.OneCycleLR(o, 1, { epochs: 2 }),
    'OneCycleLR: stepsPerEpoch is a whole number ≥ 1',
  ],
  [
    'a rise of one step',
    (o) => new nn.OneCycleLR(o, 1, { totalSteps: 4, pctStart: 0.25 }),
    'OneCycleLR: pctStart 0.25 of 4 steps is one step, too short to rise in',
  ],
  [
    'rates for other groups',
    (o) => new nn.OneCycleLR(o, [1, 2], { totalSteps: 4 }),
    "OneCycleLR: maxLr is a finite number, or one for each of the optimizer's 1 groups",
  ],
  [
    'momentum where there is none',
    () => new nn.OneCycleLR(new nn.Adagrad([new nn.Parameter(ones([1]))]), 1, { totalSteps: 4 }),
    'OneCycleLR: Adagrad has no momentum to cycle; use { cycleMomentum: false }',
  ],
  [
    'a factor of 1',
    (o) => new nn.ReduceLROnPlateau(o, { factor: 1 }),
    'ReduceLROnPlateau: factor is less than 1',
  ],
  [
    'a metric of several numbers',
    (o) => {
      new nn.ReduceLROnPlateau(o).step(ones([2]));
    },
    'ReduceLROnPlateau: the metric has one element, not shape [2]',
  ],
  [
    'a function too many',
    (o) => new nn.LambdaLR(o, [() => 1, () => 1]),
    'LambdaLR: needs a function of the step, or one for each',
  ],
  [
    'a function that gives nothing',
    (o) => new nn.LambdaLR(o, (() => null) as any),
    'LambdaLR: the function gives a number, not null',
  ],
  [
    'too many milestones',
    (o) => new nn.SequentialLR(o, [new nn.ExponentialLR(o, 0.9)], [2]),
    'SequentialLR: 1 schedules need 0 milestones',
  ],
  [
    'schedules of different optimizers',
    (o) => new nn.SequentialLR(o, [new nn.ExponentialLR(sgd(), 0.9)], []),
    'SequentialLR: schedule 0 is for another optimizer',
  ],
  [
    'a plateau in a chain',
    (o) => new nn.ChainedScheduler([new nn.ReduceLROnPlateau(o) as any]),
    'ChainedScheduler: schedule 0 is one that steps by itself, such as StepLR, not an object of class ReduceLROnPlateau',
  ],
  [
    'a negative epoch',
    (o) => {
      new nn.CosineAnnealingWarmRestarts(o, 2).step(-1);
    },
    'CosineAnnealingWarmRestarts: epoch is a finite number ≥ 0, not -1',
  ],
])('%s is refused', (_name, call, message) => {
  expect(() => call(sgd())).toThrow(message);
});

test('a step after the last of a cycle is refused, and nothing changes', () => {
  const optimizer = sgd();
  const schedule = new nn.OneCycleLR(optimizer, 1, { totalSteps: 3 });
  for (let number = 0; number < 3; number++) schedule.step();
  const before = [optimizer.learningRate, ...schedule.getLastLr()];
  expect(() => {
    schedule.step();
  }).toThrow('OneCycleLR: this would be step 4, but there are 3');
  expect([optimizer.learningRate, ...schedule.getLastLr()]).toEqual(before);
});
