import {
  compareAlong,
  comparisonText,
  type Curve,
  meanPoints,
  meanText,
  rangePoints,
  verdictThatNotSmaller,
  verdictThatSmaller,
} from '../src/experiments/compare-along.ts';

test('the ratio is the geometric mean over moments and repetitions, with an interval over repetitions', () => {
  const { ratio, below, moments } = compareAlong([
    [
      [1, 2],
      [2, 16],
    ],
    [
      [3, 1],
      [1, 2],
    ],
  ]);
  // Quotients 1/2 · 1/8 and 3 · 1/2: in each repetition the root of the product.
  expect(ratio!.mean).toBeCloseTo((1 / 16) ** (1 / 4) * (3 / 2) ** (1 / 4), 12);
  expect(ratio!.low * ratio!.high).toBeCloseTo(ratio!.mean ** 2, 12);
  expect(ratio!.low).toBeLessThan(ratio!.mean);
  // Of the first moment 1/2 · 3 > 1.
  expect([below, moments]).toEqual([1, 2]);
});

test('what is not finite or 0 is left out', () => {
  const curves: [Curve, Curve][] = [
    [
      [null, 1, 0],
      [1, 2, 1],
    ],
  ];
  const comparison = compareAlong(curves);
  expect(comparison.ratio!.mean).toBeCloseTo(0.5, 12);
  expect([comparison.below, comparison.moments]).toEqual([1, 1]);
  expect(comparisonText(comparison)).toBe('0.5 times as large, smaller at 1 of 1 moments');
  const nothing = compareAlong([[[null], [null]]]);
  expect(nothing).toEqual({ ratio: null, below: 0, moments: 0 });
  expect(comparisonText(nothing)).toBe('nothing that can be compared');
  expect(verdictThatSmaller(nothing)).toBe('does not hold');
});

test.each([
  [10, 'holds'],
  [9, 'holds'],
  [8, 'holds in part'],
  [1, 'holds in part'],
  [0, 'does not hold'],
] as const)('smaller at %d of 10 moments: it %s', (below, verdict) => {
  expect(verdictThatSmaller({ ratio: null, below, moments: 10 })).toBe(verdict);
});

test('not smaller is judged as smaller is, the other way round', () => {
  const at = (below: number) => verdictThatNotSmaller({ ratio: null, below, moments: 10 });
  expect([at(0), at(1), at(2), at(9), at(10)]).toEqual([
    ...['holds', 'holds', 'holds in part', 'holds in part', 'does not hold'],
  ]);
});

test('a range lies between the means of other curves', () => {
  const points = rangePoints([0, 1], { low: [[1, 0]], middle: [[2, 5]], high: [[4, null]] });
  expect(points).toEqual([
    { x: 0, y: 2, low: 1, high: 4 },
    { x: 1, y: 5 },
  ]);
});

test('a mean is that of the repetitions’ means', () => {
  expect(meanText([[1, 3], [6]])).toBe('4 ± 25');
  expect(meanText([[1, null, 3]])).toBe('2');
  expect(meanText([[null]])).toBe('–');
});

test('points are means with intervals, of positive quantities above 0, interrupted where there is nothing', () => {
  const points = meanPoints(
    [0, 5, 9],
    [
      [1, null, 4],
      [3, null, null],
    ],
    { positive: true },
  );
  expect(points[0]).toMatchObject({ x: 0, y: 2, low: 1 });
  expect(points[0]!.high! - 2).toBeCloseTo(12.706, 3);
  expect(points.slice(1)).toEqual([
    { x: 5, y: null },
    { x: 9, y: 4 },
  ]);
  expect(meanPoints([0], [[1], [3]])[0]!.low).toBeCloseTo(2 - 12.706, 3);
});
