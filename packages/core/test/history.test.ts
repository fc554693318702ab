/**
 * @file Forgetting: values that were read let go of a long history, and a gradient through what was forgotten is an
 * error, never a wrong number.
 */
import { gradient, ones, type Tensor, tensor, Variable } from '../src/index.ts';

const f64 = { dtype: 'f64' } as const;

/** More operations than an untracked value that is read remembers. */
const long = 10_100;

function grow(from: Tensor, steps = long): Tensor {
  let y = from;
  for (let k = 0; k < steps; k++) y = y.add(1);
  return y;
}

const forgotten = /^gradient: the output may depend on input \d+ through values whose history was forgotten/;

/** Either the right number, or an error that says why there is none. */
function gradientOrError(output: Tensor, input: Tensor): unknown {
  try {
    return gradient(output.sum(), [input])[0].toArray();
  } catch (error) {
    expect((error as Error).message).toMatch(forgotten);
    return 'forgotten';
  }
}

test('a short history is kept when it is read', () => {
  const x = tensor([2], f64);
  const y = grow(x, 1000);
  y.item();
  expect(gradientOrError(y.square(), x)).toEqual([2 * 1002]);
});

test('a long history of a tensor that requires its gradient is kept', () => {
  const x = tensor([2], { ...f64, requiresGrad: true });
  const y = grow(x);
  y.item();
  expect(gradientOrError(y, x)).toEqual([1]);
});

test('a long history that was not read is kept', () => {
  const x = tensor([2], f64);
  expect(gradientOrError(grow(x), x)).toEqual([1]);
});

describe('a gradient through a forgotten history is an error', () => {
  test('straight', () => {
    const x = tensor([2], f64);
    const y = grow(x);
    y.item();
    expect(gradientOrError(y.mul(3), x)).toBe('forgotten');
  });

  test('beside a path that was not forgotten', () => {
    const x = tensor([2], f64);
    const y = grow(x);
    y.item();
    expect(gradientOrError(y.mul(x), x)).toBe('forgotten');
  });

  test('when the input was read before, or is read after', () => {
    for (const order of ['before', 'after'] as const) {
      const x = tensor([2], f64).mul(1);
      if (order === 'before') x.item();
      const y = grow(x);
      y.item();
      if (order === 'after') x.item();
      expect([order, gradientOrError(y.mul(3), x)]).toEqual([order, 'forgotten']);
    }
  });

  test('when the input was detached, and is read after', () => {
    const x = tensor([2], f64).mul(1).detach();
    const y = grow(x);
    y.item();
    x.item();
    expect(gradientOrError(y.mul(3), x)).toBe('forgotten');
  });

  test('when the input is a variable', () => {
    const v = new Variable(tensor([2], f64));
    const y = grow(v);
    y.item();
    v.item();
    expect(gradientOrError(y.mul(3), v)).toBe('forgotten');
  });

  test('over two stretches', () => {
    const x = tensor([2], f64);
    const y = grow(x);
    y.item();
    const z = grow(y.mul(2));
    z.item();
    expect(gradientOrError(z, x)).toBe('forgotten');
    expect(gradientOrError(z, y)).toBe('forgotten');
  });

  test('when it was forgotten because the values are large', () => {
    const x = ones([1 << 20], f64);
    const y = grow(x, 100);
    y.slice([0]).item();
    y.data();
    expect(gradientOrError(y, x)).toBe('forgotten');
  });
});

describe('what does not lead through a forgotten history is unharmed', () => {
  test('another input of the same graph', () => {
    const [x, z] = [tensor([2], f64), tensor([5], f64)];
    const y = grow(x);
    y.item();
    expect(gradientOrError(y.mul(z), z)).toEqual([2 + long]);
  });

  test('the value that forgot, as the input', () => {
    const y = grow(tensor([2], f64));
    y.item();
    expect(gradientOrError(y.mul(3), y)).toEqual([3]);
  });

  test('the value that forgot, as the input of a graph built before it was read', () => {
    const y = grow(tensor([2], f64));
    const z = y.mul(3);
    y.item();
    expect(gradientOrError(z, y)).toEqual([3]);
  });

  test('a graph built before, read or not', () => {
    const x = tensor([2], f64);
    const y = grow(x);
    const z = y.mul(3);
    y.item();
    expect(gradientOrError(z, x)).toEqual([3]);
    z.slice([0]).item();
    expect(gradientOrError(y, x)).toBe('forgotten');
  });
});
