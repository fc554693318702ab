/**
 * @file `npm run custom-op`: two operations that the library does not have, with derivatives of every order.
 */
import { customGradient, gradcheck, gradient, tensor, type Tensor } from '@windfall/core';

/** An operation is a function of tensors: Mish (Misra 2019), x · tanh(ln(1 + eˣ)). Its gradient needs no line. */
const mish = (x: Tensor): Tensor => x.mul(x.exp().log1p().tanh());

/** ln(1 + eˣ) as it stands: for large x, the derived eˣ/(1 + eˣ) is ∞/∞. */
const naive = (x: Tensor): Tensor => x.exp().log1p();

/** So here its value for large x is put in, and a gradient given: 1/(1 + e⁻ˣ). As that is made of tensors, it has a gradient, too. */
const stable = customGradient((x: Tensor) => ({
  value: x.maximum(0).add(x.abs().neg().exp().log1p()),
  gradient: (cotangent: Tensor) => [cotangent.mul(x.sigmoid())],
}));

const x = tensor([-3, -0.5, 0.25, 2], { dtype: 'f64' });
for (const [name, operation] of Object.entries({ mish, naive, stable })) {
  const { maximumRelativeError } = gradcheck(operation, [x], { order: 3 });
  const errors = maximumRelativeError.map((error) => error.toExponential(1)).join(', ');
  console.log(`${name}: derivatives of order 1, 2, 3 are within ${errors} of finite differences`);
}

const far = tensor([1000], { dtype: 'f64' });
for (const [name, operation] of Object.entries({ naive, stable })) {
  const [slope] = gradient(operation(far).sum(), [far]);
  console.log(`${name}: slope at 1000 is ${String(slope.toArray())}`);
}
