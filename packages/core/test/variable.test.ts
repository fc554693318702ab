/**
 * @file Variables: graphs built before an assignment keep the old value, graphs built after see the new one.
 */
import {
  assignAll,
  compile,
  evaluate,
  gradient,
  ones,
  type Tensor,
  tensor,
  Variable,
  zeros,
} from '../src/index.ts';

const counter = (start = 0): Variable => new Variable(tensor([start]));

test('a variable has its initial value, and takes new ones', () => {
  const v = new Variable(tensor([[1, 2]]).mul(3));
  expect(v.toArray()).toEqual([[3, 6]]);
  v.assign(tensor([[5, 5]]));
  expect(v.toArray()).toEqual([[5, 5]]);
  expect([v.isLeaf, v.requiresGrad, v.shape, v.dtype]).toEqual([true, false, [1, 2], 'f32']);
});

test('graphs built before keep the old value, graphs built after see the new', () => {
  const v = counter(1);
  const before = v.mul(10);
  v.assign(tensor([2]));
  const after = v.mul(10);
  expect([before.toArray(), after.toArray()]).toEqual([[10], [20]]);
});

test('a value may be computed from the variable itself, many times without reading', () => {
  const v = counter();
  for (let step = 0; step < 1000; step++) v.assign(v.add(1));
  expect(v.toArray()).toEqual([1000]);
});

test('assignments wait, and happen together in their order', () => {
  const [a, b] = [counter(1), counter(2)];
  a.assign(b);
  b.assign(a.add(10));
  expect([a.toArray(), b.toArray()]).toEqual([[2], [12]]);
});

test('two variables can be swapped', () => {
  const [a, b] = [counter(1), counter(2)];
  const [oldA, oldB] = [a.mul(1), b.mul(1)];
  a.assign(oldB);
  b.assign(oldA);
  expect([a.toArray(), b.toArray()]).toEqual([[2], [1]]);
});

test('reading something else computes pending assignments too', () => {
  const v = counter(1);
  v.assign(v.add(1));
  zeros([1]).add(1).item();
  v.assign(v.add(1));
  evaluate([]);
  expect(v.toArray()).toEqual([3]);
});

test('the assigned tensor stays what it was', () => {
  const v = counter(1);
  const value = tensor([2]).mul(2);
  v.assign(value);
  v.assign(tensor([9]));
  expect([value.toArray(), v.toArray()]).toEqual([[4], [9]]);
});

test('assign returns the variable', () => {
  const v = counter();
  expect(v.assign(tensor([3]))).toBe(v);
});

test('a variable that requires its gradient keeps requiring it, as a leaf, and keeps .grad', () => {
  const w = new Variable(tensor([2]), { requiresGrad: true });
  w.square().sum().backward();
  w.assign(w.sub(1));
  expect([w.requiresGrad, w.isLeaf, w.grad?.toArray(), w.toArray()]).toEqual([true, true, [4], [1]]);
});

test('no gradient flows through an assignment', () => {
  const x = tensor([3], { requiresGrad: true });
  const v = counter();
  v.assign(x.mul(2));
  expect(v.requiresGrad).toBe(false);
  expect(gradient(v.mul(x).sum(), [x])[0].toArray()).toEqual([6]);
});

test('a gradient with respect to a variable is of the value it has', () => {
  const v = counter(3);
  const old = v.square();
  expect(gradient(old.sum(), [v])[0].toArray()).toEqual([6]);
  v.assign(tensor([4]));
  expect(gradient(v.square().sum(), [v])[0].toArray()).toEqual([8]);
  expect(() => gradient(old.sum(), [v])).toThrow(
    'gradient: the output was computed from an earlier value of input 0, which has been assigned another since',
  );
});

test.each([false, true])('so it is with one that collects its gradient; read in between: %s', (isRead) => {
  const v = new Variable(tensor([3]), { requiresGrad: true });
  const old = v.square().sum();
  if (isRead) old.item();
  expect(gradient(old, [v])[0].toArray()).toEqual([6]);
  v.assign(tensor([4]));
  if (isRead) v.item();
  v.assign(v.add(1));
  expect(() => gradient(old, [v])).toThrow('an earlier value of input 0');
  expect(gradient(v.square().sum(), [v])[0].toArray()).toEqual([10]);
});

test('where no gradient leads to a variable it is 0, also while a function is traced', () => {
  const v = new Variable(tensor([3]), { requiresGrad: true });
  const slope = (): Tensor => gradient(v.greater(0).cast('f32').sum(), [v])[0];
  v.assign(v.add(1));
  expect(slope().toArray()).toEqual([0]);
  expect(compile(slope)().toArray()).toEqual([0]);
});

test('gradient descent on a quadratic converges, reading or not', () => {
  const descend = (read: boolean): unknown => {
    const w = new Variable(tensor([5, -3], { dtype: 'f64' }), { requiresGrad: true });
    for (let step = 0; step < 100; step++) {
      const loss = w.sub(1).square().sum();
      loss.backward();
      w.assign(w.sub((w.grad as Tensor).mul(0.1)));
      w.grad = null;
      if (read) loss.item();
    }
    return w.toArray();
  };
  const [a, b] = descend(true) as [number, number];
  expect(a).toBeCloseTo(1, 8);
  expect(b).toBeCloseTo(1, 8);
  expect(descend(false)).toEqual([a, b]);
});

describe('what fails changes nothing', () => {
  test.each<[string, unknown, string]>([
    ['another shape', ones([2]), 'the value has shape [2], the variable [1]'],
    ['another dtype', ones([1], { dtype: 'f64' }), 'the value is f64, the variable f32; use cast'],
    ['no tensor', 3, 'expected a tensor, not 3'],
  ])('%s', (_name, value, message) => {
    const v = counter(7);
    expect(() => v.assign(value as Tensor)).toThrow(`assign: ${message}`);
    expect(v.toArray()).toEqual([7]);
  });

  test('a value that cannot be computed: its variable returns to what it was, others take theirs', () => {
    const v = counter(7);
    const w = counter(8);
    const bad = tensor([1, 2]).indexSelect(0, tensor([5], { dtype: 'i32' }).mul(1));
    w.assign(w.add(1));
    v.assign(bad);
    expect(() => v.toArray()).toThrow('out of range');
    expect([v.toArray(), w.toArray()]).toEqual([[7], [9]]);
    v.assign(tensor([1]));
    expect(v.toArray()).toEqual([1]);
  });

  test('a value that cannot be computed: a new variable returns to the value it was made with', () => {
    const v = counter(7);
    v.assign(tensor([1, 2]).indexSelect(0, tensor([5], { dtype: 'i32' }).mul(1)));
    expect(() => v.item()).toThrow('out of range');
    expect(v.item()).toBe(7);
  });

  test('an initial value that is no tensor', () => {
    expect(() => new Variable(3 as never)).toThrow('Variable: expected a tensor, not 3');
  });
});

test('the value with which a variable is made is not computed for its sake when it is assigned another at once', () => {
  const v = new Variable(tensor([1, 2]).indexSelect(0, tensor([5], { dtype: 'i32' }).mul(1)));
  v.assign(tensor([3]));
  expect(v.item()).toBe(3);
});

describe('what is assigned together changes together', () => {
  const impossible = (): Tensor => tensor([1, 2]).indexSelect(0, tensor([5], { dtype: 'i32' }).mul(1));

  test('or not at all, if one value cannot be computed', () => {
    const [a, b, c] = [counter(1), counter(2), counter(3)];
    assignAll([
      [a, a.add(10)],
      [b, impossible()],
    ]);
    c.assign(c.add(10));
    expect(() => a.item()).toThrow('out of range');
    expect([a.item(), b.item(), c.item()]).toEqual([1, 2, 13]);
  });

  test('each from the old values of the others', () => {
    const [a, b] = [counter(1), counter(2)];
    assignAll([
      [a, b],
      [b, a],
    ]);
    expect([a.item(), b.item()]).toEqual([2, 1]);
  });

  test('nothing, if one does not fit', () => {
    const [a, b] = [counter(1), counter(2)];
    expect(() =>
      assignAll([
        [a, a.add(1)],
        [b, ones([2])],
      ]),
    ).toThrow('assign: the value has shape [2]');
    expect(a.item()).toBe(1);
  });
});
