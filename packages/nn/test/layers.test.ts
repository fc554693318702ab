/**
 * @file What fresh layers hold, and what shapes layers give.
 */
import { Generator, type Tensor, tensor, zeros } from '@windfall/core';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../src/index.ts';

const numbers = (x: Tensor): number[] => Array.from(x.data());

/** Asserts numbers spread evenly over ±bound. */
function expectUniform(x: Tensor, bound: number): void {
  const values = numbers(x);
  const scale = Math.sqrt(values.length);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  // The mean's deviation is bound/√(3n), that of the mean square bound²·√(4/45n); 5 of them are never exceeded here.
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3) / scale);
  expect(Math.abs(square - bound ** 2 / 3)).toBeLessThan((5 * bound ** 2 * Math.sqrt(4 / 45)) / scale);
}

describe('a fresh layer', () => {
  test('Linear is spread over ±1/√inputs, as PyTorch has it', () => {
    const linear = new Linear(400, 300, { generator: new Generator(1) });
    expectUniform(linear.weight, 1 / 20);
    expectUniform(linear.bias!, 1 / 20);
  });

  test('Conv2d is spread over ±1/√(inputs of one output), as PyTorch has it', () => {
    const conv = new Conv2d(18, 64, [2, 4], { groups: 2, generator: new Generator(2) });
    expect(conv.weight.shape).toEqual([64, 9, 2, 4]);
    expectUniform(conv.weight, 1 / Math.sqrt(72));
    expectUniform(conv.bias!, 1 / Math.sqrt(72));
  });

  test('is the same for the same generator, and of the dtype asked for', () => {
    const make = (): Linear => new Linear(3, 2, { dtype: 'f64', generator: new Generator(7) });
    expect(make().weight.toArray()).toEqual(make().weight.toArray());
    expect(make().bias!.dtype).toBe('f64');
  });
});

describe('shapes', () => {
  test('Flatten joins all axes but the batch, or those named', () => {
    expect(new Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new Flatten({ start: 0, end: 1 }).forward(zeros([2, 3, 4])).shape).toEqual([6, 4]);
  });

  test('Sequential is indexed by number, and without modules is the identity', () => {
    const relu = new ReLU();
    expect(new Sequential(new Flatten(), relu)[1]).toBe(relu);
    const x = tensor([1]);
    expect(new Sequential().forward(x)).toBe(x);
  });
});
