/**
 * @file onGradient: it sees every cotangent as it is, changes nothing by itself, and what it changes is differentiated.
 */
import { compile, gradcheck, gradient, onGradient, type Tensor, tensor, zeros } from '../src/index.ts';
import { planOf } from './plan-of.ts';

const x = tensor([0.5, -1.5, 2], { dtype: 'f64' });

test('the value is the same, and takes no kernel', () => {
  const seen: Tensor[] = [];
  const through = onGradient(x.exp(), (cotangent) => void seen.push(cotangent));
  expect(through.toArray()).toEqual(x.exp().toArray());
  expect(planOf([through.mul(2)]).kernels.length).toBe(1);
  expect(seen).toEqual([]);
});

test('all that arrives is announced at once, to gradient and to backward', () => {
  const seen: unknown[] = [];
  const leaf = tensor([1, 2], { requiresGrad: true });
  const y = onGradient(leaf.mul(3), (cotangent) => void seen.push(cotangent.toArray()));
  const loss = y.mul(2).sum().add(y.square().sum());
  expect(gradient(loss, [leaf])[0].toArray()).toEqual([24, 42]);
  expect(seen).toEqual([[8, 14]]);
  loss.backward();
  expect(leaf.grad!.toArray()).toEqual([24, 42]);
  expect(seen).toEqual([
    [8, 14],
    [8, 14],
  ]);
});

test('looking changes no derivative, to order 3', () => {
  let calls = 0;
  const count = (): void => {
    calls++;
  };
  gradcheck((a) => onGradient(onGradient(a, count).tanh(), count).pow(3), [x], { order: 3 });
  expect(calls).toBeGreaterThan(0);
});

test('what is announced can be differentiated again, and gradients of gradients are announced, too', () => {
  const seen: Tensor[] = [];
  const y = onGradient(x.mul(1), (cotangent) => void seen.push(cotangent));
  const [first] = gradient(y.pow(3).sum(), [x]);
  expect(seen[0]!.toArray()).toEqual([0.75, 6.75, 12]);
  const [fromSeen] = gradient(seen[0]!.sum(), [x]);
  const [second] = gradient(first.sum(), [x]);
  expect(second.toArray()).toEqual([3, -9, 12]);
  expect(fromSeen.toArray()).toEqual([3, -9, 12]);
  // 3·y² depends on y: each of the two later gradients passed here, with 6·y.
  expect(seen.map((cotangent) => cotangent.toArray())).toEqual([
    [0.75, 6.75, 12],
    [3, -9, 12],
    [3, -9, 12],
  ]);
});

test('another cotangent goes on in its stead, and is differentiated as such', () => {
  const clipped = onGradient(x.mul(1), (cotangent) => cotangent.clamp(-1, 1));
  expect(gradient(clipped.square().sum(), [x])[0].toArray()).toEqual([1, -1, 1]);
  const doubled = onGradient(x.mul(1), (cotangent) => cotangent.mul(2));
  const [first] = gradient(doubled.pow(3).sum(), [x]);
  expect(first.toArray()).toEqual([1.5, 13.5, 24]);
  // d(2·3y²) passes the same place: doubled again.
  expect(gradient(first.sum(), [x])[0].toArray()).toEqual([12, -36, 48]);
});

test('compiled, it is called while the function is traced', () => {
  let calls = 0;
  const slope = compile((a: Tensor) => {
    const y = onGradient(a, (cotangent) => {
      calls++;
      return cotangent.mul(10);
    });
    return gradient(y.square().sum(), [a])[0];
  });
  for (const value of [1, 2, 3]) expect(slope(tensor([value])).toArray()).toEqual([20 * value]);
  expect(calls).toBe(1);
});

test('refuses what has no gradient, and cotangents that do not fit', () => {
  const look = (hook: any) => () => gradient(onGradient(x.mul(1), hook).sum(), [x]);
  expect(() => onGradient(zeros([1], { dtype: 'i32' }), () => undefined)).toThrow(
    'onGradient: only f32 and f64 tensors have gradients, not i32',
  );
  expect(() => onGradient(1 as any, () => undefined)).toThrow('onGradient: expected a tensor, not 1');
  expect(look(5)).toThrow('onGradient: expected a function, not 5');
  expect(look(() => 5)).toThrow('onGradient: the function returns a tensor or nothing, not 5');
  expect(look(() => zeros([3]))).toThrow('onGradient: the function returned f32 [3] for a cotangent f64 [3]');
  expect(look(() => zeros([2], { dtype: 'f64' }))).toThrow('returned f64 [2] for a cotangent f64 [3]');
});
