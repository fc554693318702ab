/**
 * @file Products with Jacobians and Hessians, against those matrices written out.
 */
import {
  assertClose,
  eye,
  Generator,
  gradient,
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianVectorProduct,
  noGrad,
  normal,
  ones,
  type Tensor,
  tensor,
  vectorJacobianProduct,
} from '../src/index.ts';

const f64 = { dtype: 'f64' } as const;
const generator = new Generator(31);
const x = normal([3], { ...f64, generator });
const matrix = normal([4, 3], { ...f64, generator });
const f = (a: Tensor): Tensor => matrix.matmul(a.tanh()).mul(a.sum());
const scalar = (a: Tensor): Tensor => f(a).square().sum();

test('the Jacobian of a linear map is its matrix', () => {
  assertClose(
    jacobian((a) => matrix.matmul(a), x),
    matrix,
  );
});

test('a Jacobian has the axes of the output, then those of the input', () => {
  const full = jacobian((a) => a.reshape([3, 1]).mul(ones([1, 2], f64)), x);
  expect(full.shape).toEqual([3, 2, 3]);
});

test('vᵀ·J is a row combination of the Jacobian', () => {
  const v = normal([4], { ...f64, generator });
  const { value, gradients } = vectorJacobianProduct(f, [x], v);
  assertClose(value, f(x));
  assertClose(gradients[0], v.matmul(jacobian(f, x)));
});

test('J·v is a column combination of the Jacobian', () => {
  const v = normal([3], { ...f64, generator });
  const { value, tangent } = jacobianVectorProduct(f, [x], [v]);
  assertClose(value, f(x));
  assertClose(tangent, jacobian(f, x).matmul(v));
});

test('J·v of several inputs is the sum over them', () => {
  const [a, b] = [normal([3], { ...f64, generator }), normal([3], { ...f64, generator })];
  const { tangent } = jacobianVectorProduct((p, q) => p.mul(q), [x, a], [b, a]);
  assertClose(tangent, b.mul(a).add(x.mul(a)));
});

test('the Hessian is symmetric, and the Jacobian of the gradient', () => {
  const h = hessian(scalar, x);
  expect(h.shape).toEqual([3, 3]);
  const tolerance = { absolute: 1e-10, relative: 1e-10 };
  assertClose(h, h.transpose(), { tolerance });
  assertClose(
    h,
    jacobian((a) => gradient(scalar(a), [a])[0], x),
    { tolerance },
  );
});

test('the Hessian of a quadratic form is the sum of its matrix and the transpose', () => {
  const a = normal([3, 3], { ...f64, generator });
  assertClose(
    hessian((v) => v.matmul(a).matmul(v), x),
    a.add(a.transpose()),
  );
});

test('H·v is a column combination of the Hessian', () => {
  const v = normal([3], { ...f64, generator });
  const [product] = hessianVectorProduct(scalar, [x], [v]);
  assertClose(product, hessian(scalar, x).matmul(v), { tolerance: { absolute: 1e-10, relative: 1e-10 } });
});

test('H·v of several inputs covers the mixed derivatives', () => {
  const y = tensor([1, 2, 3], f64);
  const [px, py] = hessianVectorProduct((a, b) => a.mul(b).sum(), [x, y], [ones([3], f64), y]);
  assertClose(px, y);
  assertClose(py, ones([3], f64));
});

test('results can be differentiated with respect to the inputs', () => {
  const cube = (a: Tensor): Tensor => a.pow(3).sum();
  const v = normal([3], { ...f64, generator });
  const { value, gradients } = vectorJacobianProduct(cube, [x]);
  assertClose(gradient(value, [x])[0], x.square().mul(3));
  assertClose(gradient(gradients[0].sum(), [x])[0], x.mul(6));
  assertClose(gradient(jacobianVectorProduct(cube, [x], [v]).tangent, [x, v])[0], x.mul(v).mul(6));
  assertClose(gradient(hessianVectorProduct(cube, [x], [v])[0].sum(), [x])[0], v.mul(6));
  assertClose(gradient(jacobian(cube, x).sum(), [x])[0], x.mul(6));
  assertClose(gradient(hessian(cube, x).sum(), [x])[0], ones([3], f64).mul(6));
});

test('products work inside noGrad, where they are constants', () => {
  const w = tensor([1, 2], { ...f64, requiresGrad: true });
  const cube = (a: Tensor): Tensor => a.pow(3).sum();
  noGrad(() => {
    const { value, gradients } = vectorJacobianProduct(cube, [w]);
    expect(gradients[0].toArray()).toEqual([3, 12]);
    expect([value.requiresGrad, gradients[0].requiresGrad]).toEqual([false, false]);
    expect(hessian(cube, w).requiresGrad).toBe(false);
    expect(hessianVectorProduct(cube, [w], [ones([2], f64)])[0].toArray()).toEqual([6, 12]);
    expect(jacobianVectorProduct(cube, [w], [ones([2], f64)]).tangent.item()).toBe(15);
    expect(w.mul(2).requiresGrad).toBe(false);
    const fails = (): never => {
      throw new Error('inside');
    };
    expect(() => jacobian(fails, w)).toThrow('inside');
    expect(w.mul(2).requiresGrad).toBe(false);
  });
  expect(vectorJacobianProduct(cube, [w]).gradients[0].requiresGrad).toBe(true);
});

test('a function may read its argument', () => {
  const read = (a: Tensor): Tensor => {
    a.toArray();
    const square = a.square();
    square.toArray();
    return square.sum();
  };
  assertClose(vectorJacobianProduct(read, [x]).gradients[0], x.mul(2));
  assertClose(hessian(read, x), eye(3, 3, f64).mul(2));
});

test('what follows from constants through products is constant, so that loops forget their history', () => {
  let at = tensor([1, 2], f64);
  for (let step = 0; step < 3; step++) {
    const [product] = hessianVectorProduct((a) => a.square().sum(), [at], [ones([2], f64)]);
    at = at.sub(product.mul(0.1));
    expect(at.requiresGrad).toBe(false);
  }
});

test('inputs keep their own history out of it', () => {
  const w = tensor([1, 2], { ...f64, requiresGrad: true });
  const { gradients } = vectorJacobianProduct((a) => a.square().sum(), [w.mul(3)]);
  expect(gradients[0].toArray()).toEqual([6, 12]);
  expect(w.grad).toBeNull();
});

test('wrong calls are errors', () => {
  // @ts-expect-error: no direction for one input
  expect(() => jacobianVectorProduct(f, [x], [])).toThrow('jacobianVectorProduct: 0 tangents for 1 inputs');
  expect(() => jacobianVectorProduct(f, [x], [ones([2], f64)])).toThrow(
    'jacobianVectorProduct: tangent 0 has shape [2], its input [3]',
  );
  expect(() => hessianVectorProduct(scalar, [x], [1 as never])).toThrow(
    'hessianVectorProduct: expected a tensor, not 1',
  );
  expect(() => vectorJacobianProduct(f, [x])).toThrow('the output has shape [4]');
  expect(() => jacobian((a) => a.slice([[0, 0]]), x)).toThrow('jacobian: the output [0] has no elements');
});
