/**
 * @file Products summed over shared axes: matmul, dot, outer and einsum, all of them the one primitive `contract`.
 */
import { promote, type DType } from '../dtype.ts';
import { check, describe, formatShape } from '../errors.ts';
import { cast as castNode, contract as contractNode } from '../graph/build.ts';
import type { Attributes, Node } from '../graph/node.ts';
import { broadcastShapes, checkSize, type Shape } from '../shape.ts';
import { broadcastNode } from './broadcast.ts';
import { cast } from './cast.ts';
import { letterEllipses, letterResult } from './ellipsis.ts';
import { diagonal, permute } from './movement.ts';
import { sum } from './reduce.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/** Both nodes, after checking that their dtypes agree: nothing is promoted in a contraction. Booleans count as i32. */
function operandsOf(left: Tensor, right: Tensor, operation: string): [Node, Node] {
  const a = nodeOf(left, operation);
  const b = nodeOf(right, operation);
  check(a.dtype === b.dtype, operation, () => `dtypes differ: ${a.dtype} × ${b.dtype}; use cast`);
  const dtype: DType = promote(a.dtype, 'i32');
  return [castNode(a, dtype), castNode(b, dtype)];
}

function contraction(left: Node, right: Node, labels: Attributes['contract'], operation: string): Tensor {
  const product = contractNode(left, right, labels);
  checkSize(product.shape, operation);
  return wrap(product);
}

function matrixSizesAgree(operation: string, a: Shape, b: Shape, inner: number, other: number): void {
  check(
    inner === other,
    operation,
    () => `inner sizes differ: ${formatShape(a)} × ${formatShape(b)} (${inner} ≠ ${other})`,
  );
}

/**
 * The matrix product of the last two axes; the axes before them broadcast. A one-dimensional operand counts as a row on
 * the left and as a column on the right, and that axis is gone from the result. As NumPy's and PyTorch's `matmul`.
 *
 * @param left [..., m, k] or [k]
 * @param right [..., k, n] or [k], of the same dtype
 * @returns [..., m, n]
 * @example matmul(tensor([[1, 2]]), tensor([[3], [4]])).toArray(); // [[11]]
 */
export function matmul(left: Tensor, right: Tensor): Tensor {
  const [a, b] = operandsOf(left, right, 'matmul');
  check(
    a.shape.length > 0 && b.shape.length > 0,
    'matmul',
    () => `operands need at least one axis: ${formatShape(a.shape)} × ${formatShape(b.shape)}`,
  );
  matrixSizesAgree('matmul', a.shape, b.shape, a.shape.at(-1)!, b.shape.at(-2) ?? b.shape.at(-1)!);
  const batch = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)], 'matmul');
  const matrixOf = (node: Node): Node =>
    node.shape.length <= 2 ? node : broadcastNode(node, [...batch, ...node.shape.slice(-2)]);
  // Labels: 0 … for the batch, then m, k and n. An operand without batch axes is shared, not repeated.
  const labels = batch.map((_, axis) => axis);
  const [m, k, n] = [batch.length, batch.length + 1, batch.length + 2];
  const [x, y] = [matrixOf(a), matrixOf(b)];
  const batchOf = (node: Node): number[] => (node.shape.length > 2 ? labels : []);
  const rows = a.shape.length > 1 ? [m] : [];
  const columns = b.shape.length > 1 ? [n] : [];
  for (const operand of [x, y]) checkSize(operand.shape, 'matmul');
  return contraction(
    x,
    y,
    {
      left: [...batchOf(x), ...rows, k],
      right: [...batchOf(y), k, ...columns],
      output: [...labels, ...rows, ...columns],
    },
    'matmul',
  );
}

/**
 * The inner product of two one-dimensional tensors.
 * @example dot(tensor([1, 2]), tensor([3, 4])).item(); // 11
 */
export function dot(left: Tensor, right: Tensor): Tensor {
  const [a, b] = operandsOf(left, right, 'dot');
  check(
    a.shape.length === 1 && b.shape.length === 1,
    'dot',
    () => `needs two one-dimensional tensors: ${formatShape(a.shape)} × ${formatShape(b.shape)}`,
  );
  matrixSizesAgree('dot', a.shape, b.shape, a.shape[0]!, b.shape[0]!);
  return contraction(a, b, { left: [0], right: [0], output: [] }, 'dot');
}

/**
 * All products of an element of one one-dimensional tensor with an element of another.
 * @returns [left.size, right.size]
 * @example outer(tensor([1, 2]), tensor([3, 4])).toArray(); // [[3, 4], [6, 8]]
 */
export function outer(left: Tensor, right: Tensor): Tensor {
  const [a, b] = operandsOf(left, right, 'outer');
  check(
    a.shape.length === 1 && b.shape.length === 1,
    'outer',
    () => `needs two one-dimensional tensors: ${formatShape(a.shape)} × ${formatShape(b.shape)}`,
  );
  return contraction(a, b, { left: [0], right: [1], output: [0, 1] }, 'outer');
}

interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

/** Takes diagonals until no label occurs twice. */
function withoutRepeats({ tensor, labels }: Labelled): Labelled {
  const second = Array.from(labels).findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]!);
  const others = tensor.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  check(
    tensor.shape[first] === tensor.shape[second],
    'einsum',
    () => `label ${labels[first]} has two sizes: ${tensor.shape[first]} ≠ ${tensor.shape[second]}`,
  );
  const rest = others.map((axis) => labels[axis]).join('');
  return withoutRepeats({
    tensor: diagonal(permute(tensor, [...others, first, second])),
    labels: rest + labels[first]!,
  });
}

/** Sums over the labels that nothing else needs. */
function withoutUnneeded({ tensor, labels }: Labelled, needed: string): Labelled {
  const unneeded = Array.from(labels).flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
  if (unneeded.length === 0) return { tensor, labels };
  return {
    tensor: sum(tensor, unneeded),
    labels: Array.from(labels)
      .filter((label) => needed.includes(label))
      .join(''),
  };
}

/** Contracts two operands, keeping the labels in `needed`. */
function contractPair(a: Labelled, b: Labelled, needed: string): Labelled {
  const left = withoutUnneeded(a, needed + b.labels);
  const right = withoutUnneeded(b, needed + a.labels);
  const output = Array.from(new Set(left.labels + right.labels))
    .filter((label) => needed.includes(label))
    .join('');
  const numbers = (labels: string): number[] => Array.from(labels).map((label) => label.codePointAt(0)!);
  const [x, y] = operandsOf(left.tensor, right.tensor, 'einsum');
  return {
    tensor: contraction(
      x,
      y,
      {
        left: numbers(left.labels),
        right: numbers(right.labels),
        output: numbers(output),
      },
      'einsum',
    ),
    labels: output,
  };
}

/** Letters, and at most one ellipsis among them, for each operand and for the result. */
const readable = /^[a-zA-Z]*(\.{3}[a-zA-Z]*)?(,[a-zA-Z]*(\.{3}[a-zA-Z]*)?)*(->[a-zA-Z]*(\.{3}[a-zA-Z]*)?)?$/;

/**
 * Einstein summation: each letter names an axis; axes of one letter are multiplied together, and letters missing after
 * the arrow are summed over. Without an arrow the result has the letters that occur once, in alphabetical order. A
 * letter repeated in one operand takes its diagonal. `...` stands for axes without letters, which broadcast; without an
 * arrow the result has them first. Operands contract from left to right.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * einsum('ij,jk->ik', a, a).toArray(); // [[7, 10], [15, 22]] (the matrix product)
 * einsum('ij->ji', a).toArray(); // [[1, 3], [2, 4]] (the transposition)
 * einsum('ii', a).item(); // 5 (the trace)
 * einsum('...ij,j->...i', a, tensor([1, 1])).toArray(); // [3, 7]
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  check(
    typeof equation === 'string' && readable.test(equation.replaceAll(/\s/g, '')),
    'einsum',
    () => `cannot read ${describe(equation)}; an equation looks like 'ij,jk->ik'`,
  );
  const [inputs = '', result] = equation.replaceAll(/\s/g, '').split('->');
  const given = inputs.split(',');
  check(
    given.length === operands.length,
    'einsum',
    () => `'${equation}' names ${given.length} operands, but ${operands.length} were given`,
  );
  const { terms, operands: tensors, unnamed } = letterEllipses(given, operands);
  const extents = new Map<string, number>();
  const labelled = tensors.map((operand, position): Labelled => {
    const { shape } = nodeOf(operand, 'einsum');
    const labels = terms[position]!;
    check(
      labels.length === shape.length,
      'einsum',
      () =>
        `'${labels}' needs ${labels.length} axes, but operand ${position} has shape ${formatShape(shape)}`,
    );
    Array.from(labels).forEach((label, axis) => {
      const known = extents.get(label) ?? shape[axis]!;
      check(
        known === shape[axis],
        'einsum',
        () =>
          `label ${label} has two sizes: ${known} ≠ ${shape[axis]} (operand ${position}, ${formatShape(shape)})`,
      );
      extents.set(label, known);
    });
    return withoutRepeats({ tensor: operand.dtype === 'bool' ? cast(operand, 'i32') : operand, labels });
  });
  const once = [...extents.keys()]
    .filter((label) => !unnamed.includes(label) && inputs.split(label).length === 2)
    .sort()
    .join('');
  const output = letterResult(result ?? `...${once}`, unnamed);
  check(
    new Set(output).size === output.length,
    'einsum',
    () => `a label occurs twice in the result '${output}'`,
  );
  for (const label of output)
    check(
      extents.has(label),
      'einsum',
      () => `label ${label} of the result is in no operand of '${equation}'`,
    );
  const contracted = labelled.reduce((left, right, position) => {
    const later = terms.slice(position + 1).join('');
    return contractPair(left, right, output + later);
  });
  const { tensor, labels } = withoutUnneeded(contracted, output);
  return permute(
    tensor,
    Array.from(output).map((label) => labels.indexOf(label)),
  );
}
