/**
 * @file Products with derivatives, and small derivatives in full: each a few calls of `gradient`. All results can be
 * differentiated again, also with respect to what the inputs were computed from.
 */
import { isFloat } from '../dtype.ts';
import { check, describe, fail, formatShape, isList } from '../errors.ts';
import { materialize } from '../graph/build.ts';
import { context } from '../graph/context.ts';
import { tensor, zerosLike } from '../ops/create.ts';
import { mul } from '../ops/elementwise.ts';
import { reshape, slice, stack } from '../ops/movement.ts';
import { sum } from '../ops/reduce.ts';
import { nodeOf, Tensor, wrap } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { gradient, initialCotangent, type TensorPerTensor } from './gradient.ts';

/** A function of tensors at a point: its value, and the fresh tensors that it was computed from. */
interface Evaluation {
  readonly value: Tensor;
  readonly points: Tensor[];
}

/**
 * Calls a function with fresh nodes of the inputs' values: what is differentiated is the function, not the inputs' own
 * history, though gradients of the results flow on into that.
 */
function evaluateAt(fn: unknown, inputs: readonly Tensor[], operation: string): Evaluation {
  check(typeof fn === 'function', operation, () => `expected a function, not ${describe(fn)}`);
  const points = Array.from(inputs, (input, position) => {
    const node = nodeOf(input, operation);
    check(
      isFloat(node.dtype),
      operation,
      () => `input ${position} is ${node.dtype}; only f32 and f64 tensors have gradients`,
    );
    return new Tensor(materialize(node));
  });
  const value: unknown = (fn as (...inputs: Tensor[]) => unknown)(...points);
  if (!(value instanceof Tensor)) fail(operation, `the function returned ${describe(value)}, not a tensor`);
  check(
    isFloat(value.dtype),
    operation,
    () => `the function's result is ${value.dtype}; only f32 and f64 results have gradients`,
  );
  return { value, points };
}

/** The same for functions whose result must be a single number. */
function evaluateScalarAt(fn: unknown, inputs: readonly Tensor[], operation: string): Evaluation {
  const evaluation = evaluateAt(fn, inputs, operation);
  const { size, shape } = evaluation.value;
  check(
    size === 1,
    operation,
    () => `the function's result has shape ${formatShape(shape)}, but must be a single number`,
  );
  return evaluation;
}

/** Runs work that needs to record, also inside `noGrad`, where what comes of it counts as constant. */
function recorded(work: () => readonly Tensor[]): Tensor[] {
  const before = context.recording;
  context.recording = true;
  let results: readonly Tensor[];
  try {
    results = work();
  } finally {
    context.recording = before;
  }
  return results.map(({ node }) => wrap(node));
}

function checkInputs(inputs: unknown, operation: string): void {
  if (!isList(inputs)) fail(operation, `expected an array of inputs, not ${describe(inputs)}`);
}

/**
 * The value of a function and the product vᵀ·J of a cotangent with its Jacobian.
 * @returns the value, and one gradient per input
 * @example
 * const { gradients } = vectorJacobianProduct((x) => x.exp(), [tensor([0, 1])], tensor([1, 1]));
 * gradients[0].toArray(); // [1, 2.718…]
 */
export function vectorJacobianProduct<const Inputs extends readonly Tensor[]>(
  fn: (...inputs: TensorPerTensor<Inputs>) => Tensor,
  inputs: Inputs,
  cotangent?: Tensor,
): { value: Tensor; gradients: TensorPerTensor<Inputs> } {
  const operation = 'vectorJacobianProduct';
  checkInputs(inputs, operation);
  const [value, ...gradients] = recorded(() => {
    const { value, points } = evaluateAt(fn, inputs, operation);
    const start = initialCotangent(value, cotangent, operation);
    return [value, ...gradient(value, points, { cotangent: start })];
  });
  // One gradient per input, as the type says position by position.
  return { value: value!, gradients: gradients as TensorPerTensor<Inputs> };
}

/**
 * The value of a function and the product J·v of its Jacobian with tangents of the inputs, by differentiating vᵀ·J,
 * which is linear in v, with respect to v.
 * @example
 * const { tangent } = jacobianVectorProduct((x) => x.mul(x), [tensor([1, 2])], [tensor([1, 0])]);
 * tangent.toArray(); // [2, 0]
 */
export function jacobianVectorProduct<const Inputs extends readonly Tensor[]>(
  fn: (...inputs: TensorPerTensor<Inputs>) => Tensor,
  inputs: Inputs,
  tangents: Readonly<TensorPerTensor<Inputs>>,
): { value: Tensor; tangent: Tensor } {
  const operation = 'jacobianVectorProduct';
  checkTangents(inputs, tangents, operation);
  const [value, tangent] = recorded(() => {
    const { value, points } = evaluateAt(fn, inputs, operation);
    const cotangent = zerosLike(value);
    const pulled = gradient(value, points, { cotangent });
    return [value, ...gradient(inner(pulled, tangents), [cotangent])];
  });
  return { value: value!, tangent: tangent! };
}

function checkTangents(inputs: readonly Tensor[], tangents: readonly Tensor[], operation: string): void {
  checkInputs(inputs, operation);
  if (!isList(tangents)) fail(operation, `expected an array of tangents, not ${describe(tangents)}`);
  check(
    inputs.length === tangents.length,
    operation,
    () => `${tangents.length} tangents for ${inputs.length} inputs`,
  );
  Array.from(inputs).forEach((input, position) => {
    const expected = nodeOf(input, operation);
    const { shape, dtype } = nodeOf(tangents[position], operation);
    check(
      equalShapes(shape, expected.shape),
      operation,
      () => `tangent ${position} has shape ${formatShape(shape)}, its input ${formatShape(expected.shape)}`,
    );
    check(
      dtype === expected.dtype,
      operation,
      () => `tangent ${position} is ${dtype}, its input ${expected.dtype}; use cast`,
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
 * const [hv] = hessianVectorProduct((x) => x.pow(3).sum(), [tensor([1, 2])], [tensor([1, 1])]);
 * hv.toArray(); // [6, 12]
 */
export function hessianVectorProduct<const Inputs extends readonly Tensor[]>(
  fn: (...inputs: TensorPerTensor<Inputs>) => Tensor,
  inputs: Inputs,
  directions: Readonly<TensorPerTensor<Inputs>>,
): TensorPerTensor<Inputs> {
  const operation = 'hessianVectorProduct';
  checkTangents(inputs, directions, operation);
  const products = recorded(() => {
    const { value, points } = evaluateScalarAt(fn, inputs, operation);
    return gradient(inner(gradient(value, points), directions), points);
  });
  // One product per input, as the type says position by position.
  return products as TensorPerTensor<Inputs>;
}

/** The gradient of every element of `output`, stacked along leading axes of its shape. */
function rowsOf(output: Tensor, input: Tensor, operation: string): Tensor {
  const flat = reshape(output, [-1]);
  const rows = Array.from({ length: output.size }, (_, row) => gradient(slice(flat, [row]), [input])[0]);
  check(rows.length > 0, operation, () => `the output ${formatShape(output.shape)} has no elements`);
  return reshape(stack(rows), [...output.shape, ...input.shape]);
}

/**
 * All first derivatives of a function of one tensor: one gradient per element of its result, so for small results.
 * @returns [...fn(x).shape, ...x.shape]
 * @example jacobian((x) => x.mul(x), tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const [matrix] = recorded(() => {
    const { value, points } = evaluateAt(fn, [x], 'jacobian');
    return [rowsOf(value, points[0]!, 'jacobian')];
  });
  return matrix!;
}

/**
 * All second derivatives of a scalar function of one tensor, for small tensors.
 * @returns [...x.shape, ...x.shape]
 * @example hessian((x) => x.pow(3).sum(), tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 */
export function hessian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const [matrix] = recorded(() => {
    const { value, points } = evaluateScalarAt(fn, [x], 'hessian');
    return [rowsOf(gradient(value, points)[0]!, points[0]!, 'hessian')];
  });
  return matrix!;
}
