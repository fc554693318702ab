/**
 * @file Batch normalization of images.
 */
import { BatchNorm } from './batch-norm.ts';

/**
 * Batch normalization over [N, C, H, W]: each channel is normalized over the batch and all places, then scaled by γ and
 * shifted by β. PyTorch's `nn.BatchNorm2d`.
 *
 * @example new BatchNorm2d(16).forward(normal([8, 16, 28, 28])).mean().item(); // ≈ 0
 */
export class BatchNorm2d extends BatchNorm {
  protected readonly layout = { ranks: [4], text: '[N, C, H, W]' };
}
