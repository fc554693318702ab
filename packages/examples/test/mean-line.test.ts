import { confidenceInterval } from '../src/confidence.ts';
import { meanLine } from '../src/mean-line.ts';

test('a point is the mean, its band the confidence interval, cut where nothing can be', () => {
  const values = [1, 2, 6];
  const { mean, margin } = confidenceInterval(values);
  const whole = { x: 4, y: mean, low: mean - margin, high: mean + margin };
  expect(meanLine([{ x: 4, values }])).toEqual([whole]);
  expect(meanLine([{ x: 4, values }], { least: 0, most: 3.5 })).toEqual([{ ...whole, low: 0, high: 3.5 }]);
});

test('a single run has no band, and a line is interrupted where a run is not finite', () => {
  expect(
    meanLine([
      { x: 1, values: [2] },
      { x: 2, values: [3, null] },
      { x: 3, values: [] },
    ]),
  ).toEqual([
    { x: 1, y: 2 },
    { x: 2, y: null },
    { x: 3, y: null },
  ]);
});
