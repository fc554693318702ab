/**
 * @file gradient(): what it is of, to any order, and that neither reading nor the depth of a graph changes it.
 */
import {
  concat,
  evaluate,
  full,
  Generator,
  gradient,
  maximum,
  normal,
  ones,
  stopGradient,
  type Tensor,
  tensor,
  toString,
  where,
  zeros,
} from '../src/index.ts';

const f64 = { dtype: 'f64' } as const;
const generator = new Generator(21);

test('the gradient of a product is the other factor', () => {
  const [a, b] = [tensor([1, 2]), tensor([3, 4])];
  const [da, db] = gradient(a.mul(b).sum(), [a, b]);
  expect([da.toArray(), db.toArray()]).toEqual([b.toArray(), a.toArray()]);
});

test('an input used several times collects all its contributions', () => {
  const x = tensor(3, f64);
  expect(gradient(x.mul(x).add(x).sub(x.mul(2)), [x])[0].item()).toBe(5);
});

test('the gradient of expand is the sum over the grown axes', () => {
  const x = tensor([[1], [2]]);
  const g = normal([3, 2, 4], { generator });
  expect(gradient(x.expand([3, 2, 4]), [x], { cotangent: g })[0].toArray()).toEqual(
    g.sum([0, 2]).unsqueeze(1).toArray(),
  );
});

test('the gradient of a sum is ones, of a mean is 1/n', () => {
  const x = zeros([2, 5], f64);
  expect(gradient(x.sum(), [x])[0].toArray()).toEqual(ones([2, 5]).toArray());
  expect(gradient(x.mean(), [x])[0].toArray()).toEqual(full([2, 5], 0.1, f64).toArray());
});

test('the gradient of a remainder in its divisor is the quotient that goes with it, also where a division rounds up', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    const divisor = tensor([0.1, 0.1, -0.1, 1e-3], { dtype });
    const rest = tensor([1, -1, 1, 1], { dtype }).remainder(divisor);
    const quotient = tensor([1, -1, 1, 1], { dtype }).sub(rest).div(divisor).round();
    expect(gradient(rest.sum(), [divisor])[0].toArray()).toEqual(quotient.neg().toArray());
    expect(quotient.toArray()).toEqual([9, -10, -10, 999]);
    const infinite = tensor([Infinity, Infinity, -Infinity, -Infinity], { dtype });
    const beside = tensor([5, -5, 5, -5], { dtype }).remainder(infinite);
    expect(gradient(beside.sum(), [infinite])[0].abs().toArray()).toEqual([0, 1, 1, 0]);
  }
});

test('derivatives of any order come by nesting', () => {
  const x = tensor(0.7, f64);
  let slope: Tensor = x.sin();
  const expected = [Math.cos(0.7), -Math.sin(0.7), -Math.cos(0.7), Math.sin(0.7)];
  for (let order = 0; order < 8; order++) {
    [slope] = gradient(slope, [x]);
    expect(slope.item()).toBeCloseTo(expected[order % 4]!, 13);
  }
});

test('the n-th derivative of xⁿ is n!, and the next is 0', () => {
  const x = tensor(1.3, f64);
  let slope: Tensor = x.pow(6);
  for (let order = 1; order <= 6; order++) [slope] = gradient(slope, [x]);
  expect(slope.item()).toBeCloseTo(720, 9);
  expect(gradient(slope, [x])[0].item()).toBeCloseTo(0, 9);
});

test('mixed second derivatives do not depend on their order', () => {
  const [x, y] = [tensor(0.4, f64), tensor(1.1, f64)];
  const f = x.mul(y).sin().mul(x.exp());
  const xy = gradient(gradient(f, [x])[0], [y])[0].item();
  const yx = gradient(gradient(f, [y])[0], [x])[0].item();
  expect(xy).toBeCloseTo(yx, 13);
});

test('a gradient is linear in its cotangent', () => {
  const x = normal([4], { ...f64, generator });
  const y = x.tanh().mul(x.sum());
  const [g, h] = [normal([4], { ...f64, generator }), normal([4], { ...f64, generator })];
  const by = (cotangent: Tensor): number[] => Array.from(gradient(y, [x], { cotangent })[0].data());
  const together = by(g.mul(2).add(h));
  const [left, right] = [by(g), by(h)];
  expect(together).toEqual(left.map((value, k) => expect.closeTo(2 * value + right[k]!, 12) as number));
});

test('an input that the output does not depend on gets zeros of its shape and dtype', () => {
  const [x, unused] = [tensor(2), zeros([2, 3], f64)];
  const [, slope] = gradient(x.mul(x), [x, unused]);
  expect([slope.shape, slope.dtype, slope.toArray()]).toEqual([[2, 3], 'f64', zeros([2, 3]).toArray()]);
});

test('the output may be an input', () => {
  const x = tensor(2);
  expect(gradient(x, [x])[0].item()).toBe(1);
});

test('an input may be given twice, and may be computed', () => {
  const x = tensor(2);
  const y = x.mul(x);
  const slopes = gradient(y.mul(y), [y, x, y]);
  expect(slopes.map((slope) => slope.item())).toEqual([8, 32, 8]);
});

test('an input that hides another still passes its gradient on', () => {
  const x = tensor(3);
  const y = x.mul(2);
  const [dx, dy] = gradient(y.mul(x), [x, y]);
  expect([dx.item(), dy.item()]).toEqual([12, 3]);
});

test('stopGradient and detach are constants at every order', () => {
  const x = tensor(3, f64);
  expect(gradient(stopGradient(x).mul(x), [x])[0].item()).toBe(3);
  expect(gradient(x.detach().mul(x.mul(x)), [x])[0].item()).toBe(18);
  const [slope] = gradient(stopGradient(x.mul(x)).mul(x), [x]);
  expect(gradient(slope, [x])[0].item()).toBe(0);
});

test('gradients pass between floats and keep the dtype of their input', () => {
  const [x, y] = [tensor(3), tensor(4, f64)];
  const [dx, dy] = gradient(x.mul(y), [x, y]);
  expect([dx.dtype, dx.item(), dy.dtype, dy.item()]).toEqual(['f32', 4, 'f64', 3]);
});

test('no gradient passes through integers or booleans', () => {
  const x = tensor([1.5, 2.5]);
  expect(gradient(x.cast('i32').cast('f32').sum(), [x])[0].toArray()).toEqual([0, 0]);
  expect(gradient(x.greater(2).cast('f32').sum(), [x])[0].toArray()).toEqual([0, 0]);
});

describe('reading a value never changes a gradient', () => {
  const compute = (read: (x: Tensor) => unknown): number[] => {
    const x = tensor([0.3, -0.7, 1.2], f64);
    const hidden = x.mul(2).tanh();
    read(hidden);
    const y = hidden.mul(x).exp();
    read(y);
    const z = maximum(y, hidden).sum();
    read(z);
    const [slope] = gradient(z, [x]);
    read(slope);
    const [curvature] = gradient(slope.square().sum(), [x]);
    return [...Array.from(slope.data()), ...Array.from(curvature.data())];
  };

  test('however it is read', () => {
    const expected = compute(() => undefined);
    expect(compute((x) => x.data())).toEqual(expected);
    expect(compute((x) => x.toArray())).toEqual(expected);
    expect(compute((x) => toString(x))).toEqual(expected);
    expect(compute((x) => evaluate([x]))).toEqual(expected);
  });

  test('of the input itself, when it was computed', () => {
    const build = (read: boolean): unknown => {
      const x = tensor(2, f64).mul(3);
      const y = x.mul(x);
      if (read) {
        x.item();
        y.item();
      }
      const z = y.add(x);
      return gradient(z, [x])[0].item();
    };
    expect(build(true)).toBe(13);
    expect(build(false)).toBe(13);
  });

  test('of an input between two uses of it', () => {
    const x = tensor(2, f64).mul(3);
    const early = x.mul(x);
    x.item();
    const late = x.mul(5);
    expect(gradient(early.add(late), [x])[0].item()).toBe(17);
  });

  test('read before and after the gradient was built', () => {
    const x = tensor([1, 2], f64).exp();
    const y = x.square().sum();
    const [slope] = gradient(y, [x]);
    x.data();
    expect(slope.toArray()).toEqual(x.mul(2).toArray());
  });
});

describe('a graph may be of any depth', () => {
  const depth = 20_000;

  test('forward and backward', () => {
    const x = tensor(0.5, { ...f64, requiresGrad: true });
    let y: Tensor = x;
    for (let k = 0; k < depth; k++) y = y.mul(1.0001).sub(0.00005);
    expect(y.item()).toBeCloseTo(0.5, 6);
    const [slope] = gradient(y, [x]);
    expect(slope.item()).toBeCloseTo(1.0001 ** depth, 8);
  });

  test('where nodes have several users', () => {
    const x = tensor(1e-4, { ...f64, requiresGrad: true });
    let y: Tensor = x;
    for (let k = 0; k < depth / 4; k++) y = y.sub(y.mul(y).mul(x));
    const [slope] = gradient(y, [x]);
    expect(slope.item()).toBeGreaterThan(0.9);
  });

  test('through reductions and movement', () => {
    const x = tensor([0.5, 0.25], { ...f64, requiresGrad: true });
    let y: Tensor = x;
    for (let k = 0; k < 1000; k++) y = y.add(y.sum().mul(1e-6)).flip();
    const [slope] = gradient(y.sum(), [x]);
    expect(slope.toArray()).toEqual([
      expect.closeTo((1 + 2e-6) ** 1000, 8),
      expect.closeTo((1 + 2e-6) ** 1000, 8),
    ]);
  });
});

describe('a side that is not chosen gives no gradient, even where it is NaN', () => {
  test('by where', () => {
    const x = tensor([-1, 4], f64);
    expect(gradient(where(x.greater(0), x, 0).sum(), [x])[0].toArray()).toEqual([0, 1]);
    const safe = where(x.greater(0), x, 1);
    expect(gradient(where(x.greater(0), safe.sqrt(), 0).sum(), [x])[0].toArray()).toEqual([0, 0.25]);
  });

  test('by slices and concatenation', () => {
    const x = tensor([1, 2, 3], f64);
    const y = concat([x.slice([[0, 1]]), x.slice([[2]]).mul(5)]);
    expect(gradient(y.sum(), [x])[0].toArray()).toEqual([1, 0, 5]);
  });
});

describe('subgradients where no derivative exists are the documented ones', () => {
  const at = (f: (x: Tensor) => Tensor, ...values: number[]): unknown => {
    const x = tensor(values, f64);
    return gradient(f(x).sum(), [x])[0].toArray();
  };

  test('relu and abs: 0 at 0', () => {
    expect(at((x) => x.relu(), -1, 0, -0, 1)).toEqual([0, 0, 0, 1]);
    expect(at((x) => x.abs(), -1, 0, 1)).toEqual([-1, 0, 1]);
  });

  test('clamp: passes at its bounds', () => {
    expect(at((x) => x.clamp(-1, 1), -1.5, -1, 0, 1, 1.5)).toEqual([0, 1, 1, 1, 0]);
  });

  test('maximum, minimum, max and min: ties share', () => {
    expect(at((x) => x.maximum(2), 1, 2, 3)).toEqual([0, 0.5, 1]);
    expect(at((x) => x.minimum(2), 1, 2, 3)).toEqual([1, 0.5, 0]);
    expect(at((x) => x.max(), 5, 1, 5, 5)).toEqual([1 / 3, 0, 1 / 3, 1 / 3]);
    expect(at((x) => x.min(), 1, 1, 2)).toEqual([0.5, 0.5, 0]);
  });

  test('max-pooling: the first of several', () => {
    expect(at((x) => x.reshape([1, 4]).maxPool1d(2), 3, 3, 1, 2)).toEqual([1, 0, 0, 1]);
  });

  test('max-pooling: never the padding', () => {
    const [low, none] = [-Infinity, { padding: 1 }];
    expect(at((x) => x.reshape([1, 4]).maxPool1d(2, none), low, low, low, low)).toEqual([1, 1, 0, 1]);
    expect(at((x) => x.reshape([1, 2, 2]).maxPool2d(2, none), low, low, low, low)).toEqual([1, 1, 1, 1]);
    const wide = { padding: 2, stride: 1 };
    expect(at((x) => x.reshape([1, 2, 2]).maxPool2d(5, wide), low, low, low, low)).toEqual([4, 0, 0, 0]);
  });

  test('max-pooling: in large windows as in small ones, the last NaN or else the first of the largest', () => {
    const extent = 7;
    const values = Array.from({ length: extent ** 2 }, (_, k) => [3, 1, 3, 2, 0][(k * k) % 5]!);
    for (const invalid of [[], [9, 24, 25, 40]]) {
      const x = values.map((value, k) => (invalid.includes(k) ? NaN : value));
      const expected = new Array<number>(x.length).fill(0);
      const windows = extent - 5 + 1;
      for (let start = 0; start < windows ** 2; start++) {
        const corner = Math.floor(start / windows) * extent + (start % windows);
        const places = Array.from({ length: 25 }, (_, k) => corner + Math.floor(k / 5) * extent + (k % 5));
        const best = places.reduce((a, b) => (x[b]! > x[a]! || Number.isNaN(x[b]!) ? b : a));
        expected[best]!++;
      }
      const pool = (input: Tensor): Tensor => input.reshape([1, extent, extent]).maxPool2d(5, { stride: 1 });
      expect(at(pool, ...x)).toEqual(expected);
    }
  });

  test('norm and std: 0 where they are 0', () => {
    expect(at((x) => x.norm(), 0, 0)).toEqual([0, 0]);
    expect(at((x) => x.norm(undefined, { p: 3 }), 0, 0)).toEqual([0, 0]);
    expect(at((x) => x.std(), 2, 2, 2)).toEqual([0, 0, 0]);
  });

  test('pow: 0 for exponent 0 also at 0, and for base 0', () => {
    expect(at((x) => x.pow(0), 0, 2)).toEqual([0, 0]);
    expect(at((x) => x.pow(2), 0, 3)).toEqual([0, 6]);
    expect(at((x) => tensor(0, f64).pow(x), 2, 1)).toEqual([0, 0]);
  });

  test('sign, floor, ceil, round and trunc: 0', () => {
    for (const f of ['sign', 'floor', 'ceil', 'round', 'trunc'] as const)
      expect(at((x) => x[f](), -1.5, 0, 2)).toEqual([0, 0, 0]);
  });

  test('prod: right where one or several elements are 0', () => {
    expect(at((x) => x.prod(), 2, 0, 3)).toEqual([0, 6, 0]);
    expect(at((x) => x.prod(), 0, 0, 3)).toEqual([0, 0, 0]);
  });
});

describe('wrong calls are errors', () => {
  const x = tensor([1, 2]);
  test.each<[string, () => unknown, string]>([
    [
      'an output of several elements',
      () => gradient(x, [x]),
      'the output has shape [2]; only a single number needs no cotangent: pass { cotangent } of that shape, or sum the output first',
    ],
    [
      'an integer output',
      () => gradient(x.argmax(), [x]),
      'only f32 and f64 results have gradients, not i32',
    ],
    [
      'an integer input',
      () => gradient(x.sum(), [tensor([1], { dtype: 'i32' })]),
      'input 0 is i32; only f32 and f64 tensors have gradients',
    ],
    ['an input that is no tensor', () => gradient(x.sum(), [1 as never]), 'expected a tensor, not 1'],
    [
      'inputs without an array',
      () => gradient(x.sum(), x as never),
      'expected an array of inputs, not an object of class Tensor',
    ],
    ['an output that is no tensor', () => gradient(1 as never, [x]), 'expected a tensor, not 1'],
    [
      'a cotangent of another shape',
      () => gradient(x, [x], { cotangent: ones([3]) }),
      'the cotangent has shape [3], the output [2]',
    ],
    [
      'a cotangent of another dtype',
      () => gradient(x, [x], { cotangent: ones([2], f64) }),
      'the cotangent is f64, the output f32; use cast',
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(`gradient: ${message}`);
  });
});
