import { DigitDataset, digitsFrom, pixels } from '../src/digits.ts';
import { loadMnist } from '../src/mnist.ts';

const noImages = { shape: [0, 28, 28], values: new Uint8Array() };

describe('loadMnist', () => {
  const { training, test: testDigits } = loadMnist();

  test('there are 60,000 digits to learn from and 10,000 to be tested on', () => {
    expect([training.count, testDigits.count]).toEqual([60_000, 10_000]);
    expect(training.ink).toHaveLength(60_000 * pixels);
    // LeCun et al. 1998 give the first labels in the file.
    expect([...training.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...testDigits.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });

  test('every pixel is ink or paper', () => {
    expect(new Set(testDigits.ink)).toEqual(new Set([0, 1]));
    // numpy: (images > 127).sum()
    expect(testDigits.ink.reduce((sum, ink) => sum + ink, 0)).toBe(1_052_359);
  });

  test.each(['f32', 'f64'] as const)('a batch of %s has the images and labels at its indices', (dtype) => {
    const dataset = new DigitDataset(testDigits, dtype);
    expect(dataset.length).toBe(10_000);
    const [images, labels] = dataset.getBatch([9, 0]);
    expect([images.shape, images.dtype, labels.dtype]).toEqual([[2, pixels], dtype, 'i32']);
    expect(labels.toArray()).toEqual([9, 7]);
    expect([...images.slice([1]).data()]).toEqual([...testDigits.ink.subarray(0, pixels)]);
    const [image, label] = dataset.get(0);
    expect([image.shape, label.item()]).toEqual([[pixels], 7]);
    expect(image.data()).toEqual(images.slice([1]).data());
  });
});

describe('digitsFrom', () => {
  test('grey above 127 is ink', () => {
    const values = new Uint8Array(pixels);
    values.set([0, 127, 128, 255]);
    const { ink } = digitsFrom({ shape: [1, 28, 28], values }, { shape: [1], values: Uint8Array.of(3) });
    expect([...ink.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
  });

  test('images and labels that do not fit are errors', () => {
    expect(() => digitsFrom({ shape: [0, 32, 32], values: new Uint8Array() }, noImages)).toThrow(
      'expected images of 28 × 28 pixels, not an array of [0, 32, 32]',
    );
    expect(() => digitsFrom(noImages, { shape: [1], values: Uint8Array.of(3) })).toThrow(
      'expected 0 labels, one for each image, not an array of [1]',
    );
    const image = { shape: [1, 28, 28], values: new Uint8Array(pixels) };
    expect(() => digitsFrom(image, { shape: [1], values: Uint8Array.of(10) })).toThrow(
      'label 0 is 10, which is not a digit',
    );
  });
});
