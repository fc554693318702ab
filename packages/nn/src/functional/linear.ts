/**
 * @file The fully connected layer's function.
 */
import { matmul, type Tensor } from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkTensor } from '../arguments.ts';

/**
 * x·Wᵀ + b: PyTorch's `linear`.
 * @param x [..., inputs]
 * @param weight [outputs, inputs], of x's dtype
 * @param bias [outputs], of x's dtype; by default nothing is added
 * @returns [..., outputs]
 * @throws if the shapes or dtypes do not fit
 * @example functional.linear(tensor([1, 2]), tensor([[3, 4]]), tensor([5])).toArray(); // [16]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkTensor(x, 'linear');
  checkTensor(weight, 'linear', 'the weight');
  check(
    weight.rank === 2 && x.shape.at(-1) === weight.shape[1],
    'linear',
    () =>
      `expected x [..., inputs] and a weight [outputs, inputs], got ${formatShape(x.shape)} and ${formatShape(weight.shape)}`,
  );
  check(x.dtype === weight.dtype, 'linear', () => `dtypes differ: ${x.dtype} × ${weight.dtype}; use cast`);
  const product = matmul(x, weight.transpose());
  if (bias === null) return product;
  checkTensor(bias, 'linear', 'the bias');
  check(
    bias.rank === 1 && bias.shape[0] === weight.shape[0] && bias.dtype === weight.dtype,
    'linear',
    () => `the bias is ${weight.dtype} [${weight.shape[0]}], not ${bias.dtype} ${formatShape(bias.shape)}`,
  );
  return product.add(bias);
}
