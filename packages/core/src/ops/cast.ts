/**
 * @file Changing dtype, and the three identities that mark a place in the graph.
 */
import { checkDType, type DType } from '../dtype.ts';
import {
  cast as castNode,
  materialize as materializeNode,
  stopGradient as stopGradientNode,
} from '../graph/build.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/**
 * The same values in another dtype: to i32 they lose their fraction (towards 0) and stay within 32 bits, NaN
 * becoming 0; to bool they become `x ≠ 0`. Gradients pass between floats only.
 * @example cast(tensor([1.7, -1.7]), 'i32').toArray(); // [1, -1]
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkDType(dtype, 'cast');
  return wrap(castNode(nodeOf(x, 'cast'), dtype));
}

/**
 * The same values as a constant: no gradient flows through, at any order.
 * @example
 * const x = tensor(3);
 * gradient(stopGradient(x).mul(x), [x])[0].item(); // 3 (x, not 2x)
 */
export function stopGradient(x: Tensor): Tensor {
  return wrap(stopGradientNode(nodeOf(x, 'stopGradient')));
}

/**
 * The same values without history: PyTorch's name for {@link stopGradient}.
 * @example tensor(3, { requiresGrad: true }).mul(2).detach().requiresGrad; // false
 */
export function detach(x: Tensor): Tensor {
  return wrap(stopGradientNode(nodeOf(x, 'detach')));
}

/**
 * The same values, stored when they are first computed rather than recomputed in every kernel that uses them.
 * A hint for the compiler; it changes no result.
 * @example materialize(tensor([0, 0]).exp()).sum().item(); // 2
 */
export function materialize(x: Tensor): Tensor {
  return wrap(materializeNode(nodeOf(x, 'materialize')));
}
