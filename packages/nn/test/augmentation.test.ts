/**
 * @file Changes of images: what they may do to a pixel, which draws they depend on, and PyTorch's numbers for what is not drawn.
 */
import {
  arange,
  type DType,
  Generator,
  gradcheck,
  manualSeed,
  normal,
  ones,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from '@windfall/core';
import {
  affine,
  type AffineOptions,
  centerCrop,
  colorJitter,
  normalize,
  randomAffine,
  randomCrop,
  randomErasing,
  randomHorizontalFlip,
  randomRotation,
  randomShift,
  randomVerticalFlip,
  toFloat,
} from '../src/index.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

const seeded = (seed: number) => ({ generator: new Generator(seed) });
/** Every pixel is another number. */
const numbered = (shape: number[], dtype: DType = 'f32') =>
  arange(shape.reduce((a, b) => a * b, 1))
    .add(1)
    .cast(dtype)
    .reshape(shape);
const same = (a: Tensor, b: Tensor) =>
  a.shape.join() === b.shape.join() && a.data().every((value, k) => Object.is(value, b.data()[k]));

type Change = (image: Tensor, options: { generator?: Generator }) => Tensor;

const changes: [string, Change][] = [
  ['randomCrop', (image, options) => randomCrop(image, [3, 4], { padding: 1, ...options })],
  ['randomShift', (image, options) => randomShift(image, 2, options)],
  ['randomHorizontalFlip', randomHorizontalFlip],
  ['randomVerticalFlip', randomVerticalFlip],
  ['randomErasing', (image, options) => randomErasing(image, { probability: 0.8, ...options })],
  [
    'randomRotation',
    (image, options) => randomRotation(image, 40, { interpolation: 'bilinear', ...options }),
  ],
  [
    'randomAffine',
    (image, options) =>
      randomAffine(image, 20, { translate: [0.3, 0.2], scale: [0.8, 1.2], shear: [-5, 9], ...options }),
  ],
  [
    'colorJitter',
    (image, options) => colorJitter(image, { brightness: 0.3, contrast: 0.3, saturation: 0.3, ...options }),
  ],
];

describe.each(changes)('%s', (name, change) => {
  const image = uniform([3, 6, 5], seeded(1));

  test('is a function of image and generator, and leaves the image as it is', () => {
    const before = image.toArray();
    const results = Array.from({ length: 12 }, (_, seed) => change(image, seeded(seed)));
    for (const [seed, result] of results.entries())
      expect(same(change(image, seeded(seed)), result)).toBe(true);
    expect(new Set(results.map((result) => result.data().join())).size).toBeGreaterThan(1);
    expect(image.toArray()).toEqual(before);
  });

  test('draws from the common generator unless given another', () => {
    manualSeed(5);
    const first = [change(image, {}), change(image, {}), change(image, {})];
    manualSeed(5);
    for (const result of first) expect(same(change(image, {}), result)).toBe(true);
  });

  test('of a batch is that of each image in turn, by draws of its own', () => {
    const batch = uniform([4, 3, 6, 5], { dtype: 'f64', ...seeded(2) });
    const generator = new Generator(3);
    const together = change(batch, seeded(3));
    expect(together.dtype).toBe('f64');
    for (let k = 0; k < 4; k++) {
      const alone = change(batch.slice([k]), { generator });
      expect(same(alone, together.slice([k]))).toBe(true);
    }
  });

  test('takes a batch of none, and refuses what is no image', () => {
    expect(change(zeros([0, 3, 6, 5]), {}).shape[0]).toBe(0);
    expect(() => change(zeros([6, 5]), {})).toThrow(
      `${name}: expected an image [C, H, W] or a batch of them [N, C, H, W], got [6, 5]`,
    );
    expect(() => change([1] as any, {})).toThrow(`${name}: the image is a tensor, not an array`);
    expect(() => change(image, { generator: 1 as any })).toThrow(`${name}: generator is a Generator, not 1`);
    expect(() => change(image, { seed: 1 } as any)).toThrow(
      `${name}: has no option 'seed'; its options are `,
    );
  });
});

describe('randomCrop', () => {
  test('gives each of the parts, and no others', () => {
    const image = numbered([1, 4, 3]);
    const parts = [0, 1, 2].flatMap((top) =>
      [0, 1].map((left) => image.slice([null, [top, top + 2], [left, left + 2]])),
    );
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const part = randomCrop(image, 2, seeded(seed));
      expect(parts.some((candidate) => same(candidate, part))).toBe(true);
      seen.add(part.data().join());
    }
    expect(seen.size).toBe(6);
  });

  test('with padding gives each part of the extended image, of any dtype', () => {
    for (const dtype of ['f32', 'f64', 'i32'] as const) {
      const image = numbered([2, 2, 2], dtype);
      const extended = image.pad(
        [
          [0, 0],
          [1, 1],
          [2, 2],
        ],
        { value: 9 },
      );
      const parts = [0, 1, 2].flatMap((top) =>
        [0, 1, 2, 3, 4].map((left) => extended.slice([null, [top, top + 2], [left, left + 2]])),
      );
      const seen = new Set<string>();
      for (let seed = 0; seed < 200; seed++) {
        const part = randomCrop(image, 2, { padding: [1, 2], fill: 9, ...seeded(seed) });
        expect(part.dtype).toBe(dtype);
        expect(parts.some((candidate) => same(candidate, part))).toBe(true);
        seen.add(part.data().join());
      }
      // Where only the extension is in view, parts are alike.
      expect(seen.size).toBe(new Set(parts.map((part) => part.data().join())).size);
    }
  });

  test('of the full size is the image; larger is an error', () => {
    const image = numbered([2, 4, 3]);
    expect(same(randomCrop(image, [4, 3]), image)).toBe(true);
    expect(() => randomCrop(image, [4, 6], { padding: [0, 1] })).toThrow(
      'randomCrop: the part [4, 6] is larger than the image [4, 3] with padding [0, 1]',
    );
  });
});

test('randomShift moves by every distance up to the given one', () => {
  const image = zeros([1, 5, 5]).add(
    tensor([
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]),
  );
  const places = new Set<number>();
  for (let seed = 0; seed < 200; seed++)
    places.add(Array.from(randomShift(image, [1, 2], seeded(seed)).data()).indexOf(1));
  expect([...places].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(randomShift(zeros([1, 3, 3]), 2, { fill: 7, ...seeded(0) }).data()).toContain(7);
});

test('centerCrop takes the middle', () => {
  expect(centerCrop(numbered([1, 4, 4]), 2).toArray()).toEqual([
    [
      [6, 7],
      [10, 11],
    ],
  ]);
  expect(centerCrop(numbered([1, 2, 3]), [2, 1]).toArray()).toEqual([[[2], [5]]]);
  expect(() => centerCrop(numbered([1, 2, 3]), 3)).toThrow(
    'centerCrop: the part [3, 3] is larger than the image [2, 3]',
  );
});

describe('flips', () => {
  test.each([
    ['randomHorizontalFlip', randomHorizontalFlip, 2],
    ['randomVerticalFlip', randomVerticalFlip, 1],
  ] as const)('%s mirrors always at 1, never at 0, and else as often as asked', (_name, flip, axis) => {
    const image = numbered([2, 3, 4], 'i32');
    const mirrored = image.flip(axis);
    expect(same(flip(image, { probability: 1 }), mirrored)).toBe(true);
    expect(same(flip(image, { probability: 0 }), image)).toBe(true);
    const batch = numbered([1, 1, 2, 2]).expand([1000, 1, 2, 2]);
    const firsts = Array.from(flip(batch, { probability: 0.3, ...seeded(1) }).data()).filter(
      (_, k) => k % 4 === 0,
    );
    const count = firsts.filter((value) => value !== 1).length;
    expect(Math.abs(count - 300)).toBeLessThan(4 * Math.sqrt(1000 * 0.3 * 0.7));
  });
});

describe('randomErasing', () => {
  test('blots out one rectangle, the same in every channel, of the asked area and ratio', () => {
    for (let seed = 0; seed < 50; seed++) {
      const options = {
        probability: 1,
        scale: [0.1, 0.3],
        ratio: [0.5, 2],
        value: -1,
        ...seeded(seed),
      } as const;
      const result = randomErasing(ones([2, 20, 30]), options).toArray<number[][][]>();
      expect(result[1]).toEqual(result[0]);
      const rows = result[0]!.flatMap((row, k) => (row.includes(-1) ? [k] : []));
      const columns = result[0]!.flatMap((row) => row.flatMap((value, k) => (value === -1 ? [k] : [])));
      const [top, bottom, left, right] = [
        Math.min(...rows),
        Math.max(...rows),
        Math.min(...columns),
        Math.max(...columns),
      ];
      const [height, width] = [bottom - top + 1, right - left + 1];
      expect(columns).toHaveLength(height * width);
      // Both sides are rounded by up to half a pixel.
      expect((height + 0.5) * (width + 0.5)).toBeGreaterThanOrEqual(0.1 * 600);
      expect((height - 0.5) * (width - 0.5)).toBeLessThanOrEqual(0.3 * 600);
      expect((height + 0.5) / (width - 0.5)).toBeGreaterThanOrEqual(0.5);
      expect((height - 0.5) / (width + 0.5)).toBeLessThanOrEqual(2);
    }
  });

  test('as cutout is a square of one size, anywhere', () => {
    const cut = (seed: number) =>
      randomErasing(ones([1, 10, 10]), {
        probability: 1,
        scale: [0.09, 0.09],
        ratio: [1, 1],
        ...seeded(seed),
      });
    const results = Array.from({ length: 100 }, (_, seed) => cut(seed));
    for (const result of results) expect(result.sum().item()).toBe(91);
    expect(new Set(results.map((result) => Array.from(result.data()).indexOf(0))).size).toBeGreaterThan(40);
  });

  test('leaves an image alone where no rectangle fits', () => {
    const image = numbered([1, 1, 1]);
    expect(same(randomErasing(image, { probability: 1, scale: [1, 1], ratio: [1, 1] }), image)).toBe(true);
  });
});

interface AffineCase {
  readonly options: AffineOptions & { interpolation: string; fill: number };
  readonly input: Stored;
  readonly output: Stored;
}

describe('affine', () => {
  test.each(
    (readFixture('augmentation').affine as AffineCase[]).map((given) => [given.options, given] as const),
  )("%j gives the numbers of PyTorch's grid_sample", (options, given) => {
    expectClose(affine(load(given.input), options), given.output);
    expectClose(affine(load(given.input, 'f32'), options), given.output, 1e-5);
  });

  test('by quarter turns is exact, clockwise', () => {
    const image = numbered([1, 3, 3]);
    expect(affine(image, { angle: 90 }).toArray()).toEqual([
      [
        [7, 4, 1],
        [8, 5, 2],
        [9, 6, 3],
      ],
    ]);
    expect(same(affine(image, { angle: 180 }), image.flip([1, 2]))).toBe(true);
    expect(
      same(
        affine(image, { translate: [1, 0], fill: 9 }),
        image
          .pad(
            [
              [0, 0],
              [0, 0],
              [1, 0],
            ],
            { value: 9 },
          )
          .slice([null, null, [0, 3]]),
      ),
    ).toBe(true);
  });

  test('randomRotation turns the other way, as in torchvision', () => {
    const image = normal([1, 5, 5], { dtype: 'f64' });
    const turned = randomRotation(image, [30, 30], { interpolation: 'bilinear' });
    expectClose(turned, affine(image, { angle: -30, interpolation: 'bilinear' }));
    expectClose(
      randomAffine(image, [30, 30], { interpolation: 'bilinear' }),
      affine(image, { angle: 30, interpolation: 'bilinear' }),
    );
  });
});

describe('colorJitter', () => {
  const image = uniform([3, 4, 4], { low: 0.3, high: 0.6, dtype: 'f64' });
  const grey = image
    .mul(tensor([0.2989, 0.587, 0.114], { dtype: 'f64', shape: [3, 1, 1] }))
    .sum(0, { keepDims: true });

  test("multiplies, or draws from the mean grey or each pixel's grey", () => {
    expectClose(colorJitter(image, { brightness: [1.5, 1.5] }), image.mul(1.5));
    expectClose(colorJitter(image, { contrast: [0.5, 0.5] }), image.mul(0.5).add(grey.mean().mul(0.5)));
    expectClose(colorJitter(image, { saturation: [1.2, 1.2] }), image.mul(1.2).sub(grey.mul(0.2)));
    expectClose(colorJitter(image, { saturation: [0, 0] }), grey.expand([3, 4, 4]));
    expect(same(colorJitter(image), image)).toBe(true);
    expect(same(colorJitter(image, { brightness: [1, 1] }), image)).toBe(true);
  });

  test('stays in [0, 1]', () => {
    const bright = colorJitter(image, { brightness: [9, 9] });
    expect(new Set(bright.data())).toEqual(new Set([1]));
    for (let seed = 0; seed < 20; seed++) {
      const data = colorJitter(uniform([1, 3, 3]), {
        brightness: 0.9,
        contrast: 0.9,
        ...seeded(seed),
      }).data();
      expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});

describe('normalize and toFloat', () => {
  test('normalize subtracts and divides channel by channel, also of batches', () => {
    const image = numbered([2, 1, 2], 'f64');
    expect(normalize(image, [1, 2], [1, 2]).toArray()).toEqual([[[0, 1]], [[0.5, 1]]]);
    expect(normalize(image.unsqueeze(0), 1, 2).toArray()).toEqual([[[[0, 0.5]], [[1, 1.5]]]]);
    gradcheck((x) => normalize(x, [1, 2], [1, 2]), [normal([2, 2, 2], { dtype: 'f64' })], { order: 2 });
  });

  test('toFloat divides whole numbers by 255', () => {
    const bytes = tensor([0, 51, 255], { dtype: 'i32' });
    expectClose(toFloat(bytes), tensor([0, 0.2, 1]), 1e-7);
    expect(toFloat(bytes, { dtype: 'f64' }).toArray()).toEqual([0, 0.2, 1]);
    expect(toFloat(tensor([true, false])).toArray()).toEqual([1, 0]);
    expect(toFloat(tensor([0.5])).toArray()).toEqual([0.5]);
  });
});

const image = zeros([3, 4, 4]);
const whole = zeros([3, 4, 4], { dtype: 'i32' });

test.each<[string, () => unknown]>([
  ['randomCrop: size is a whole number ≥ 1, or two of them, not 0', () => randomCrop(image, 0)],
  [
    'randomCrop: padding is a whole number ≥ 0, or two of them, not -1',
    () => randomCrop(image, 1, { padding: -1 }),
  ],
  ['randomCrop: fill is a finite number, not NaN', () => randomCrop(image, 1, { fill: NaN })],
  [
    'randomCrop: fill is a whole number in an image of dtype i32, not 0.5',
    () => randomCrop(whole, 1, { fill: 0.5 }),
  ],
  ['randomShift: distance is a whole number ≥ 0, or two of them, not 0.5', () => randomShift(image, 0.5)],
  [
    'randomHorizontalFlip: probability is a finite number ≥ 0 and ≤ 1, not 2',
    () => randomHorizontalFlip(image, { probability: 2 }),
  ],
  [
    'randomErasing: scale is a pair of finite numbers ≥ 0, the lower first, not [0.5, 0.1]',
    () => randomErasing(image, { scale: [0.5, 0.1] }),
  ],
  [
    "randomErasing: scale is a share of the image's area, at most 1, not 2",
    () => randomErasing(image, { scale: [0.5, 2] }),
  ],
  ['randomErasing: ratio is more than 0', () => randomErasing(image, { ratio: [0, 2] })],
  [
    "affine: interpolation is 'nearest' or 'bilinear', not the string \"cubic\"",
    () => affine(image, { interpolation: 'cubic' as any }),
  ],
  [
    'affine: the image is f32 or f64, not i32; use toFloat',
    () => affine(whole, { interpolation: 'bilinear' }),
  ],
  ['affine: scale is a finite number > 0, not 0', () => affine(image, { scale: 0 })],
  ['affine: angle is a finite number, not the string "30"', () => affine(image, { angle: '30' as any })],
  ['affine: translate is a pair of finite numbers, not 3', () => affine(image, { translate: 3 as any })],
  [
    'randomAffine: degrees is a pair of finite numbers, the lower first, not [1, -1]',
    () => randomAffine(image, -1),
  ],
  [
    'randomAffine: translate holds shares from 0 to 1, not [2, 0]',
    () => randomAffine(image, 1, { translate: [2, 0] }),
  ],
  ['randomAffine: scale is a finite number > 0, not 0', () => randomAffine(image, 1, { scale: [0, 1] })],
  [
    'randomRotation: degrees is a pair of finite numbers, the lower first, not the string "a"',
    () => randomRotation(image, 'a' as any),
  ],
  [
    'colorJitter: brightness is a pair of finite numbers ≥ 0, the lower first, not -1',
    () => colorJitter(image, { brightness: -1 }),
  ],
  [
    'colorJitter: an image has one channel (grey) or three (red, green, blue), not 2',
    () => colorJitter(zeros([2, 1, 1])),
  ],
  [
    'normalize: mean is a finite number, or one for each of 3 channels, not [1]',
    () => normalize(image, [1], 1),
  ],
  ['normalize: std is > 0 for each channel, not 0', () => normalize(image, 0, 0)],
  ['normalize: the image is f32 or f64, not i32; use toFloat', () => normalize(whole, 0, 1)],
  ['toFloat: gives f32 or f64, not the string "i32"', () => toFloat(whole, { dtype: 'i32' as any })],
])('%s', (message, call) => {
  expect(call).toThrow(message);
});
