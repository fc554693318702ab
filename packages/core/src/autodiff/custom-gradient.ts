/**
 * @file Gradients that users give themselves, for functions whose derived gradient would be unstable or unwanted.
 */
import { check, describe, formatShape } from '../errors.ts';
import { customGradient as customGradientNode } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, Tensor, wrap } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';

/** What the function given to customGradient returns. */
export interface CustomGradient {
  /** The result. */
  value: Tensor;
  /** From the result's cotangent to the arguments' (each of the argument's shape and dtype; `null` for zero). */
  gradient: (cotangent: Tensor) => readonly (Tensor | null)[];
}

/**
 * A function with a gradient of your own. Write the gradient with tensor operations and it can be differentiated again.
 * @param fn from arguments to value and gradient; both may use the arguments
 * @example
 * // The identity forward; backward, every gradient limited to [−1, 1].
 * const clipped = customGradient((x) => ({ value: x.mul(1), gradient: (g) => [g.clamp(-1, 1)] }));
 */
export function customGradient<Arguments extends readonly Tensor[]>(
  fn: (...inputs: Arguments) => CustomGradient,
): (...inputs: Arguments) => Tensor {
  return (...inputs) => {
    const nodes = inputs.map((input) => nodeOf(input, 'customGradient'));
    const { value, gradient } = fn(...inputs);
    const pullback = (cotangent: Node): (Node | null)[] => {
      const cotangents = gradient(wrap(cotangent));
      check(
        cotangents.length === nodes.length,
        'customGradient',
        () => `the gradient returned ${cotangents.length} cotangents for ${nodes.length} arguments`,
      );
      return cotangents.map((result, position) => {
        if (result === null) return null;
        const { shape, dtype } = nodes[position]!;
        check(
          result instanceof Tensor,
          'customGradient',
          () => `cotangent ${position} is not a tensor but ${describe(result)}`,
        );
        check(
          equalShapes(result.shape, shape),
          'customGradient',
          () =>
            `cotangent ${position} has shape ${formatShape(result.shape)}, its argument ${formatShape(shape)}`,
        );
        check(
          result.dtype === dtype,
          'customGradient',
          () => `cotangent ${position} is ${result.dtype}, its argument ${dtype}`,
        );
        return result.node;
      });
    };
    return wrap(customGradientNode(nodeOf(value, 'customGradient'), nodes, pullback));
  };
}
