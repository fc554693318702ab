/**
 * @file Samples of the operations that multiply and sum over shared axes.
 */
import { ones } from '../../ops/create.ts';
import * as ops from '../../ops/contract.ts';
import { at, broadcastAt, build, commonShape, indices, total, type Values } from '../reference.ts';
import { operation, type OperationSamples, sample, type SampleInput } from '../sample.ts';

function matmul(a: Values, b: Values): Values {
  const left = a.shape.length === 1 ? { ...a, shape: [1, a.shape[0]!] } : a;
  const right = b.shape.length === 1 ? { ...b, shape: [b.shape[0]!, 1] } : b;
  const batch =
    left.shape.length === 2 && right.shape.length === 2
      ? []
      : commonShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const full = build([...batch, left.shape.at(-2)!, right.shape.at(-1)!], (index) => {
    const [row, column] = [index.at(-2)!, index.at(-1)!];
    const before = index.slice(0, -2);
    const products = indices([left.shape.at(-1)!]).map(
      ([k]) => broadcastAt(left, [...before, row, k!]) * broadcastAt(right, [...before, k!, column]),
    );
    return total(products);
  });
  const shape = full.shape.filter(
    (_, axis) =>
      !(a.shape.length === 1 && axis === batch.length) &&
      !(b.shape.length === 1 && axis === batch.length + 1),
  );
  return { shape, values: full.values };
}

/** Explicit loops over all letters: the definition of Einstein summation. */
function einsumReference(terms: readonly string[], output: string, operands: readonly Values[]): Values {
  const extents = new Map<string, number>();
  terms.forEach((term, k) => {
    for (const [axis, letter] of Array.from(term).entries()) extents.set(letter, operands[k]!.shape[axis]!);
  });
  const summed = [...extents.keys()].filter((letter) => !output.includes(letter));
  const letters = [...Array.from(output), ...summed];
  const extentsOf = (list: readonly string[]): number[] => list.map((letter) => extents.get(letter)!);
  return build(extentsOf(Array.from(output)), (kept) =>
    total(
      indices(extentsOf(summed)).map((rest) => {
        const index = [...kept, ...rest];
        const element = (operand: Values, term: string): number =>
          at(
            operand,
            Array.from(term).map((letter) => index[letters.indexOf(letter)]!),
          );
        return operands.reduce((product, operand, k) => product * element(operand, terms[k]!), 1);
      }),
    ),
  );
}

const matmulInputs: readonly (readonly [SampleInput, SampleInput])[] = [
  [{ shape: [2, 3] }, { shape: [3, 4] }],
  [{ shape: [1, 1] }, { shape: [1, 1] }],
  [{ shape: [3] }, { shape: [3] }],
  [{ shape: [3] }, { shape: [3, 2] }],
  [{ shape: [2, 3] }, { shape: [3] }],
  [{ shape: [5, 2, 3] }, { shape: [3, 4] }],
  [{ shape: [2, 3] }, { shape: [5, 3, 4] }],
  [{ shape: [2, 1, 2, 3] }, { shape: [4, 3, 2] }],
  [{ shape: [4, 2, 3] }, { shape: [3] }],
  [{ shape: [3] }, { shape: [4, 3, 2] }],
  [
    { shape: [4, 3], layout: 'transposed' },
    { shape: [3, 5], layout: 'transposed' },
  ],
  [
    { shape: [3, 3], layout: 'expanded' },
    { shape: [3, 4], layout: 'strided' },
  ],
  [
    { shape: [3, 2, 4], layout: 'expanded' },
    { shape: [3, 4, 2], layout: 'flipped' },
  ],
  [{ shape: [0, 3] }, { shape: [3, 2] }],
  [{ shape: [2, 0] }, { shape: [0, 3] }],
  [{ shape: [17, 33] }, { shape: [33, 9] }],
];

const einsumCases: readonly (readonly [string, readonly SampleInput[]])[] = [
  ['ij,jk->ik', [{ shape: [2, 3] }, { shape: [3, 4] }]],
  ['ij,jk', [{ shape: [2, 3] }, { shape: [3, 4] }]],
  ['ii->', [{ shape: [3, 3] }]],
  ['ii->i', [{ shape: [3, 3] }]],
  ['iij->ij', [{ shape: [2, 2, 3] }]],
  ['iii->i', [{ shape: [2, 2, 2] }]],
  ['ij->ji', [{ shape: [2, 3] }]],
  ['ba', [{ shape: [2, 3] }]],
  ['ij->', [{ shape: [2, 3] }]],
  ['ij->j', [{ shape: [2, 3], layout: 'transposed' }]],
  ['i,j->ij', [{ shape: [2] }, { shape: [3] }]],
  ['i,i->', [{ shape: [4] }, { shape: [4] }]],
  ['i,i->i', [{ shape: [4] }, { shape: [4] }]],
  ['bij,bjk->bik', [{ shape: [2, 2, 3] }, { shape: [2, 3, 2] }]],
  ['bhqd,bhkd->bhqk', [{ shape: [2, 2, 3, 4] }, { shape: [2, 2, 2, 4] }]],
  ['ij,jk,kl->il', [{ shape: [2, 3] }, { shape: [3, 2] }, { shape: [2, 3] }]],
  ['i,ij,j->', [{ shape: [2] }, { shape: [2, 3] }, { shape: [3] }]],
  ['ik,kj->ji', [{ shape: [2, 3] }, { shape: [3, 2], layout: 'flipped' }]],
  ['ijk,il->jl', [{ shape: [2, 2, 3] }, { shape: [2, 3] }]],
  ['ii,ij->j', [{ shape: [2, 2] }, { shape: [2, 3] }]],
  [',i->i', [{ shape: [] }, { shape: [3] }]],
  ['i j , j k -> i k', [{ shape: [2, 3] }, { shape: [3, 4] }]],
];

/** The letters that occur once, in alphabetical order: the result when there is no arrow. */
function impliedOutput(inputs: string): string {
  return Array.from(inputs.replaceAll(',', ''))
    .filter((letter) => inputs.split(letter).length === 2)
    .sort()
    .join('');
}

export const contractSamples = {
  matmul: operation(
    matmulInputs.map((inputs) => sample(inputs, (a, b) => ops.matmul(a, b), matmul)),
    [
      {
        call: () => ops.matmul(ones([32, 784]), ones([512, 10])),
        message: 'matmul: inner sizes differ: [32, 784] × [512, 10] (784 ≠ 512)',
      },
      {
        call: () => ops.matmul(ones([2, 2, 3]), ones([3, 3, 2])),
        message: 'matmul: shapes do not broadcast: [2] and [3] (2 ≠ 3 at axis -1)',
      },
      {
        call: () => ops.matmul(ones([]), ones([2])),
        message: 'matmul: operands need at least one axis: [] × [2]',
      },
      {
        call: () => ops.matmul(ones([2, 2]), ones([2, 2], { dtype: 'f64' })),
        message: 'matmul: dtypes differ: f32 × f64; use cast',
      },
      { call: () => ops.matmul(ones([2, 2]), 2 as never), message: 'matmul: expected a tensor, not 2' },
    ],
  ),
  dot: operation(
    [
      [{ shape: [3] }, { shape: [3] }],
      [{ shape: [1] }, { shape: [1] }],
      [{ shape: [0] }, { shape: [0] }],
      [
        { shape: [5], layout: 'flipped' as const },
        { shape: [5], layout: 'strided' as const },
      ],
    ].map((inputs) =>
      sample(
        inputs,
        (a, b) => ops.dot(a, b),
        (a, b) => einsumReference(['i', 'i'], '', [a, b]),
      ),
    ),
    [
      { call: () => ops.dot(ones([2]), ones([3])), message: 'dot: inner sizes differ: [2] × [3] (2 ≠ 3)' },
      {
        call: () => ops.dot(ones([2, 2]), ones([2])),
        message: 'dot: needs two one-dimensional tensors: [2, 2] × [2]',
      },
    ],
  ),
  outer: operation(
    [
      [{ shape: [3] }, { shape: [2] }],
      [{ shape: [1] }, { shape: [4] }],
      [{ shape: [0] }, { shape: [2] }],
      [{ shape: [3], layout: 'flipped' as const }, { shape: [3] }],
    ].map((inputs) =>
      sample(
        inputs,
        (a, b) => ops.outer(a, b),
        (a, b) => einsumReference(['i', 'j'], 'ij', [a, b]),
      ),
    ),
    [
      {
        call: () => ops.outer(ones([2, 2]), ones([2])),
        message: 'outer: needs two one-dimensional tensors: [2, 2] × [2]',
      },
    ],
  ),
  einsum: operation(
    einsumCases.map(([equation, inputs]) => {
      const [left, right] = equation.replaceAll(' ', '').split('->') as [string, string?];
      return sample(
        inputs,
        (...tensors) => ops.einsum(equation, ...tensors),
        (...values) => einsumReference(left.split(','), right ?? impliedOutput(left), values),
        { note: `'${equation}'` },
      );
    }),
    [
      {
        call: () => ops.einsum('ij,jk->ik', ones([2, 3])),
        message: "einsum: 'ij,jk->ik' names 2 operands, but 1 were given",
      },
      {
        call: () => ops.einsum('ij->i', ones([2])),
        message: "einsum: 'ij' needs 2 axes, but operand 0 has shape [2]",
      },
      {
        call: () => ops.einsum('ij,jk->ik', ones([2, 3]), ones([4, 2])),
        message: 'einsum: label j has two sizes: 3 ≠ 4 (operand 1, [4, 2])',
      },
      {
        call: () => ops.einsum('i->j', ones([2])),
        message: "einsum: label j of the result is in no operand of 'i->j'",
      },
      {
        call: () => ops.einsum('i->ii', ones([2])),
        message: "einsum: a label occurs twice in the result 'ii'",
      },
      {
        call: () => ops.einsum('i.j', ones([2])),
        message: `einsum: cannot read the string "i.j"; an equation looks like 'ij,jk->ik'`,
      },
      {
        call: () => ops.einsum('...i...', ones([2])),
        message: `einsum: cannot read the string "...i..."; an equation looks like 'ij,jk->ik'`,
      },
      {
        call: () => ops.einsum('i...j', ones([2])),
        message: "einsum: 'i...j' needs at least 2 axes, but operand 0 has shape [2]",
      },
      {
        call: () => ops.einsum('...i,...j', ones([2, 1]), ones([3, 1])),
        message: 'einsum: shapes do not broadcast: [2] and [3] (2 ≠ 3 at axis -1)',
      },
      { call: () => ops.einsum('i', 5 as never), message: 'einsum: expected a tensor, not 5' },
    ],
  ),
} satisfies Record<string, OperationSamples>;
