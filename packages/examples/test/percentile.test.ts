import { percentiles } from '../src/percentile.ts';

describe('percentiles', () => {
  test('the ends are the extremes, the middle is the median', () => {
    expect(percentiles([5, 1, 3], [0, 50, 100])).toEqual([1, 3, 5]);
  });

  test('between two elements they are interpolated, as by numpy.percentile', () => {
    // numpy.percentile([10, 20, 30, 40], [15, 50, 85])
    const [low, median, high] = percentiles([40, 10, 30, 20], [15, 50, 85]);
    expect(low).toBeCloseTo(14.5, 12);
    expect(median).toBeCloseTo(25, 12);
    expect(high).toBeCloseTo(35.5, 12);
  });

  test('moving and stretching the sample moves and stretches them', () => {
    const sample = [3, -1, 4, 1, -5, 9, 2, 6];
    const moved = sample.map((value) => 3 * value + 7);
    for (const percentage of [0, 15, 50, 85, 100]) {
      const [before] = percentiles(sample, [percentage]);
      expect(percentiles(moved, [percentage])[0]).toBeCloseTo(3 * before! + 7, 12);
    }
  });

  test('one element is every percentile, whatever order the sample is in', () => {
    expect(percentiles([8], [15, 50, 85])).toEqual([8, 8, 8]);
    expect(percentiles(new Float32Array([2, 10, 1]), [50])).toEqual([2]);
  });

  test('numbers are compared as numbers', () => {
    expect(percentiles([10, 9, 100], [50])).toEqual([10]);
  });

  test('of nothing they are an error', () => {
    expect(() => percentiles([], [50])).toThrow('an empty sample has no percentiles');
  });
});
