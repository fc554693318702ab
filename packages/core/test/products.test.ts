/**
 * @file Products with Jacobians and Hessians, against those matrices written out.
 */
import {
  assertClose,
  Generator,
  gradient,
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianVectorProduct,
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
  assertClose(gradients[0]!, v.matmul(jacobian(f, x)));
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
  const [product] = hessianVectorProduct(scalar, [x], [v]) as [Tensor];
  assertClose(product, hessian(scalar, x).matmul(v), { tolerance: { absolute: 1e-10, relative: 1e-10 } });
});

test('H·v of several inputs covers the mixed derivatives', () => {
  const y = tensor([1, 2, 3], f64);
  const [px, py] = hessianVectorProduct((a, b) => a.mul(b).sum(), [x, y], [ones([3], f64), y]) as [
    Tensor,
    Tensor,
  ];
  assertClose(px, y);
  assertClose(py, ones([3], f64));
});

test('inputs keep their own history out of it', () => {
  const w = tensor([1, 2], { ...f64, requiresGrad: true });
  const { gradients } = vectorJacobianProduct((a) => a.square().sum(), [w.mul(3)]);
  expect(gradients[0]!.toArray()).toEqual([6, 12]);
  expect(w.grad).toBeNull();
});

test('wrong calls are errors', () => {
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
