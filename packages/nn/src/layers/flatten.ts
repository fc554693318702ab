/**
 * @file From several axes to one.
 */
import { flatten, type Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/** For {@link Flatten}. Negative axes count from the end. */
export interface FlattenOptions {
  /** The first axis to join; by default 1, which keeps the batch. */
  start?: number;
  /** The last axis to join; by default the last. */
  end?: number;
}

/**
 * Joins the axes from `start` to `end` into one: PyTorch's `nn.Flatten`.
 * @example new Flatten().forward(zeros([8, 16, 7, 7])).shape; // [8, 784]
 */
export class Flatten extends Module {
  readonly start: number;
  readonly end: number;

  /** @throws if an axis is not a whole number or an option unknown */
  constructor(options: FlattenOptions = {}) {
    super();
    const { start = 1, end = -1 } = optionsOf(options, 'Flatten', ['start', 'end']);
    check(
      Number.isInteger(start) && Number.isInteger(end),
      'Flatten',
      () => `start and end are whole numbers, not ${describe(start)} and ${describe(end)}`,
    );
    this.start = start;
    this.end = end;
  }

  /**
   * @param x any shape that has these axes
   * @throws if it has not
   */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Flatten');
    return inTheNameOf('Flatten', 'flatten', () => flatten(x, this.start, this.end));
  }

  protected override details(): string {
    return `start=${this.start}, end=${this.end}`;
  }
}
