/**
 * @file Batch normalization (Ioffe & Szegedy 2015, arXiv 1502.03167), shared by the layers for one to three dimensions: the
 * state, and when it is used and moved. What is computed from it is functional/batch-norm.ts.
 */
import { assignAll, type DType, ones, type Shape, type Tensor, Variable, zeros } from '@windfall/core';
import { check, checkFlag, describe, formatShape } from '@windfall/core/extension';
import {
  checkInput,
  checkNumber,
  checkParameterDType,
  checkTensor,
  checkWhole,
  optionsOf,
} from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { batchNorm, type BatchNormResult } from '../functional/batch-norm.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';
import type { StateDict } from '../module/state-dict.ts';
import { BatchRenorm, type BatchRenormOptions } from './batch-renorm.ts';

/** For {@link BatchNorm1d}, {@link BatchNorm2d} and {@link BatchNorm3d}. */
export interface BatchNormOptions {
  /** ε, added to the variance; by default 1e-5. With 0 a constant channel normalizes to 0. */
  eps?: number;
  /**
   * The weight of a new batch in the running statistics, by default 0.1 (Keras and Flax call 0.9 what is 0.1 here);
   * `null` for the plain average over all batches.
   */
  momentum?: number | null;
  /** Whether γ and β are learned; by default true. */
  affine?: boolean;
  /** Whether γ is learned; by default as `affine`. */
  scale?: boolean;
  /** Whether β is learned; by default as `affine`. */
  shift?: boolean;
  /** Whether to keep running statistics for evaluation; by default true. Without, the batch's own serve there too. */
  trackRunningStats?: boolean;
  /** The axis of the channels, by default 1; −1 is the last. */
  axis?: number;
  /**
   * Ghost batches (Hoffer et al. 2017): in training each that many examples are normalized as a batch of their own, so that
   * a large batch regularizes as a small one does; by default null: all together. The last ones may be fewer.
   */
  ghostBatchSize?: number | null;
  /** Batch renormalization (Ioffe 2017): in training each batch is corrected towards the running statistics; by default null: not. */
  renorm?: BatchRenormOptions | null;
  /** The dtype of parameters and statistics: f32 (the default) or f64. */
  dtype?: DType;
}

/** For one call of a batch normalization. */
export interface BatchNormForwardOptions {
  /** Whether this call is one of training; by default what `train()` and `eval()` have set. A frozen layer stays frozen. */
  training?: boolean;
  /**
   * bool, of x's shape without the channel axis (or with extent 1 there); it broadcasts. Where it is false there is only padding,
   * which may be anything, counts for nothing, gives 0 and gets gradient 0.
   */
  mask?: Tensor | null;
}

const optionNames = [
  'eps',
  'momentum',
  'affine',
  'scale',
  'shift',
  'trackRunningStats',
  'axis',
  'ghostBatchSize',
  'renorm',
  'dtype',
] as const;

/**
 * Normalizes each channel over the batch and all further axes.
 * @example model.children().filter((module) => module instanceof BatchNorm).length; // 1
 */
export abstract class BatchNorm extends Module {
  /** γ [numFeatures], ones at first; null when not learned */
  readonly weight: Parameter | null;
  /** β [numFeatures], zeros at first; null when not learned */
  readonly bias: Parameter | null;
  /** [numFeatures], zeros at first; null without running statistics */
  readonly runningMean: Variable | null;
  /** [numFeatures], ones at first, the unbiased estimate; null without running statistics */
  readonly runningVar: Variable | null;
  /** i32, how many batches were tracked; null without running statistics */
  readonly numBatchesTracked: Variable | null;
  readonly numFeatures: number;
  readonly eps: number;
  /** The axis of the channels. */
  readonly axis: number;
  /** How many examples are normalized together in training; null for all. */
  readonly ghostBatchSize: number | null;
  /** The limits of batch renormalization, which may be changed between batches; null without. */
  readonly renorm: BatchRenorm | null;
  /** Set to false, training leaves the running statistics alone; evaluation still uses them. */
  trackRunningStats: boolean;
  readonly #dtype: DType;
  #momentum: number | null = 0.1;
  #frozen = false;

  /** The shapes the layer takes: their number of axes, and how messages print them. */
  protected abstract readonly layout: { readonly ranks: readonly number[]; readonly text: string };

  /**
   * @throws if numFeatures is not a whole number ≥ 1, eps is negative, momentum is outside [0, 1], the dtype is no
   *   float, renorm comes without running statistics, or an option is out of range or unknown
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super();
    const { name } = this.constructor;
    const {
      eps = 1e-5,
      momentum = 0.1,
      affine = true,
      scale = affine,
      shift = affine,
      trackRunningStats = true,
      axis = 1,
      ghostBatchSize = null,
      renorm = null,
      dtype = 'f32',
    } = optionsOf(options, name, optionNames);
    checkWhole(numFeatures, name, 'numFeatures');
    checkNumber(eps, name, 'eps', { low: 0 });
    checkFlag(affine, name, 'affine');
    checkFlag(scale, name, 'scale');
    checkFlag(shift, name, 'shift');
    checkFlag(trackRunningStats, name, 'trackRunningStats');
    check(Number.isInteger(axis), name, () => `axis is a whole number, not ${describe(axis)}`);
    if (ghostBatchSize !== null) checkWhole(ghostBatchSize, name, 'ghostBatchSize');
    check(
      renorm === null || trackRunningStats,
      name,
      () => 'renorm corrects towards the running statistics, which trackRunningStats: false leaves out',
    );
    checkParameterDType(dtype, name);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.axis = axis;
    this.ghostBatchSize = ghostBatchSize;
    this.renorm = renorm === null ? null : new BatchRenorm(renorm, name, dtype);
    this.trackRunningStats = trackRunningStats;
    this.#dtype = dtype;
    const perChannel: Shape = [numFeatures];
    this.weight = scale ? new Parameter(ones(perChannel, { dtype })) : null;
    this.bias = shift ? new Parameter(zeros(perChannel, { dtype })) : null;
    this.runningMean = trackRunningStats ? new Variable(zeros(perChannel, { dtype })) : null;
    this.runningVar = trackRunningStats ? new Variable(ones(perChannel, { dtype })) : null;
    this.numBatchesTracked = trackRunningStats ? new Variable(zeros([], { dtype: 'i32' })) : null;
  }

  /** As in {@link BatchNormOptions}; it may be changed between batches, but a compiled function keeps the one it was traced with. */
  get momentum(): number | null {
    return this.#momentum;
  }

  set momentum(value: number | null) {
    if (value !== null) checkNumber(value, this.constructor.name, 'momentum', { low: 0, high: 1 });
    this.#momentum = value;
  }

  /** Whether the layer works as in evaluation even in training. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /**
   * Has the layer use its running statistics, and leave them as they are, whatever `train()` says from now on; γ and β are
   * learned still, unless `requireGradients(false)` holds them, too.
   * @throws if it has no running statistics
   * @example model.apply((module) => { if (module instanceof BatchNorm) module.freeze(); });
   */
  freeze(): this {
    check(
      this.runningMean !== null,
      this.constructor.name,
      () => 'without running statistics there is nothing that a frozen layer could use',
    );
    this.#frozen = true;
    return this;
  }

  /** Undoes `freeze()`. */
  unfreeze(): this {
    this.#frozen = false;
    return this;
  }

  /** Takes the running statistics back to mean 0, variance 1 and no batches; without any it does nothing. */
  resetRunningStats(): void {
    const { runningMean, runningVar, numBatchesTracked } = this;
    if (runningMean === null || runningVar === null || numBatchesTracked === null) return;
    const { shape, dtype } = runningMean;
    assignAll([
      [runningMean, zeros(shape, { dtype })],
      [runningVar, ones(shape, { dtype })],
      [numBatchesTracked, zeros([], { dtype: 'i32' })],
    ]);
  }

  /**
   * Algorithm 1 of the paper in training, and in evaluation the same map with the running statistics. In training these
   * move (also inside `noGrad`): running ← (1 − momentum)·running + momentum·batch, the variance by its unbiased estimate.
   * A batch without elements gives a result without elements and moves nothing. Constant channels give β exactly; NaN
   * or ±∞ spoils its own channel and that channel's running statistics; a large mean costs no accuracy.
   *
   * @param x [N, C, …], or with the channels at `axis`; of the layer's dtype
   * @returns x's shape
   * @throws if axes, channels or dtype do not fit, or the batch's statistics are needed and there is one value per
   *   channel; then nothing has changed
   */
  forward(x: Tensor, options: BatchNormForwardOptions = {}): Tensor {
    const { name } = this.constructor;
    const { training = this.training, mask = null } = optionsOf(options, name, ['training', 'mask']);
    checkFlag(training, name, 'training');
    const isTraining = training && !this.#frozen;
    const usesBatch = isTraining || this.runningMean === null;
    this.#check(x, usesBatch);
    const result = inTheNameOf(name, 'batchNorm', () =>
      batchNorm(x, {
        runningMean: this.runningMean,
        runningVar: this.runningVar,
        numBatchesTracked: this.numBatchesTracked,
        weight: this.weight,
        bias: this.bias,
        training: usesBatch,
        momentum: this.momentum,
        eps: this.eps,
        axis: this.axis,
        mask,
        ghostBatchSize: this.ghostBatchSize,
        renorm: this.renorm?.limits ?? null,
      }),
    );
    if (isTraining && this.trackRunningStats && x.size > 0) this.#track(result);
    return result.output;
  }

  #check(x: unknown, usesBatch: boolean): asserts x is Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const { ranks, text } = this.layout;
    check(
      ranks.includes(x.rank),
      name,
      () => `expected ${ranks.join(' or ')} axes ${text}, got ${formatShape(x.shape)}`,
    );
    const channels = x.shape.at(this.axis);
    check(
      channels === this.numFeatures && this.axis < x.rank,
      name,
      () =>
        `expected ${this.numFeatures} channels (axis ${this.axis}), got ${channels ?? 'none'} in ${formatShape(x.shape)}`,
    );
    checkInput(x, name, this.#dtype);
    check(
      x.size !== this.numFeatures || !usesBatch,
      name,
      () =>
        `the statistics of a batch need more than one value per channel, got ${formatShape(x.shape)}: use larger batches, or eval() with running statistics`,
    );
  }

  /** Assigned values are constants: no gradient flows and no history stays. */
  #track(result: BatchNormResult): void {
    const { runningMean, runningVar, numBatchesTracked } = this;
    if (runningMean === null || runningVar === null || numBatchesTracked === null) return;
    assignAll([
      [runningMean, result.runningMean!],
      [runningVar, result.runningVar!],
      [numBatchesTracked, result.numBatchesTracked!],
    ]);
  }

  /** Before PyTorch 0.4.1 nobody counted; other libraries never did. */
  protected override supplement(state: Readonly<StateDict>): StateDict {
    const lacksCount =
      this.numBatchesTracked !== null && 'running_mean' in state && !('num_batches_tracked' in state);
    return lacksCount ? { num_batches_tracked: zeros([], { dtype: 'i32' }) } : {};
  }

  protected override details(): string {
    const [scale, shift] = [this.weight !== null, this.bias !== null];
    return [
      this.numFeatures,
      `eps=${this.eps}`,
      `momentum=${this.momentum}`,
      ...(scale === shift ? [`affine=${scale}`] : [`scale=${scale}`, `shift=${shift}`]),
      `trackRunningStats=${this.trackRunningStats}`,
      ...(this.axis === 1 ? [] : [`axis=${this.axis}`]),
      ...(this.ghostBatchSize === null ? [] : [`ghostBatchSize=${this.ghostBatchSize}`]),
      ...(this.renorm === null ? [] : [`renorm={rMax: ${this.renorm.rMax}, dMax: ${this.renorm.dMax}}`]),
    ].join(', ');
  }
}
