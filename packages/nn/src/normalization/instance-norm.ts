/**
 * @file Instance normalization (Ulyanov, Vedaldi & Lempitsky 2016, arXiv 1607.08022), shared by the layers for one to three
 * dimensions.
 */
import { assignAll, type DType, ones, type Shape, type Tensor, Variable, zeros } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import {
  checkInput,
  checkNumber,
  checkParameterDType,
  checkTensor,
  checkWhole,
  optionsOf,
} from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { batchNorm } from '../functional/batch-norm.ts';
import { normalizeInstances } from '../functional/instance-norm.ts';
import { type BatchStatistics, track } from '../functional/running-statistics.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link InstanceNorm1d}, {@link InstanceNorm2d} and {@link InstanceNorm3d}. */
export interface InstanceNormOptions {
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
  /** The weight of a new batch in the running statistics; by default 0.1. */
  momentum?: number;
  /** Whether γ and β are learned, one per channel; by default false. */
  affine?: boolean;
  /** Whether to keep running statistics, which then serve in evaluation; by default false. */
  trackRunningStats?: boolean;
  /** The dtype of parameters, statistics and input: f32 (the default) or f64. */
  dtype?: DType;
}

/**
 * Normalizes each channel of each example over its places.
 * @example new InstanceNorm2d(3) instanceof InstanceNorm; // true
 */
export abstract class InstanceNorm extends Module {
  /** γ [numFeatures], ones at first; null when not learned */
  readonly weight: Parameter | null;
  /** β [numFeatures], zeros at first; null when not learned */
  readonly bias: Parameter | null;
  /** [numFeatures], zeros at first; null without running statistics */
  readonly runningMean: Variable | null;
  /** [numFeatures], ones at first, the unbiased estimate; null without running statistics */
  readonly runningVar: Variable | null;
  /** i32: PyTorch's state dict has it, but neither there nor here does it count, it stays 0; null without running statistics */
  readonly numBatchesTracked: Variable | null;
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly #dtype: DType;

  /** The number of axes with the batch, and how messages print the shapes. */
  protected abstract readonly layout: { readonly rank: number; readonly text: string };

  /**
   * @throws if numFeatures is not a whole number ≥ 1, eps is negative, momentum is outside [0, 1], the dtype is no
   *   float, or an option is unknown
   */
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super();
    const { name } = this.constructor;
    const known = ['eps', 'momentum', 'affine', 'trackRunningStats', 'dtype'] as const;
    const {
      eps = 1e-5,
      momentum = 0.1,
      affine = false,
      trackRunningStats = false,
      dtype = 'f32',
    } = optionsOf(options, name, known);
    checkWhole(numFeatures, name, 'numFeatures');
    checkNumber(eps, name, 'eps', { low: 0 });
    checkNumber(momentum, name, 'momentum', { low: 0, high: 1 });
    checkFlag(affine, name, 'affine');
    checkFlag(trackRunningStats, name, 'trackRunningStats');
    checkParameterDType(dtype, name);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.#dtype = dtype;
    const perChannel: Shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(perChannel, { dtype })) : null;
    this.bias = affine ? new Parameter(zeros(perChannel, { dtype })) : null;
    this.runningMean = trackRunningStats ? new Variable(zeros(perChannel, { dtype })) : null;
    this.runningVar = trackRunningStats ? new Variable(ones(perChannel, { dtype })) : null;
    this.numBatchesTracked = trackRunningStats ? new Variable(zeros([], { dtype: 'i32' })) : null;
  }

  /**
   * @param x with or without a batch: [N, C, …] or [C, …], of the layer's dtype
   * @returns x's shape
   * @throws if axes, channels or dtype do not fit, or there is one place only and no running statistics to use
   */
  forward(x: Tensor): Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const { rank, text } = this.layout;
    check(
      x.rank === rank || x.rank === rank - 1,
      name,
      () => `expected ${rank - 1} or ${rank} axes ${text}, got ${formatShape(x.shape)}`,
    );
    const batch = x.rank === rank ? x : x.unsqueeze(0);
    check(
      batch.shape[1] === this.numFeatures,
      name,
      () =>
        `expected ${this.numFeatures} channels (axis ${x.rank - rank + 1}), got ${batch.shape[1]} in ${formatShape(x.shape)}`,
    );
    checkInput(x, name, this.#dtype);
    const result = this.#normalize(batch);
    return x.rank === rank ? result : result.squeeze(0);
  }

  #normalize(x: Tensor): Tensor {
    const { name } = this.constructor;
    const { weight, bias, eps, runningMean, runningVar } = this;
    if (!this.training && runningMean !== null)
      return inTheNameOf(name, 'batchNorm', () =>
        batchNorm(x, { runningMean, runningVar, weight, bias, eps }),
      ).output;
    const { output, statistics } = inTheNameOf(name, 'instanceNorm', () =>
      normalizeInstances(x, { weight, bias, eps }),
    );
    if (this.training && statistics !== null) this.#track(statistics);
    return output;
  }

  #track(statistics: BatchStatistics): void {
    const { runningMean, runningVar, momentum } = this;
    if (runningMean === null || runningVar === null) return;
    const running = { mean: runningMean, variance: runningVar, batches: null };
    const { mean, variance } = track(running, statistics, momentum);
    assignAll([
      [runningMean, mean],
      [runningVar, variance],
    ]);
  }

  protected override details(): string {
    return [
      this.numFeatures,
      `eps=${this.eps}`,
      `momentum=${this.momentum}`,
      `affine=${this.weight !== null}`,
      `trackRunningStats=${this.runningMean !== null}`,
    ].join(', ');
  }
}
