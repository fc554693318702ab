/**
 * @file Products with derivatives, and small derivatives in full: each a few calls of `gradient`.
 */
import { check, formatShape } from '../errors.ts';
import { reshape, slice, stack } from '../ops/movement.ts';
import { mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { tensor, zerosLike } from '../ops/create.ts';
import { leaf } from '../graph/build.ts';
import { nodeOf, Tensor } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { gradient } from './gradient.ts';

/** Fresh leaves with the inputs' values: what is differentiated is the function, not the inputs' own history. */
function leavesFor(inputs: readonly Tensor[], operation: string): Tensor[] {
  return inputs.map((input) => new Tensor(leaf(nodeOf(input, operation))));
}

/**
 * The value of a function and the product vᵀ·J of a cotangent with its Jacobian.
 * @returns the value, and one gradient per input
 * @example
 * const { value, gradients } = vectorJacobianProduct((x) => x.exp(), [tensor([0, 1])], tensor([1, 1]));
 */
export function vectorJacobianProduct(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  cotangent?: Tensor,
): { value: Tensor; gradients: Tensor[] } {
  const leaves = leavesFor(inputs, 'vectorJacobianProduct');
  const value = fn(...leaves);
  return { value, gradients: gradient(value, leaves, cotangent === undefined ? {} : { cotangent }) };
}

/**
 * The value of a function and the product J·v of its Jacobian with tangents of the inputs, by differentiating vᵀ·J,
 * which is linear in v, with respect to v.
 * @example
 * const { value, tangent } = jacobianVectorProduct((x) => x.mul(x), [tensor([1, 2])], [tensor([1, 0])]);
 */
export function jacobianVectorProduct(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  tangents: readonly Tensor[],
): { value: Tensor; tangent: Tensor } {
  const operation = 'jacobianVectorProduct';
  checkTangents(inputs, tangents, operation);
  const leaves = leavesFor(inputs, operation);
  const value = fn(...leaves);
  const cotangent = new Tensor(leaf(zerosLike(value).node));
  const pulled = gradient(value, leaves, { cotangent });
  return { value, tangent: gradient(inner(pulled, tangents), [cotangent])[0] };
}

function checkTangents(inputs: readonly Tensor[], tangents: readonly Tensor[], operation: string): void {
  check(
    inputs.length === tangents.length,
    operation,
    () => `${tangents.length} tangents for ${inputs.length} inputs`,
  );
  inputs.forEach((input, position) => {
    const { shape } = nodeOf(tangents[position], operation);
    check(
      equalShapes(shape, input.shape),
      operation,
      () => `tangent ${position} has shape ${formatShape(shape)}, its input ${formatShape(input.shape)}`,
    );
  });
}

/** Σ over all pairs of their inner products. */
function inner(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  const [first, ...rest] = a.map((tensor, position) => sum(mul(tensor, b[position]!)));
  return rest.reduce((total, term) => total.add(term), first ?? tensor(0));
}

/**
 * The product H·v of a scalar function's Hessian with a direction, without forming H: the gradient of ∇f·v.
 * @returns one product per input
 * @example
 * const [hv] = hessianVectorProduct((x) => x.pow(3).sum(), [tensor([1, 2])], [tensor([1, 1])]); // [6, 12]
 */
export function hessianVectorProduct(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  directions: readonly Tensor[],
): Tensor[] {
  const operation = 'hessianVectorProduct';
  checkTangents(inputs, directions, operation);
  const leaves = leavesFor(inputs, operation);
  return gradient(inner(gradient(fn(...leaves), leaves), directions), leaves);
}

/** The gradient of every element of `output`, stacked along leading axes of its shape. */
function rowsOf(output: Tensor, input: Tensor): Tensor {
  const flat = reshape(output, [-1]);
  const rows = Array.from({ length: output.size }, (_, row) => gradient(slice(flat, [row]), [input])[0]);
  check(rows.length > 0, 'jacobian', () => `the output ${formatShape(output.shape)} has no elements`);
  return reshape(stack(rows), [...output.shape, ...input.shape]);
}

/**
 * All first derivatives of a function of one tensor: one gradient per element of its result, so for small results.
 * @returns [...fn(x).shape, ...x.shape]
 * @example jacobian((x) => x.mul(x), tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const [input] = leavesFor([x], 'jacobian') as [Tensor];
  return rowsOf(fn(input), input);
}

/**
 * All second derivatives of a scalar function of one tensor, for small tensors.
 * @returns [...x.shape, ...x.shape]
 * @example hessian((x) => x.pow(3).sum(), tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 */
export function hessian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const [input] = leavesFor([x], 'hessian') as [Tensor];
  return rowsOf(gradient(fn(input), [input])[0], input);
}
