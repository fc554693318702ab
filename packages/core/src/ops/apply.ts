/**
 * @file How a row of the scalar table meets tensors: dtype promotion and broadcasting, once for all functions.
 */
import { type DType, promote, weakDType } from '../dtype.ts';
import { describe, fail } from '../errors.ts';
import { cast, constant, elementwise, operandDTypeOf } from '../graph/build.ts';
import { Node } from '../graph/node.ts';
import { type ScalarName, scalarFunction } from '../graph/scalar-functions.ts';
import { broadcastShapes, equalShapes, type Shape } from '../shape.ts';
import { broadcastNode } from './broadcast.ts';
import { Tensor, type TensorLike, wrap } from './tensor.ts';

type Operand = Node | number | boolean;

/**
 * The dtype of operands together: the tensors' highest, lifted by numbers only as far as they need; f32 for numbers alone.
 * @param first the first operand that counts
 */
function commonDType(operands: readonly Operand[], first: number): DType {
  let common: DType | undefined;
  for (let k = first; k < operands.length; k++) {
    const operand = operands[k]!;
    if (!(operand instanceof Node)) continue;
    common = common === undefined ? operand.dtype : promote(common, operand.dtype);
  }
  if (common === undefined)
    return operands.every((operand, k) => k < first || typeof operand === 'boolean') ? 'bool' : 'f32';
  for (let k = first; k < operands.length; k++) {
    const operand = operands[k]!;
    if (!(operand instanceof Node)) common = promote(common, weakDType(operand, common));
  }
  return common;
}

const single: Shape = [];

/** The shape of operands together. */
function commonShape(operands: readonly Operand[], operation: string): Shape {
  let common: Shape | undefined;
  for (const operand of operands) {
    if (!(operand instanceof Node)) continue;
    common ??= operand.shape;
    if (!equalShapes(operand.shape, common))
      return broadcastShapes(
        operands.map((each) => (each instanceof Node ? each.shape : single)),
        operation,
      );
  }
  return common ?? single;
}

/** The operand as a node of this dtype and shape. */
function conform(operand: Operand, dtype: DType, shape: Shape): Node {
  if (operand instanceof Node) return broadcastNode(cast(operand, dtype), shape);
  return constant(Number(operand), shape, dtype);
}

/** A tensor's node, or the number or boolean itself. */
function operandOf(value: unknown, operation: string): Operand {
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
  const shape = commonShape(operands, name);
  const { dtypes } = scalarFunction(name);
  const common = commonDType(operands, dtypes === 'selection' ? 1 : 0);
  return wrap(
    elementwise(
      name,
      operands.map((operand, position) => conform(operand, operandDTypeOf(dtypes, common, position), shape)),
    ),
  );
}
