/**
 * @file By how much weights are scaled so that values keep their size through a nonlinearity.
 */
import { check, describe } from '@windfall/core/extension';
import { checkNumber } from '../arguments.ts';

/** 2/(1 + slope²) is the share of a centred variance that a rectifier with this slope below 0 keeps, turned over. */
const ofRectifier = (slope: number): number => Math.sqrt(2 / (1 + slope ** 2));

const gains = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  conv3d: () => 1,
  convTranspose1d: () => 1,
  convTranspose2d: () => 1,
  convTranspose3d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => ofRectifier(0),
  leakyRelu: (slope) => ofRectifier(slope),
  selu: () => 3 / 4,
} as const satisfies Record<string, (slope: number) => number>;

/** What a gain is known for. */
export type Nonlinearity = keyof typeof gains;

/** The gain, on behalf of an initialization. */
export function gainOf(nonlinearity: Nonlinearity, slope: number, operation: string): number {
  const known = Object.keys(gains);
  check(
    known.includes(nonlinearity),
    operation,
    () => `nonlinearity is one of ${known.join(', ')}, not ${describe(nonlinearity)}`,
  );
  checkNumber(slope, operation, 'the negative slope');
  return gains[nonlinearity](slope);
}

/**
 * The factor for the weights before a nonlinearity: PyTorch's `nn.init.calculate_gain`.
 * @param nonlinearity the function's name in the namespace `functional`
 * @param slope that of leakyRelu below 0; by default 0.01
 * @throws if no gain is known, or the slope is no finite number
 * @example init.calculateGain('relu'); // 1.4142…
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  return gainOf(nonlinearity, slope, 'init.calculateGain');
}
