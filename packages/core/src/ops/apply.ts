/**
 * @file How a row of the scalar table meets tensors: dtype promotion and broadcasting, once for all functions.
 */
import { type DType, promote, weakDType } from '../dtype.ts';
import { describe, fail } from '../errors.ts';
import { cast, constant, elementwise, operandDTypeOf } from '../graph/build.ts';
import { Node } from '../graph/node.ts';
import { type ScalarName, scalarFunction } from '../graph/scalar-functions.ts';
import { broadcastShapes, type Shape } from '../shape.ts';
import { broadcastNode } from './broadcast.ts';
import { Tensor, type TensorLike, wrap } from './tensor.ts';

/** The dtype of operands together: the tensors' highest, lifted by numbers only as far as they need; f32 for numbers alone. */
function commonDType(operands: readonly (Node | number | boolean)[]): DType {
  const nodes = operands.filter((operand) => operand instanceof Node);
  let common: DType | undefined;
  for (const node of nodes) common = common === undefined ? node.dtype : promote(common, node.dtype);
  if (common === undefined) return operands.every((operand) => typeof operand === 'boolean') ? 'bool' : 'f32';
  for (const operand of operands) {
    if (!(operand instanceof Node)) common = promote(common, weakDType(operand, common));
  }
  return common;
}

/** The operand as a node of this dtype and shape. */
function conform(operand: Node | number | boolean, dtype: DType, shape: Shape): Node {
  if (operand instanceof Node) return broadcastNode(cast(operand, dtype), shape);
  return constant(Number(operand), shape, dtype);
}

/** A tensor's node, or the number or boolean itself. */
function operandOf(value: unknown, operation: string): Node | number | boolean {
  if (value instanceof Tensor) return value.node;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return fail(operation, `expected a tensor or a number, not ${describe(value)}`);
}

/** Throws in the name of an operation that passes its argument on to others. */
export function checkOperand(value: unknown, operation: string): asserts value is TensorLike {
  operandOf(value, operation);
}

/** Applies a scalar function element by element to operands that broadcast together. */
export function apply(name: ScalarName, ...values: readonly TensorLike[]): Tensor {
  const operands = values.map((value) => operandOf(value, name));
  const shape = broadcastShapes(
    operands.map((operand) => (operand instanceof Node ? operand.shape : [])),
    name,
  );
  const selects = scalarFunction(name).dtypes === 'selection';
  const common = commonDType(selects ? operands.slice(1) : operands);
  return wrap(
    elementwise(
      name,
      operands.map((operand, position) => conform(operand, operandDTypeOf(name, common, position), shape)),
    ),
  );
}
