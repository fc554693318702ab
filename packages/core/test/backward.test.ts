/**
 * @file requiresGrad, backward and .grad as PyTorch users expect them; noGrad and detach.
 */
import {
  backward,
  customGradient,
  gradient,
  noGrad,
  ones,
  type Tensor,
  tensor,
  Variable,
  zeros,
} from '../src/index.ts';

const leaf = (...values: number[]): Tensor => tensor(values, { dtype: 'f64', requiresGrad: true });

function gradOf(x: Tensor): Tensor {
  if (x.grad === null) throw new Error('nothing was collected');
  return x.grad;
}

describe('requiresGrad', () => {
  test('passes from inputs to results, of float dtype', () => {
    const x = leaf(1, 2);
    expect(x.mul(2).requiresGrad).toBe(true);
    expect(x.add(tensor([1, 2])).requiresGrad).toBe(true);
    expect(x.greater(1).requiresGrad).toBe(false);
    expect(x.argmax().requiresGrad).toBe(false);
    expect(tensor([1]).mul(2).requiresGrad).toBe(false);
  });

  test('may be set on a leaf, and taken back', () => {
    const x = tensor([1, 2]);
    x.requiresGrad = true;
    const before = x.sum();
    x.requiresGrad = false;
    expect([x.requiresGrad, x.isLeaf, x.mul(2).requiresGrad, before.requiresGrad]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('keeps the value and every other property', () => {
    const x = tensor([[1, 2]]).mul(3);
    x.requiresGrad = true;
    expect([x.toArray(), x.shape, x.isLeaf]).toEqual([[[3, 6]], [1, 2], true]);
  });

  test('is for floats only', () => {
    expect(() => ones([2], { dtype: 'i32', requiresGrad: true })).toThrow(
      'requiresGrad: only f32 and f64 tensors have gradients, not i32',
    );
  });

  test('cannot be taken from a computed tensor', () => {
    const y = leaf(1).mul(2);
    expect(() => {
      y.requiresGrad = false;
    }).toThrow('requiresGrad: a tensor computed from tensors that require gradients requires one too');
    expect(y.detach().requiresGrad).toBe(false);
  });

  test('a leaf is what was made or detached, not what was computed from a leaf', () => {
    const x = leaf(1);
    expect([x.isLeaf, x.mul(2).isLeaf, x.detach().isLeaf, tensor([1]).mul(2).isLeaf]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

describe('backward', () => {
  test('collects the gradient in every leaf that requires it, and in no other', () => {
    const [x, y, z] = [leaf(1, 2), leaf(3, 4), tensor([5, 6], { dtype: 'f64' })];
    x.mul(y).mul(z).sum().backward();
    expect(x.grad?.toArray()).toEqual([15, 24]);
    expect(y.grad?.toArray()).toEqual([5, 12]);
    expect(z.grad).toBeNull();
  });

  test('adds to what was collected before, until that is reset', () => {
    const x = leaf(3);
    x.mul(x).sum().backward();
    x.mul(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([12]);
    x.grad = null;
    x.sum().backward();
    expect(gradOf(x).toArray()).toEqual([1]);
  });

  test('may be called again on the same graph', () => {
    const x = leaf(3);
    const y = x.mul(x).sum();
    y.backward();
    y.backward();
    expect(x.grad?.toArray()).toEqual([12]);
  });

  test('takes a cotangent for outputs of several elements', () => {
    const x = leaf(1, 2);
    x.mul(x).backward({ cotangent: tensor([1, 10], { dtype: 'f64' }) });
    expect(x.grad?.toArray()).toEqual([2, 40]);
  });

  test('collects constants, unless createGraph is asked for', () => {
    const x = leaf(3);
    x.pow(3).sum().backward();
    expect(x.grad?.requiresGrad).toBe(false);
    x.grad = null;
    x.pow(3).sum().backward({ createGraph: true });
    expect(gradOf(x).requiresGrad).toBe(true);
    const first = gradOf(x);
    x.grad = null;
    first.sum().backward();
    expect(gradOf(x).toArray()).toEqual([18]);
  });

  test('gives what gradient gives', () => {
    const x = leaf(0.3, -0.4);
    const y = x.tanh().mul(x.sum()).sum();
    const expected = gradient(y, [x])[0].toArray();
    y.backward();
    expect(x.grad?.toArray()).toEqual(expected);
  });

  test('passes through a leaf that was read', () => {
    const x = leaf(2);
    const y = x.mul(x);
    x.toArray();
    y.toArray();
    y.mul(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([12]);
  });

  test('collects in a leaf that was computed before it asked for gradients', () => {
    const x = tensor([2], { dtype: 'f64' }).mul(3);
    x.requiresGrad = true;
    x.mul(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([12]);
  });

  test('collects in a variable across assignments, for the graphs of each value', () => {
    const w = new Variable(tensor([2], { dtype: 'f64' }), { requiresGrad: true });
    const before = w.mul(w).sum();
    w.assign(tensor([5], { dtype: 'f64' }));
    w.mul(w).sum().backward();
    expect(w.grad?.toArray()).toEqual([10]);
    before.backward();
    expect(w.grad?.toArray()).toEqual([14]);
  });

  test.each<[string, () => unknown, string]>([
    [
      'without a leaf',
      () => backward(tensor(1)),
      'nothing that this tensor was computed from requires a gradient: set requiresGrad = true on a leaf, and compute outside noGrad',
    ],
    [
      'of several elements',
      () => backward(leaf(1, 2)),
      'the output has shape [2]; only a single number needs no cotangent: pass { cotangent } of that shape, or sum the output first',
    ],
    [
      'with a wrong cotangent',
      () => backward(leaf(1, 2), { cotangent: zeros([2]) }),
      'the cotangent is f32, the output f64; use cast',
    ],
    ['of a number', () => backward(3 as never), 'expected a tensor, not 3'],
  ])('%s is an error', (_name, call, message) => {
    expect(call).toThrow(`backward: ${message}`);
  });

  test('that fails leaves every .grad as it was', () => {
    const [x, y] = [leaf(1), leaf(2)];
    const bad = customGradient((a: Tensor) => ({ value: a.mul(1), gradient: () => [zeros([7])] }));
    expect(() => x.mul(bad(y)).sum().backward()).toThrow('customGradient: cotangent 0 has shape [7]');
    expect([x.grad, y.grad]).toEqual([null, null]);
  });

  describe('of what turns out impossible to compute', () => {
    /** x at a position of which only computing finds out whether there is one. */
    const at = (x: Tensor, position: number): Tensor =>
      x.indexSelect(0, tensor([position], { dtype: 'i32' }).mul(1)).sum();

    test('leaves every .grad as it was, and more can be added', () => {
      const [x, y] = [leaf(1, 2), leaf(3)];
      x.square().sum().backward();
      const loss = at(x, 7).mul(y.sum());
      loss.backward();
      expect(() => loss.item()).toThrow('out of range');
      expect([gradOf(x).toArray(), y.grad]).toEqual([[2, 4], null]);
      at(x, 1).backward();
      expect(gradOf(x).toArray()).toEqual([2, 5]);
    });

    test('is found out by the next backward, which adds nothing', () => {
      const x = leaf(1, 2);
      at(x, 7).backward();
      expect(() => {
        at(x, 0).backward();
      }).toThrow('out of range');
      expect(x.grad).toBeNull();
    });

    test('leaves gradients alone that were collected elsewhere, or given since', () => {
      const [x, y, z] = [leaf(1), leaf(2), leaf(3)];
      y.square().sum().backward();
      const loss = at(x, 7).mul(z.sum());
      loss.backward();
      z.grad = tensor([9], { dtype: 'f64' });
      expect(() => loss.item()).toThrow('out of range');
      expect([x.grad, gradOf(y).toArray(), gradOf(z).toArray()]).toEqual([null, [4], [9]]);
    });
  });
});

describe('noGrad', () => {
  test('makes what is computed inside constant', () => {
    const x = leaf(2);
    const y = noGrad(() => x.mul(3));
    expect([y.requiresGrad, y.toArray()]).toEqual([false, [6]]);
    expect(gradient(y.mul(x).sum(), [x])[0].toArray()).toEqual([6]);
  });

  test('leaves what was computed before recorded', () => {
    const x = leaf(2);
    const y = x.mul(3);
    noGrad(() => y.item());
    expect(y.requiresGrad).toBe(true);
  });

  test('ends also when the function throws, and nests', () => {
    const x = leaf(2);
    expect(() =>
      noGrad(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(x.mul(2).requiresGrad).toBe(true);
    noGrad(() => {
      noGrad(() => 1);
      expect(x.mul(2).requiresGrad).toBe(false);
    });
  });

  test('refuses async functions', () => {
    expect(() => noGrad(async () => Promise.resolve(1))).toThrow('noGrad: the function must not be async');
  });

  test('returns what the function returns', () => {
    expect(noGrad(() => 'done')).toBe('done');
  });
});
