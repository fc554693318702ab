/**
 * @file The schedule of one rise and one long fall (Smith & Topin 2019, arXiv 1708.07120), with the momentum going the other
 * way.
 */
import { cos, lessEqual, minimum, type Tensor, tensor, where } from '@windfall/core';
import { check, checkFlag, describe, fail } from '@windfall/core/extension';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { LRScheduler, momentAt, scheduleOptions, type ScheduleOptions } from './lr-scheduler.ts';
import { checkOptimizer, count, double, type Moment, numberIfKnown, perGroup } from './schedule.ts';

/** For {@link OneCycleLR}. */
export interface OneCycleLROptions extends ScheduleOptions {
  /** How many steps there are; or else give `epochs` and `stepsPerEpoch`. */
  totalSteps?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  /** The part of the steps in which the learning rate rises, in [0, 1]; by default 0.3. */
  pctStart?: number;
  /** Whether it changes along a cosine (the default) or a line. */
  annealStrategy?: 'cos' | 'linear';
  /** Whether the momentum, or the first of Adam's betas, falls while the learning rate rises; by default true. */
  cycleMomentum?: boolean;
  /** The lowest momentum, one for all groups or one for each; by default 0.85. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum, one for all groups or one for each; by default 0.95. */
  maxMomentum?: number | readonly number[];
  /** The learning rate at first is the highest divided by this; by default 25. */
  divFactor?: number;
  /** The learning rate at last is that at first divided by this; by default 1e4. */
  finalDivFactor?: number;
  /** Whether to fall as fast as to rise, and then on to the end, in a phase of its own; by default false. */
  threePhase?: boolean;
}

/** The numbers of each group between which a phase goes. */
interface Span {
  readonly from: Tensor;
  readonly to: Tensor;
}

/** A phase of the cycle, up to and with step `end`. */
interface Phase {
  readonly end: number;
  readonly rate: (ends: Ends) => Span;
  readonly momentum: (ends: Ends) => Span;
}

interface Ends {
  readonly initial: Tensor;
  readonly highest: Tensor;
  readonly lowest: Tensor;
  readonly baseMomentum: Tensor;
  readonly maxMomentum: Tensor;
}

const known = [
  'totalSteps',
  'epochs',
  'stepsPerEpoch',
  'pctStart',
  'annealStrategy',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'divFactor',
  'finalDivFactor',
  'threePhase',
] as const;

function totalStepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps !== undefined) {
    checkWhole(totalSteps, 'OneCycleLR', 'totalSteps');
    return totalSteps;
  }
  check(
    epochs !== undefined || stepsPerEpoch !== undefined,
    'OneCycleLR',
    () => 'needs totalSteps, or epochs and stepsPerEpoch',
  );
  checkWhole(epochs, 'OneCycleLR', 'epochs');
  checkWhole(stepsPerEpoch, 'OneCycleLR', 'stepsPerEpoch');
  return epochs! * stepsPerEpoch!;
}

function phasesOf(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const rising: Phase = {
    end: pctStart * totalSteps - 1,
    rate: ({ initial, highest }) => ({ from: initial, to: highest }),
    momentum: ({ baseMomentum, maxMomentum }) => ({ from: maxMomentum, to: baseMomentum }),
  };
  const last = totalSteps - 1;
  if (!threePhase)
    return [
      rising,
      {
        end: last,
        rate: ({ highest, lowest }) => ({ from: highest, to: lowest }),
        momentum: ({ baseMomentum, maxMomentum }) => ({ from: baseMomentum, to: maxMomentum }),
      },
    ];
  return [
    rising,
    {
      end: 2 * pctStart * totalSteps - 2,
      rate: ({ initial, highest }) => ({ from: highest, to: initial }),
      momentum: ({ baseMomentum, maxMomentum }) => ({ from: baseMomentum, to: maxMomentum }),
    },
    {
      end: last,
      rate: ({ initial, lowest }) => ({ from: initial, to: lowest }),
      momentum: ({ maxMomentum }) => ({ from: maxMomentum, to: maxMomentum }),
    },
  ];
}

/**
 * From maxLr/divFactor up to maxLr and down to maxLr/(divFactor·finalDivFactor), in `totalSteps` steps of one batch each:
 * PyTorch's `lr_scheduler.OneCycleLR`.
 *
 * Inside a compiled function a step after the last is not noticed, and changes nothing.
 *
 * @example
 * const schedule = new OneCycleLR(optimizer, 0.5, { totalSteps: 10, cycleMomentum: false });
 * for (let step = 0; step < 3; step++) schedule.step();
 * schedule.getLastLr(); // [0.4752…]
 */
export class OneCycleLR extends LRScheduler {
  readonly #totalSteps: number;
  readonly #phases: readonly Phase[];
  readonly #isLinear: boolean;
  readonly #cyclesMomentum: boolean;
  readonly #ends: Omit<Ends, 'initial'>;

  /**
   * @param maxLr the highest learning rate, one for all groups or one for each
   * @throws if an argument is out of range or an option unknown, or the momentum of an optimizer without momentum is to be
   *   cycled
   */
  constructor(optimizer: Optimizer, maxLr: number | readonly number[], options: OneCycleLROptions) {
    const operation = 'OneCycleLR';
    checkOptimizer(optimizer, operation);
    const {
      pctStart = 0.3,
      annealStrategy = 'cos',
      cycleMomentum = true,
      baseMomentum = 0.85,
      maxMomentum = 0.95,
      divFactor = 25,
      finalDivFactor = 1e4,
      threePhase = false,
      lastEpoch = -1,
    } = scheduleOptions(options, operation, known);
    const totalSteps = totalStepsOf(options);
    checkNumber(pctStart, operation, 'pctStart', { low: 0, high: 1 });
    check(
      ['cos', 'linear'].includes(annealStrategy),
      operation,
      () => `annealStrategy is 'cos' or 'linear', not ${describe(annealStrategy)}`,
    );
    checkFlag(cycleMomentum, operation, 'cycleMomentum');
    checkFlag(threePhase, operation, 'threePhase');
    for (const [name, value] of Object.entries({ divFactor, finalDivFactor })) {
      checkNumber(value, operation, name);
      check(value !== 0, operation, () => `${name} is not 0`);
    }
    const highest = perGroup(maxLr, optimizer, operation, 'maxLr');
    const phases = phasesOf(totalSteps, pctStart, threePhase);
    check(
      phases[0]!.end !== 0,
      operation,
      () => `pctStart ${pctStart} of ${totalSteps} steps is one step, too short to rise in`,
    );
    const [base, max] = [
      perGroup(baseMomentum, optimizer, operation, 'baseMomentum'),
      perGroup(maxMomentum, optimizer, operation, 'maxMomentum'),
    ];
    const initial = highest.map((rate) => rate / divFactor);
    if (cycleMomentum) cycle(optimizer, lastEpoch === -1 ? max : null);
    if (lastEpoch === -1)
      for (const [k, group] of optimizer.scheduledGroups.entries()) group.initialLearningRate = initial[k]!;
    super(optimizer, options);
    this.#totalSteps = totalSteps;
    this.#phases = phases;
    this.#isLinear = annealStrategy === 'linear';
    this.#cyclesMomentum = cycleMomentum;
    this.#ends = {
      highest: tensor(highest, double),
      lowest: tensor(
        initial.map((rate) => rate / finalDivFactor),
        double,
      ),
      baseMomentum: tensor(base, double),
      maxMomentum: tensor(max, double),
    };
    this.start();
  }

  override next(moment: Moment): Moment {
    const epoch = moment.state.values['last_epoch']!.add(1);
    const number = numberIfKnown(epoch);
    if (number !== null && number > this.#totalSteps)
      fail('OneCycleLR', `this would be step ${number}, but there are ${this.#totalSteps}`);
    return this.#at(moment, epoch);
  }

  override restart(moment: Moment): Moment {
    return this.#at(moment, count(0));
  }

  #at(moment: Moment, epoch: Tensor): Moment {
    const step = minimum(epoch.cast('f64'), this.#totalSteps);
    const ends = { ...this.#ends, initial: moment.state.values['base_lrs']! };
    const rates = this.#between((phase) => phase.rate(ends), step);
    const next = momentAt(moment, { last_epoch: epoch }, rates);
    if (!this.#cyclesMomentum) return next;
    return { ...next, momenta: this.#between((phase) => phase.momentum(ends), step) };
  }

  /** The numbers at a step, each phase going from those of one end to those of the other. */
  #between(spanOf: (phase: Phase) => Span, step: Tensor): Tensor {
    const values = this.#phases.map((phase, k) => {
      const start = k === 0 ? 0 : this.#phases[k - 1]!.end;
      const { from, to } = spanOf(phase);
      const passed = step.sub(start).div(phase.end - start);
      if (this.#isLinear) return to.sub(from).mul(passed).add(from);
      return from
        .sub(to)
        .div(2)
        .mul(cos(passed.mul(Math.PI)).add(1))
        .add(to);
    });
    return this.#phases
      .slice(0, -1)
      .reduceRight((later, { end }, k) => where(lessEqual(step, end), values[k]!, later), values.at(-1)!);
  }
}

/** Checks that the momentum of an optimizer can be cycled, and sets it for every group, unless told to leave it. */
function cycle(optimizer: Optimizer, momenta: readonly number[] | null): void {
  for (const [k, group] of optimizer.scheduledGroups.entries()) {
    const { betas, momentum } = optimizer.groups[k] as { betas?: [number, number]; momentum?: number };
    check(
      betas !== undefined || momentum !== undefined,
      'OneCycleLR',
      () => `${optimizer.constructor.name} has no momentum to cycle; use { cycleMomentum: false }`,
    );
    if (momenta === null) continue;
    group.set(betas === undefined ? { momentum: momenta[k]! } : { betas: [momenta[k]!, betas[1]] });
  }
}
