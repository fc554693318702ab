/**
 * @file Methods of modules, containers, optimizers and schedules of nn, and how each is rightly called.
 */
import { normal, ones, tensor, type Tensor } from '@windfall/core';
import type { Entry } from '../../../core/test/mutation/examine.ts';
import * as nn from '../../src/index.ts';

const x = (): Tensor =>
  tensor([
    [0.5, -1, 2],
    [1, 3, -0.25],
  ]);
const model = (): nn.Sequential => new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
const optimizer = (): nn.SGD => new nn.SGD(model().parameters(), { learningRate: 0.1, momentum: 0.9 });

/** A method, of an object that is made anew for each call. The call gives the object, to see whether it is still sound. */
function method(
  name: string,
  make: () => object,
  args: Entry['args'] = () => [],
  more: Partial<Entry> = {},
): Record<string, Entry> {
  const key = name.split('.')[1]!;
  const call = (...values: unknown[]): unknown => {
    const owner = make();
    return (owner as Record<string, (...all: unknown[]) => unknown>)[key]!(...values);
  };
  // Errors are in the name of the object's own class.
  return {
    [name]: {
      args,
      call,
      ...more,
      names: [make().constructor.name, `${make().constructor.name}.${key}`, ...(more.names ?? [])],
    },
  };
}

/** A setter, by what it is given. */
function setter(name: string, make: () => object, value: unknown): Record<string, Entry> {
  const key = name.split('.')[1]!.slice(0, -1);
  return {
    [name]: {
      args: () => [value],
      call: (given: unknown) => {
        const owner = make();
        (owner as Record<string, unknown>)[key] = given;
        return (owner as Record<string, unknown>)[key];
      },
      names: [make().constructor.name],
    },
  };
}

/** A hook, registered and called in a forward and a backward pass. */
function hook(name: string, action: () => unknown): Record<string, Entry> {
  // All four are called alike.
  const key = name.split('.')[1]! as 'registerForwardHook';
  const call = (given: never): Tensor => {
    const owner = model();
    const remove = owner[key](given);
    const output = owner.forward(x().mul(1));
    output.sum().backward();
    remove();
    return output.detach();
  };
  return { [name]: { args: () => [action], call, names: ['Sequential', 'forward', 'backward'] } };
}

const dictionary = (): nn.ModuleDict =>
  new nn.ModuleDict<Record<string, nn.Module>>({ a: new nn.Linear(3, 2), b: new nn.Tanh() });
const list = (): nn.ModuleList => new nn.ModuleList([new nn.Linear(3, 2), new nn.Tanh()]);
const isContainer = { names: ['Container'] };

const containers: Readonly<Record<string, Entry>> = {
  ModuleDict: {
    args: () => [{ a: new nn.Linear(3, 2) }],
    call: (given: Record<string, nn.Module>) => new nn.ModuleDict(given),
    use: (made: nn.ModuleDict) => made.parameters(),
  },
  ...method('ModuleDict.get', dictionary, () => ['a'], isContainer),
  ...method('ModuleDict.has', dictionary, () => ['a'], isContainer),
  ...method('ModuleDict.set', dictionary, () => ['c', new nn.Tanh()], isContainer),
  ...method('ModuleDict.update', dictionary, () => [{ a: new nn.Tanh() }], isContainer),
  ...method('ModuleDict.delete', dictionary, () => ['a'], isContainer),
  ModuleList: {
    args: () => [[new nn.Linear(3, 2)]],
    call: (given: nn.Module[]) => new nn.ModuleList(given),
    use: (made: nn.ModuleList) => made.parameters(),
  },
  ...method('ModuleList.at', list, () => [0], isContainer),
  ...method('ModuleList.append', list, () => [new nn.Tanh()], isContainer),
  ...method('ModuleList.extend', list, () => [[new nn.Tanh()]], isContainer),
  ...method('ModuleList.insert', list, () => [1, new nn.Tanh()], isContainer),
  Sequential: {
    args: () => [new nn.Linear(3, 2), new nn.Tanh()],
    call: (...given: nn.Module[]) => new nn.Sequential(...given),
    use: (made: nn.Sequential) => made.forward(x()),
  },
  ...method('Sequential.at', model, () => [0], isContainer),
  ...method('Sequential.get', model, () => ['0'], isContainer),
  ...method('Sequential.append', model, () => [new nn.Tanh()], isContainer),
  ...method('Sequential.slice', model, () => [0, 1], isContainer),
  ...method('Sequential.forward', model, () => [x()], { names: ['Linear', 'BatchNorm1d'] }),
};

const modules: Readonly<Record<string, Entry>> = {
  Parameter: {
    args: () => [x(), { requiresGrad: true }],
    call: (...args: [Tensor, object]) => new nn.Parameter(...args),
    names: ['Variable', 'requiresGrad'],
    use: (made: nn.Parameter) => made.mul(2),
  },
  ...method('Module.train', model, () => [true], { names: ['Module'] }),
  ...method('Module.apply', model, () => [(): void => undefined], { names: ['Module'] }),
  ...method('Module.requireGradients', model, () => [true], { names: ['Module'] }),
  ...method('Module.loadStateDict', model, () => [model().stateDict(), { strict: true }], {
    names: ['Module'],
  }),
  ...hook('Module.registerForwardPreHook', () => undefined),
  ...hook('Module.registerForwardHook', () => undefined),
  ...hook('Module.registerFullBackwardPreHook', () => undefined),
  ...hook('Module.registerFullBackwardHook', () => undefined),
  'Embedding.fromPretrained': {
    args: () => [ones([4, 2]), { freeze: true, paddingIndex: 0 }],
    call: (...args: [Tensor, object]) => nn.Embedding.fromPretrained(...args),
    use: (made: nn.Embedding) => made.forward(tensor([0, 3], { dtype: 'i32' })),
  },
  ...setter('BatchNorm.momentum=', () => new nn.BatchNorm1d(2), 0.1),
  BatchRenorm: {
    args: () => [{ rMax: 3, dMax: 5 }],
    call: (given: object) => new nn.BatchRenorm(given),
    use: (made: nn.BatchRenorm) => [made.rMax, made.dMax],
  },
  ...setter('BatchRenorm.rMax=', () => new nn.BatchRenorm(), 2),
  ...setter('BatchRenorm.dMax=', () => new nn.BatchRenorm(), 2),
};

/** An optimizer that has made a step, so that it has state. */
function trained(): nn.SGD {
  const made = optimizer();
  for (const parameter of made.parameters) parameter.grad = ones(parameter.shape);
  made.step();
  return made;
}

const schedule = (): nn.StepLR => new nn.StepLR(optimizer(), 2, { gamma: 0.5 });

function chained(): nn.LRScheduler[] {
  const of = optimizer();
  return [new nn.ConstantLR(of, { factor: 0.5, totalIters: 2 }), new nn.ExponentialLR(of, 0.9)];
}

const training: Readonly<Record<string, Entry>> = {
  ...method('Optimizer.addParameterGroup', optimizer, () => [
    { parameters: [new nn.Parameter(ones([2]))], learningRate: 0.01, momentum: 0.5, nesterov: false },
  ]),
  ...setter('Optimizer.learningRate=', optimizer, 0.01),
  ...method('Optimizer.loadStateDict', trained, () => [trained().stateDict()]),
  ...method('Schedule.loadStateDict', schedule, () => [schedule().stateDict()]),
  ...method(
    'CosineAnnealingWarmRestarts.step',
    () => new nn.CosineAnnealingWarmRestarts(optimizer(), 3),
    () => [1],
  ),
  ReduceLROnPlateau: {
    args: () => [
      optimizer(),
      {
        mode: 'min',
        factor: 0.5,
        patience: 1,
        threshold: 0.01,
        thresholdMode: 'rel',
        cooldown: 1,
        minLr: 0,
        eps: 0,
      },
    ],
    call: (of: nn.Optimizer, options: object) => new nn.ReduceLROnPlateau(of, options),
    use: (made: nn.ReduceLROnPlateau) => {
      made.step(1);
      return made.getLastLr();
    },
  },
  ...method(
    'ReduceLROnPlateau.step',
    () => new nn.ReduceLROnPlateau(optimizer()),
    () => [0.5],
  ),
  SequentialLR: {
    args: () => {
      const schedulers = chained();
      return [schedulers[0]!.optimizer, schedulers, [2]];
    },
    call: (...args: [nn.Optimizer, nn.LRScheduler[], number[]]) => new nn.SequentialLR(...args),
    use: (made: nn.SequentialLR) => {
      made.step();
      return made.getLastLr();
    },
  },
  ChainedScheduler: {
    args: () => [chained()],
    call: (schedulers: nn.LRScheduler[]) => new nn.ChainedScheduler(schedulers),
    use: (made: nn.ChainedScheduler) => {
      made.step();
      return made.getLastLr();
    },
  },
  decayGroups: {
    args: () => [model(), { weightDecay: 0.1, exempt: () => false }],
    call: (of: nn.Module, options: nn.DecayGroupsOptions) => nn.decayGroups(of, options),
    use: (groups: nn.DecayGroup[]) => new nn.SGD(groups, { learningRate: 0.1 }).parameters,
  },
  fuseLayers: {
    args: () => [new nn.Linear(3, 2), new nn.BatchNorm1d(2).eval()],
    call: (layer: nn.Linear, norm: nn.BatchNorm) => nn.fuseLayers(layer, norm),
    use: (layer: nn.Linear) => layer.forward(x()),
  },
  updateBatchNormAsync: {
    args: () => [model(), [x()]],
    call: async (of: nn.Module, batches: Tensor[]) => nn.updateBatchNormAsync(of, batches),
    names: ['Linear', 'BatchNorm1d'],
  },
  gradientStatistics: {
    args: () => [model()],
    call: (of: nn.Module) => nn.gradientStatistics(of),
  },
  observeActivations: {
    args: () => [model(), { select: () => true, bins: 4, range: [0, 1] }],
    call: (of: nn.Module, options: object) => {
      const observer = nn.observeActivations(of, options);
      of.forward(normal([4, 3]));
      return observer.calls;
    },
  },
};

export const methodEntries: Readonly<Record<string, Entry>> = { ...containers, ...modules, ...training };
