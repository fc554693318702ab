/**
 * @file Where a logarithmic axis has its ticks, and what they say.
 */

/** Powers of ten around the values, and where there are few of them also twice and five times those in between. */
export function logarithmicTicks(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [];
  const [low, high] = [Math.min(...positive), Math.max(...positive)].map(Math.log10) as [number, number];
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  const powers = Array.from({ length: last - first + 1 }, (_, k) => Number(`1e${first + k}`));
  if (last - first > 3) return powers;
  // The axis ends with the last power.
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick <= powers.at(-1)!);
}

export const formatPower = (value: number): string =>
  value >= 1e-3 && value < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(0);
