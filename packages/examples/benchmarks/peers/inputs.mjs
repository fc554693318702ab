/**
 * @file Inputs for the competitors that are not ours, as typed arrays.
 */

/**
 * About so many numbers from a normal distribution; which ones makes no difference to the time.
 * @param {readonly number[]} shape
 */
export function random(shape) {
  const count = shape.reduce((product, extent) => product * extent, 1);
  // The sum of four uniform numbers, with standard deviation 1.
  const uniform = () => Math.random() - 0.5;
  return Float32Array.from(
    { length: count },
    () => (uniform() + uniform() + uniform() + uniform()) * Math.sqrt(3),
  );
}

/**
 * Mini-batches of random data with labels in [0, 10).
 * @param {readonly number[]} shape of the data of one batch
 */
export function randomBatches(shape) {
  return Array.from({ length: 4 }, (_, batch) => ({
    inputs: random(shape),
    labels: Int32Array.from({ length: shape[0] }, (_, example) => (example * 7 + batch) % 10),
  }));
}

/**
 * The sizes and the form in the name of a matrix product.
 * @param {string} key
 */
export function matrixProduct(key) {
  const match = /^matmul-(\d+)x(\d+)x(\d+)(?:-(.*))?$/.exec(key);
  if (match === null) return null;
  const [m, k, n] = match.slice(1, 4).map(Number);
  const form = match[4] ?? '';
  return {
    m,
    k,
    n,
    isLeftTransposed: form === 'at-b',
    isRightTransposed: form === 'a-bt',
    isDouble: form === 'f64',
  };
}
