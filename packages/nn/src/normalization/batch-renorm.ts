/**
 * @file The limits of batch renormalization, which a training schedule widens step by step.
 */
import { type DType, evaluate, tensor, Variable } from '@windfall/core';
import { checkNumber, optionsOf } from '../arguments.ts';

/** For {@link BatchRenorm}. */
export interface BatchRenormOptions {
  /** The largest factor r, ≥ 1, by default 3; 1/rMax is the smallest. */
  rMax?: number;
  /** The largest offset d in either direction, ≥ 0, by default 5. */
  dMax?: number;
}

/**
 * How far batch renormalization (Ioffe 2017, arXiv 1702.03275) may correct a batch towards the running statistics. With
 * rMax 1 and dMax 0 it is batch normalization, with which training should start: the paper raises them to 3 and 5 within
 * 20,000 to 35,000 steps, once the running statistics are of use.
 *
 * @example
 * const norm = new BatchNorm2d(16, { renorm: { rMax: 1, dMax: 0 } });
 *
 * // Also between the steps of a compiled function:
 * norm.renorm!.rMax = 1.5;
 */
export class BatchRenorm {
  // Variables, so that other limits are other inputs of the same graph, not another graph.
  readonly #rMax: Variable;
  readonly #dMax: Variable;
  readonly #layer: string;

  /** @throws if rMax < 1, dMax < 0 or an option is unknown */
  constructor(options: BatchRenormOptions = {}, layer = 'BatchRenorm', dtype: DType = 'f32') {
    const { rMax = 3, dMax = 5 } = optionsOf(options, `${layer}: renorm`, ['rMax', 'dMax']);
    this.#layer = layer;
    this.#rMax = new Variable(tensor(1, { dtype }));
    this.#dMax = new Variable(tensor(0, { dtype }));
    this.rMax = rMax;
    this.dMax = dMax;
  }

  /** As in {@link BatchRenormOptions}. */
  get rMax(): number {
    return this.#rMax.item();
  }

  set rMax(value: number) {
    checkNumber(value, this.#layer, 'rMax', { low: 1 });
    this.#rMax.assign(tensor(value, { dtype: this.#rMax.dtype }));
    evaluate([]);
  }

  /** As in {@link BatchRenormOptions}. */
  get dMax(): number {
    return this.#dMax.item();
  }

  set dMax(value: number) {
    checkNumber(value, this.#layer, 'dMax', { low: 0 });
    this.#dMax.assign(tensor(value, { dtype: this.#dMax.dtype }));
    evaluate([]);
  }

  /** @internal Both as tensors. */
  get limits(): { rMax: Variable; dMax: Variable } {
    return { rMax: this.#rMax, dMax: this.#dMax };
  }
}
