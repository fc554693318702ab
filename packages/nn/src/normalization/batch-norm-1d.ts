/**
 * @file Batch normalization of feature vectors and sequences.
 */
import { BatchNorm } from './batch-norm.ts';

/**
 * Batch normalization over [N, C] or [N, C, L]: each feature is normalized over the batch (and the positions), then
 * scaled by γ and shifted by β. PyTorch's `nn.BatchNorm1d`.
 *
 * @example
 * const norm = new BatchNorm1d(2);
 * norm.forward(tensor([[1, 10], [3, 30]])).toArray(); // ≈ [[-1, -1], [1, 1]]
 * norm.runningMean?.toArray(); // ≈ [0.2, 2]
 */
export class BatchNorm1d extends BatchNorm {
  protected readonly layout = { ranks: [2, 3], text: '[N, C] or [N, C, L]' };
}
