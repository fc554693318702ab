/**
 * @file Batch normalization (Ioffe & Szegedy 2015, arXiv 1502.03167), shared by the layers for one and two dimensions.
 * It is a composition: nobody wrote its gradient, which follows at every order from the lines of `forward`.
 */
import {
  assignAll,
  type DType,
  full,
  ones,
  type Shape,
  type Tensor,
  Variable,
  where,
  zeros,
} from '@windfall/core';
import {
  checkFlag,
  checkInput,
  checkNumber,
  checkParameterDType,
  checkTensor,
  checkWhole,
  optionsOf,
} from '../arguments.ts';
import { check, formatShape } from '../errors.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link BatchNorm1d} and {@link BatchNorm2d}. */
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
  /** Whether to keep running statistics for evaluation; by default true. Without, the batch's own serve there too. */
  trackRunningStats?: boolean;
  /** The dtype of parameters and statistics: f32 (the default) or f64. */
  dtype?: DType;
}

/** 1/√(σ² + ε), and 0 for 1/√0, so that a constant channel without ε gives 0 and gets gradient 0, as in PyTorch. */
function inverseDeviation(variance: Tensor, eps: number): Tensor {
  if (eps > 0) return variance.add(eps).rsqrt();
  const isConstant = variance.equal(0);
  return where(isConstant, 0, where(isConstant, 1, variance).rsqrt());
}

/**
 * The first element of each channel, or 0 where that is not finite. [1, C, 1, …]
 *
 * Subtracted before the statistics are taken, it makes all of them small: with mean 10⁴ and standard deviation 10⁻²
 * a mean rounded to f32 is itself wrong by 5 % of a deviation. And a constant channel becomes exactly 0. The result does
 * not depend on a shift, so treating this one as a constant is exact at every order. An element rather than the
 * mean, because it costs no sweep over the data; the price is its distance from the mean in units of rounding, √m
 * deviations at the very most.
 */
function pivotOf(x: Tensor): Tensor {
  const first = x.slice(x.shape.map((_, axis) => (axis === 1 ? null : [0, 1]))).stopGradient();
  return where(first.isFinite(), first, 0);
}

/** Normalizes each channel (axis 1) over the batch and all further axes. */
export abstract class BatchNorm extends Module {
  /** γ [numFeatures], ones at first; null when not affine */
  readonly weight: Parameter | null;
  /** β [numFeatures], zeros at first; null when not affine */
  readonly bias: Parameter | null;
  /** [numFeatures], zeros at first; null without running statistics */
  readonly runningMean: Variable | null;
  /** [numFeatures], ones at first, the unbiased estimate; null without running statistics */
  readonly runningVar: Variable | null;
  /** i32, how many batches were tracked; null without running statistics */
  readonly numBatchesTracked: Variable | null;
  readonly numFeatures: number;
  readonly eps: number;
  /** Set to false, training leaves the running statistics alone; evaluation still uses them. */
  trackRunningStats: boolean;
  readonly #dtype: DType;
  #momentum: number | null = 0.1;

  /** The shapes the layer takes: their number of axes, and how messages print them. */
  protected abstract readonly layout: { readonly ranks: readonly number[]; readonly text: string };

  /**
   * @throws if numFeatures is not a whole number ≥ 1, eps is negative, momentum is outside [0, 1], the dtype is no
   *   float, or an option is unknown
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super();
    const { name } = this.constructor;
    const known = ['eps', 'momentum', 'affine', 'trackRunningStats', 'dtype'] as const;
    const {
      eps = 1e-5,
      momentum = 0.1,
      affine = true,
      trackRunningStats = true,
      dtype = 'f32',
    } = optionsOf(options, name, known);
    checkWhole(numFeatures, name, 'numFeatures');
    checkNumber(eps, name, 'eps', { low: 0 });
    checkFlag(affine, name, 'affine');
    checkFlag(trackRunningStats, name, 'trackRunningStats');
    checkParameterDType(dtype, name);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.trackRunningStats = trackRunningStats;
    this.#dtype = dtype;
    const perChannel: Shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(perChannel, { dtype })) : null;
    this.bias = affine ? new Parameter(zeros(perChannel, { dtype })) : null;
    this.runningMean = trackRunningStats ? new Variable(zeros(perChannel, { dtype })) : null;
    this.runningVar = trackRunningStats ? new Variable(ones(perChannel, { dtype })) : null;
    this.numBatchesTracked = trackRunningStats ? new Variable(zeros([], { dtype: 'i32' })) : null;
  }

  /** As in {@link BatchNormOptions}; it may be changed between batches. */
  get momentum(): number | null {
    return this.#momentum;
  }

  set momentum(value: number | null) {
    if (value !== null) checkNumber(value, this.constructor.name, 'momentum', { low: 0, high: 1 });
    this.#momentum = value;
  }

  /**
   * Algorithm 1 of the paper in training, and in evaluation the same map with the running statistics. In training these
   * move (also inside `noGrad`): running ← (1 − momentum)·running + momentum·batch, the variance by its unbiased estimate.
   * A batch without elements gives a result without elements and moves nothing.
   *
   * @param x [N, C, …], of the layer's dtype
   * @returns x's shape
   * @throws if axes, channels or dtype do not fit, or the batch's statistics are needed and there is one value per
   *   channel; then nothing has changed
   */
  forward(x: Tensor): Tensor {
    this.#check(x);
    if (x.size === 0) return this.#scaleAndShift(x);
    if (!this.#usesBatch()) return this.#normalizeByRunningStatistics(x);

    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const pivot = pivotOf(x);
    const shifted = x.sub(pivot);
    // μ = 1/m · Σ x
    const mean = shifted.mean(axes, { keepDims: true });
    // σ² = 1/m · Σ (x − μ)²
    const variance = shifted.variance(axes, { correction: 0, keepDims: true });
    // x̂ = (x − μ)/√(σ² + ε)
    const normalized = shifted.sub(mean).mul(inverseDeviation(variance, this.eps));
    // y = γ·x̂ + β
    const result = this.#scaleAndShift(normalized);

    if (this.training && this.trackRunningStats) {
      const count = x.size / this.numFeatures;
      this.#track(mean.add(pivot), variance.mul(count / (count - 1)));
    }
    return result;
  }

  #usesBatch(): boolean {
    return this.training || this.runningMean === null;
  }

  #check(x: unknown): asserts x is Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const { ranks, text } = this.layout;
    check(
      ranks.includes(x.rank),
      name,
      () => `expected ${ranks.join(' or ')} axes ${text}, got ${formatShape(x.shape)}`,
    );
    check(
      x.shape[1] === this.numFeatures,
      name,
      () => `expected ${this.numFeatures} channels (axis 1), got ${x.shape[1]} in ${formatShape(x.shape)}`,
    );
    checkInput(x, name, this.#dtype);
    check(
      x.size !== this.numFeatures || !this.#usesBatch(),
      name,
      () =>
        `the statistics of a batch need more than one value per channel, got ${formatShape(x.shape)}: use larger batches, or eval() with running statistics`,
    );
  }

  /** Per-channel values laid out to broadcast over x. */
  #alongChannels(values: Tensor, x: Tensor): Tensor {
    return values.reshape([this.numFeatures, ...x.shape.slice(2).map(() => 1)]);
  }

  #scaleAndShift(x: Tensor): Tensor {
    if (this.weight === null || this.bias === null) return x;
    return x.mul(this.#alongChannels(this.weight, x)).add(this.#alongChannels(this.bias, x));
  }

  #normalizeByRunningStatistics(x: Tensor): Tensor {
    const mean = this.#alongChannels(this.runningMean!, x);
    const variance = this.#alongChannels(this.runningVar!, x);
    return this.#scaleAndShift(x.sub(mean).mul(inverseDeviation(variance, this.eps)));
  }

  /** Moves the running statistics. Assigned values are constants: no gradient flows and no history stays. */
  #track(mean: Tensor, variance: Tensor): void {
    const { runningMean, runningVar, numBatchesTracked } = this;
    if (runningMean === null || runningVar === null || numBatchesTracked === null) return;
    const batches = numBatchesTracked.add(1);
    const added =
      this.momentum === null
        ? batches.cast(this.#dtype).reciprocal()
        : full([], this.momentum, { dtype: this.#dtype });
    const kept = added.neg().add(1);
    const moved = (running: Variable, batch: Tensor): Tensor =>
      running.mul(kept).add(batch.reshape([this.numFeatures]).mul(added));
    assignAll([
      [runningMean, moved(runningMean, mean)],
      [runningVar, moved(runningVar, variance)],
      [numBatchesTracked, batches],
    ]);
  }

  protected override details(): string {
    return [
      this.numFeatures,
      `eps=${this.eps}`,
      `momentum=${this.momentum}`,
      `affine=${this.weight !== null}`,
      `trackRunningStats=${this.trackRunningStats}`,
    ].join(', ');
  }
}
