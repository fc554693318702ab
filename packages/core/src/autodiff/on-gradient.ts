/**
 * @file Looking at a gradient on its way, and changing it.
 */
import { isFloat } from '../dtype.ts';
import { check, describe, formatShape } from '../errors.ts';
import { nodeOf, Tensor } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { customGradient } from './custom-gradient.ts';

/** Gets a cotangent, and may return another in its stead: of the same shape and dtype. */
export type GradientHook = ((cotangent: Tensor) => void) | ((cotangent: Tensor) => Tensor | undefined);

/**
 * The same values, and a function that is called with the cotangent of the result whenever a gradient passes through here,
 * before it goes on: PyTorch's `Tensor.register_hook`, but for what is computed from the result only. It costs no memory
 * and no time of its own.
 *
 * The function is called while the gradient's graph is built, once for each call of `gradient` or `backward`, with all
 * that arrives here. The cotangent is a tensor like any other: it may be read (not inside `compile`), kept, and
 * differentiated again. Gradients of gradients pass here too where they depend on these values, and are announced just so.
 *
 * @param x f32 or f64
 * @throws if x is no float tensor, or what the function returns does not have the cotangent's shape and dtype
 * @example
 * const x = tensor(3);
 * const y = onGradient(x.mul(2), (cotangent) => console.log(cotangent.item()));
 * gradient(y.mul(5), [x]); // 5
 */
export function onGradient(x: Tensor, hook: GradientHook): Tensor {
  const { dtype } = nodeOf(x, 'onGradient');
  check(isFloat(dtype), 'onGradient', () => `only f32 and f64 tensors have gradients, not ${dtype}`);
  check(typeof hook === 'function', 'onGradient', () => `expected a function, not ${describe(hook)}`);
  const passOn = (cotangent: Tensor): Tensor => {
    const replacement: unknown = hook(cotangent);
    if (replacement === undefined) return cotangent;
    check(
      replacement instanceof Tensor,
      'onGradient',
      () => `the function returns a tensor or nothing, not ${describe(replacement)}`,
    );
    const { shape } = replacement;
    check(
      equalShapes(shape, cotangent.shape) && replacement.dtype === dtype,
      'onGradient',
      () =>
        `the function returned ${replacement.dtype} ${formatShape(shape)} for a cotangent ${dtype} ${formatShape(cotangent.shape)}`,
    );
    return replacement;
  };
  return customGradient((value: Tensor) => ({ value, gradient: (cotangent) => [passOn(cotangent)] }))(x);
}
