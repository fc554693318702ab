/**
 * @file Batch normalization of volumes.
 */
import { BatchNorm } from './batch-norm.ts';

/**
 * Batch normalization over [N, C, D, H, W]: each channel is normalized over the batch and all places, then scaled by γ
 * and shifted by β. PyTorch's `nn.BatchNorm3d`.
 *
 * @example new BatchNorm3d(2).forward(normal([4, 2, 3, 8, 8])).mean().item(); // ≈ 0
 */
export class BatchNorm3d extends BatchNorm {
  protected readonly layout = { ranks: [5], text: '[N, C, D, H, W]' };
}
