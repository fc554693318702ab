/**
 * @file Looking up rows of a table.
 */
import { type Tensor, where } from '@windfall/core';
import { check, describe, formatShape } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';

/** For {@link embedding}. */
export interface EmbeddingFunctionOptions {
  /** The row that gets no gradient; a negative one counts from the end. By default there is none. */
  paddingIndex?: number | null;
}

/** The padding row in [0, rows), or null, after checking it. */
export function paddingRow(paddingIndex: number | null, rows: number, operation: string): number | null {
  if (paddingIndex === null) return null;
  check(
    Number.isSafeInteger(paddingIndex) && paddingIndex >= -rows && paddingIndex < rows,
    operation,
    () => `paddingIndex is a row of the ${rows}, or null, not ${describe(paddingIndex)}`,
  );
  return paddingIndex < 0 ? paddingIndex + rows : paddingIndex;
}

/**
 * Rows of a table by their numbers: PyTorch's `embedding`.
 * @param index i32, any shape, values in [0, rows). One outside is an error: at the call when the values are at hand, else when
 *   the result is computed.
 * @param weight [rows, columns]
 * @returns [...index.shape, columns]
 * @throws if the index is not i32 or out of range, or paddingIndex is
 * @example functional.embedding(tensor([1, 0], { dtype: 'i32' }), tensor([[1, 2], [3, 4]])).toArray(); // [[3, 4], [1, 2]]
 */
export function embedding(index: Tensor, weight: Tensor, options: EmbeddingFunctionOptions = {}): Tensor {
  checkTensor(index, 'embedding');
  checkTensor(weight, 'embedding', 'the weight');
  check(
    weight.rank === 2,
    'embedding',
    () => `the weight is [rows, columns], not ${formatShape(weight.shape)}`,
  );
  const { paddingIndex = null } = optionsOf(options, 'embedding', ['paddingIndex']);
  const padding = paddingRow(paddingIndex, weight.shape[0]!, 'embedding');
  const rows = inTheNameOf('embedding', 'indexSelect', () => weight.indexSelect(0, index));
  if (padding === null) return rows;
  return where(index.equal(padding).unsqueeze(-1), rows.stopGradient(), rows);
}
