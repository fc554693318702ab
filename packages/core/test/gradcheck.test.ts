/**
 * @file gradcheck itself: it passes what is right, fails what is wrong, and refuses what would pass without being checked.
 */
import {
  customGradient,
  Generator,
  gradcheck,
  normal,
  ones,
  stopGradient,
  type Tensor,
  tensor,
  uniform,
  where,
  zeros,
} from '../src/index.ts';
import { messageOf } from './message-of.ts';

const f64 = { dtype: 'f64' } as const;
const generator = new Generator(11);
const x = normal([3, 4], { ...f64, generator });
const y = normal([4], { ...f64, generator });

describe('gradcheck', () => {
  test('reports the largest relative error of every order up to the one asked for', () => {
    const report = gradcheck((a, b) => a.mul(b).tanh().div(a.exp().add(1)), [x, y], { order: 3 });
    expect(report.order).toBe(3);
    expect(report.maximumRelativeError).toHaveLength(3);
    expect(report.comparisons).toBe(3 * 2 * 2);
    for (const error of report.maximumRelativeError) expect(error).toBeLessThan(1e-8);
  });

  test('checks every element when asked to', () => {
    expect(gradcheck((a) => a.sin(), [x], { perElement: true, directions: 1 }).comparisons).toBe(1 + x.size);
  });

  test('reaches errors near the rounding of float64 for a composed batch normalization, to order 3', () => {
    const normalize = (a: Tensor, scale: Tensor, shift: Tensor): Tensor =>
      a
        .sub(a.mean(0))
        .mul(a.variance(0, { correction: 0 }).add(1e-5).rsqrt())
        .mul(scale)
        .add(shift);
    const inputs = [
      normal([8, 3], { ...f64, generator }),
      normal([3], { ...f64, generator }),
      zeros([3], f64),
    ];
    const [first, second, third] = gradcheck(normalize, inputs, { order: 3 }).maximumRelativeError;
    expect(first).toBeLessThan(1e-9);
    expect(second).toBeLessThan(1e-9);
    expect(third).toBeLessThan(1e-9);
  });

  test('finds steps short enough for inputs near kinks, poles and far from 1', () => {
    gradcheck((a) => a.relu().square(), [tensor([1e-3, -2e-3, 5], f64)], { perElement: true });
    gradcheck((a) => a.log(), [tensor([1e-2, 1e-1], f64)], { perElement: true, order: 2 });
    gradcheck((a) => a.square(), [tensor([1e4, -3e5], f64)], { perElement: true, order: 2 });
  });

  test('passes a derivative that is truly zero beside others', () => {
    gradcheck((a, b) => a.add(b).sub(b), [x, y]);
    gradcheck((a) => a.mul(3), [x], { order: 3 });
  });

  test('keeps integer inputs as they are', () => {
    const index = tensor([2, 0, 2], { dtype: 'i32' });
    gradcheck((a, i) => a.indexSelect(1, i).square(), [x, index], { order: 2 });
  });

  test('uses the cotangent that is given', () => {
    gradcheck((a) => a.exp(), [x], { cotangent: ones([3, 4], f64) });
  });

  test('does not change the inputs', () => {
    const input = tensor([1, 2], { ...f64, requiresGrad: true });
    gradcheck((a) => a.square(), [input]);
    expect(input.grad).toBeNull();
    expect(input.toArray()).toEqual([1, 2]);
  });
});

describe('a wrong derivative fails', () => {
  const wrongBy = (factor: number) =>
    customGradient((a: Tensor) => ({
      value: a.square(),
      gradient: (g) => [g.mul(a).mul(2 * factor)],
    })) as never;

  test.each([0, 0.5, -1, 1 + 1e-5, 1 + 1e-6])('by the factor %d at order 1', (factor) => {
    expect(messageOf(() => gradcheck(wrongBy(factor), [x]))).toMatch(
      /^gradcheck: the derivative of order 1 for input 0 is wrong along random direction [01]: analytic \S+, numeric \S+ \(relative error \S+ > 1e-7\)$/,
    );
  });

  test('and the right factor passes', () => {
    gradcheck(wrongBy(1), [x], { order: 3 });
  });

  test('of the second input names the second input', () => {
    const product = customGradient((a: Tensor, b: Tensor) => ({
      value: a.mul(b),
      gradient: (g) => [g.mul(b), g.mul(a).mul(1.01)],
    }));
    expect(messageOf(() => gradcheck(product as never, [x, x.add(1)]))).toContain('for input 1 is wrong');
  });

  test('of order 2 only is found at order 2', () => {
    const square = customGradient((a: Tensor) => ({
      value: a.square(),
      gradient: (g) => [g.mul(stopGradient(a)).mul(2)],
    })) as never;
    gradcheck(square, [x]);
    expect(messageOf(() => gradcheck(square, [x], { order: 2 }))).toContain(
      'the derivative of order 2 for input 0',
    );
  });

  test('of order 3 only is found at order 3', () => {
    const cube = customGradient((a: Tensor) => ({
      value: a.pow(3),
      gradient: (g) => [g.mul(slope(a))],
    })) as never;
    const slope = customGradient((a: Tensor) => ({
      value: a.square().mul(3),
      gradient: (g) => [g.mul(stopGradient(a)).mul(6)],
    }));
    gradcheck(cube, [x], { order: 2 });
    expect(messageOf(() => gradcheck(cube, [x], { order: 3 }))).toContain(
      'the derivative of order 3 for input 0',
    );
  });

  test('of one element among many is found', () => {
    const last = customGradient((a: Tensor) => ({
      value: a.square(),
      gradient: (g) => [
        g
          .mul(a)
          .mul(2)
          .mul(tensor([1, 1, 1, 1.001], f64)),
      ],
    })) as never;
    expect(messageOf(() => gradcheck(last, [x]))).toContain('is wrong');
    expect(messageOf(() => gradcheck(last, [x], { perElement: true }))).toContain('is wrong');
  });

  test('that cancels under a cotangent of ones is found by the random one', () => {
    const softmax = customGradient((a: Tensor) => {
      const value = a.softmax();
      // The classic mistake: the derivative of each element by itself.
      return { value, gradient: (g) => [g.mul(value).mul(value.neg().add(1))] };
    }) as never;
    expect(messageOf(() => gradcheck(softmax, [x]))).toContain('is wrong');
  });
});

describe('what could only pass vacuously is an error', () => {
  const same = (a: Tensor): Tensor => a;
  test.each<[string, () => unknown, string]>([
    [
      'f32 inputs',
      () => gradcheck(same, [ones([2])]),
      "input 0 is f32, too coarse for finite differences; use cast(x, 'f64')",
    ],
    ['no inputs', () => gradcheck(() => x, []), 'no input is f64, so there is no gradient to check'],
    [
      'integer inputs alone',
      () => gradcheck(same, [tensor([1], { dtype: 'i32' })]),
      'no input is f64, so there is no gradient to check',
    ],
    ['an empty input', () => gradcheck(same, [zeros([0, 2], f64)]), 'input 0 is empty: [0, 2]'],
    [
      'an input that is not finite',
      () => gradcheck(same, [tensor([NaN], f64)]),
      'input 0 has elements that are not finite',
    ],
    [
      'an empty result',
      () => gradcheck((a) => a.slice([[0, 0]]), [x]),
      "the function's result is empty: [0, 4]",
    ],
    [
      'a result of f32',
      () => gradcheck((a) => a.cast('f32'), [x]),
      "the function's result is f32, not f64, so its differences are too coarse",
    ],
    [
      'a result of integers',
      () => gradcheck((a) => a.cast('i32'), [x]),
      "the function's result is i32, not f64, so its differences are too coarse",
    ],
    [
      'a result that is not finite',
      () => gradcheck((a) => a.log(), [x]),
      "the function's result has elements that are not finite",
    ],
    ['no result', () => gradcheck((() => 3) as never, [x]), 'the function returned 3, not a tensor'],
    [
      'a detached result',
      () => gradcheck((a) => a.detach().mul(2), [x]),
      'the result does not depend on any f64 input through operations that have a gradient',
    ],
    [
      'a constant result',
      () => gradcheck((a) => a.mul(0), [x]),
      'the gradient is zero, or too small beside the result to be seen, for every input',
    ],
    [
      'a step function',
      () => gradcheck((a) => a.floor(), [x]),
      'the gradient is zero, or too small beside the result to be seen, for every input',
    ],
    [
      'a sum that cancels',
      () => gradcheck((a) => a.softmax().sum(), [x]),
      'the gradient is zero, or too small beside the result to be seen, for every input',
    ],
    [
      'a result that drowns the change',
      () => gradcheck((a) => a.add(1e15), [x]),
      'the gradient is zero, or too small beside the result to be seen, for every input',
    ],
    [
      'a random function',
      () => gradcheck((a) => a.mul(uniform([4], f64)), [x]),
      'the function gives different values for the same inputs; does it draw random numbers?',
    ],
    [
      'a cotangent of zeros',
      () => gradcheck(same, [x], { cotangent: zeros([3, 4], f64) }),
      'the cotangent is zero, so any gradient would pass',
    ],
    [
      'a cotangent of another shape',
      () => gradcheck(same, [x], { cotangent: ones([4], f64) }),
      'the cotangent has shape [4], the result [3, 4]',
    ],
    [
      'a cotangent of f32',
      () => gradcheck(same, [x], { cotangent: ones([3, 4]) }),
      'the cotangent is f32, not f64',
    ],
    [
      'a cotangent that is not finite',
      () => gradcheck(same, [x], { cotangent: ones([3, 4], f64).div(0) }),
      'the cotangent has elements that are not finite',
    ],
    ['a wrong order', () => gradcheck(same, [x], { order: 4 as never }), 'order is 1, 2 or 3, not 4'],
    [
      'no directions',
      () => gradcheck(same, [x], { directions: 0 }),
      'directions is a whole number > 0, not 0',
    ],
    [
      'a tolerance of everything',
      () => gradcheck(same, [x], { tolerance: 1 }),
      'tolerance is a number in (0, 1), not 1',
    ],
    ['a step of 0', () => gradcheck(same, [x], { step: 0 }), 'step is a number > 0, not 0'],
    ['no function', () => gradcheck(x as never, [x]), 'expected a function, not an object of class Tensor'],
    [
      'one input without an array',
      () => gradcheck(same, x as never),
      'expected an array of inputs, not an object of class Tensor',
    ],
  ])('%s', (_name, call, message) => {
    expect(messageOf(call)).toBe(`gradcheck: ${message}`);
  });

  test('a derivative that is infinite is wrong, not right', () => {
    expect(messageOf(() => gradcheck((a) => a.abs().sqrt(), [zeros([1], f64)]))).toMatch(/^gradcheck: /);
  });

  test('a function that is not finite beside the point is judged by shorter steps', () => {
    gradcheck((a) => where(a.greater(0), a.log(), NaN), [tensor([1e-3], f64)]);
  });
});
