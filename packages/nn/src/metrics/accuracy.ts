/**
 * @file How often the right class is among the most likely.
 */
import { logicalAnd, logicalNot, type Tensor, iota } from '@windfall/core';
import { check, equalShapes, formatShape } from '@windfall/core/extension';
import { checkFloats, checkTensor, checkWhole, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';

/**
 * The share of samples whose class is among the `topK` with the largest scores. Of equal scores the lower class comes first; a NaN
 * outranks all, and is never right. A tensor, so that it can be computed inside `compile`; `item()` gives the number.
 * @param scores [N, C], logits or probabilities, f32 or f64
 * @param target [N], the class of each sample, i32
 * @param options.topK by default 1
 * @returns a scalar of the scores' dtype
 * @throws if shapes or dtypes do not fit, or topK is more than the number of classes
 * @example accuracy(tensor([[2, 1], [0, 3]]), tensor([0, 0], { dtype: 'i32' })).item(); // 0.5
 */
export function accuracy(scores: Tensor, target: Tensor, options: { topK?: number } = {}): Tensor {
  const operation = 'accuracy';
  const { topK = 1 } = optionsOf(options, operation, ['topK']);
  checkFloats(scores, operation, 'scores');
  checkTensor(target, operation, 'the target');
  check(scores.rank === 2, operation, () => `expected scores [N, C], got ${formatShape(scores.shape)}`);
  const [samples, classes] = scores.shape as [number, number];
  check(
    equalShapes(target.shape, [samples]) && target.dtype === 'i32',
    operation,
    () =>
      `scores ${formatShape(scores.shape)} need a target [${samples}] of dtype i32, got ${target.dtype} ${formatShape(target.shape)}`,
  );
  checkWhole(topK, operation, 'topK');
  check(topK <= classes, operation, () => `topK ${topK} is more than the ${classes} classes`);
  const column = target.unsqueeze(1);
  const right = inTheNameOf(operation, 'gather', () => scores.gather(1, column));
  const ties = logicalAnd(scores.equal(right), iota(scores.shape, 1).less(column));
  // Not "greater", which no comparison with NaN is.
  const above = logicalNot(scores.lessEqual(right));
  const rank = above.logicalOr(ties).cast('i32').sum(1);
  return rank.less(topK).cast(scores.dtype).mean();
}
