/**
 * @file What is varied: learning rates, initial weights, and whether there is batch normalization.
 */
import { type Deviation, xavier } from '../../digit-network.ts';
import type { TrainingCurve } from '../digit-training.ts';

/** Sizes of the initial weights, by the name they have in figures and tables. */
export const initialWeights = {
  'σ = 0.01': 0.01,
  'σ = 0.1': 0.1,
  Xavier: xavier,
} satisfies Record<string, number | Deviation>;

export type WeightsName = keyof typeof initialWeights;

export const weightsNames = Object.keys(initialWeights) as WeightsName[];

/** From too small to too large. */
export const rates = [0.02, 0.1, 0.5, 1, 3, 10] as const;

/** The paper's ×1, ×5 and ×30: 0.0015, 0.0075 and 0.045 there. Here ×1 is a rate at which the plain network learns, but slowly. */
export const multiples = { '×1': 0.1, '×5': 0.5, '×30': 3 } as const;

/** One network that was trained. */
export interface Run extends TrainingCurve {
  readonly weights: WeightsName;
  readonly rate: number;
  readonly normalize: boolean;
  readonly seed: number;
}
