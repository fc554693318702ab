/**
 * @file When to look at a network that learns: looks cost time, so there are few of them.
 */

/**
 * So many steps, evenly spread, the last of which is the last of all; fewer if there are not as many.
 * @example evenSteps(10, 4); // [3, 5, 8, 10]
 */
export function evenSteps(total: number, count: number): number[] {
  const steps = Array.from({ length: count }, (_, k) => Math.round((total * (k + 1)) / count));
  return [...new Set(steps)].filter((step) => step > 0);
}

/**
 * Steps from 1 to the last, each about the same factor after the one before.
 * @example growingSteps(1000, 4); // [1, 10, 100, 1000]
 */
export function growingSteps(total: number, count: number): number[] {
  const steps = Array.from({ length: count }, (_, k) => Math.round(total ** (k / (count - 1))));
  return [...new Set(steps)];
}
