/**
 * @file Gradients that users give themselves, for functions whose derived gradient would be unstable or unwanted.
 */
import { check, describe, fail, formatShape, isList } from '../errors.ts';
import { customGradient as customGradientNode } from '../graph/build.ts';
import { identity } from '../graph/history.ts';
import { isOp, type Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { nodeOf, Tensor, wrap } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';

/** What the function given to customGradient returns. */
export interface CustomGradient {
  /** The result. */
  value: Tensor;
  /** From the result's cotangent to the arguments' (each of the argument's shape and dtype; `null` for zero). */
  gradient: (cotangent: Tensor) => readonly (Tensor | null)[];
}

/** Throws if a gradient that the value should have would be lost: it could only pass through an argument. */
function checkClosure(value: Node, inputs: readonly Node[]): void {
  const isArgument = new Set(inputs.flatMap((node) => [node, identity(node)]));
  const endsHere = (node: Node): boolean => isArgument.has(node) || isArgument.has(identity(node));
  const order = topologicalOrder([value], (node) =>
    !node.tracked || endsHere(node) || isOp(node, 'stopGradient') ? [] : node.inputs,
  );
  for (const node of order) {
    const isLeaf = node.tracked && (isOp(node, 'stopGradient') || isOp(node, 'data'));
    check(
      !isLeaf || endsHere(node),
      'customGradient',
      () =>
        'the value depends on a tensor that requires a gradient and is not an argument; pass it as an argument or detach() it',
    );
  }
}

/**
 * A function with a gradient of your own. Write the gradient with tensor operations and it can be differentiated again.
 * @param fn from arguments to value and gradient; both may use the arguments
 * @throws when called: if the value depends on a tensor that requires its gradient but is no argument, as that gradient
 *   would be lost
 * @example
 * // The identity forward; backward, every gradient limited to [−1, 1].
 * const clipped = customGradient((x) => ({ value: x.mul(1), gradient: (g) => [g.clamp(-1, 1)] }));
 * const x = tensor(3);
 * gradient(clipped(x).mul(5), [x])[0].item(); // 1
 */
export function customGradient<Arguments extends readonly Tensor[]>(
  fn: (...inputs: Arguments) => CustomGradient,
): (...inputs: Arguments) => Tensor {
  check(typeof fn === 'function', 'customGradient', () => `expected a function, not ${describe(fn)}`);
  return (...inputs) => {
    const nodes = inputs.map((input) => nodeOf(input, 'customGradient'));
    const result: unknown = fn(...inputs);
    if (typeof result !== 'object' || result === null)
      fail('customGradient', `the function returns { value, gradient }, not ${describe(result)}`);
    const { value, gradient } = result as CustomGradient;
    const valueNode = nodeOf(value, 'customGradient');
    check(
      typeof gradient === 'function',
      'customGradient',
      () => `the function returns { value, gradient }, but gradient is ${describe(gradient)}`,
    );
    // A leaf that was read inside stands for its value since.
    checkClosure(valueNode, [...nodes, ...inputs.map(({ node }) => node)]);
    const pullback = (cotangent: Node): (Node | null)[] => {
      const cotangents: unknown = gradient(wrap(cotangent));
      if (!isList(cotangents))
        fail('customGradient', `the gradient returns an array of cotangents, not ${describe(cotangents)}`);
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
    return wrap(customGradientNode(valueNode, nodes, pullback));
  };
}
