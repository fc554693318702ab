/**
 * @file Lines of networks with and without batch normalization, of several seeds their means and confidence bands.
 */
import type { Line, LinePoint } from '../lines-figure.ts';
import { meanPoint } from '../mean-line.ts';
import type { ColorName } from '../report/theme.ts';

export const networks = [
  { name: 'without BN', normalize: false },
  { name: 'with BN', normalize: true },
] as const;

export const accuracyAxis = { label: 'test accuracy (%)', domain: [0, 100] } as const;

/** The mean of fractions with its band, in percent. */
export const percentPoint = (x: number, fractions: readonly number[]): LinePoint =>
  meanPoint(
    x,
    fractions.map((fraction) => 100 * fraction),
    { least: 0, most: 100 },
  );

const colors: readonly ColorName[] = ['series-1', 'series-2', 'series-3', 'series-4'];

/** Two lines of one colour for each group; the one without BN is dashed. */
export function pairedLines<Group>(
  groups: readonly Group[],
  nameOf: (group: Group) => string,
  pointsOf: (group: Group, normalize: boolean) => readonly LinePoint[],
): Line[] {
  return groups.flatMap((group, k) =>
    networks.map(({ name, normalize }) => ({
      ...{ name: `${nameOf(group)}, ${name}`, color: colors[k]!, points: pointsOf(group, normalize) },
      ...(normalize ? {} : { dash: '6 4' }),
    })),
  );
}
