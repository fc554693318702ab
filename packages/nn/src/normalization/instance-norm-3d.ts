/**
 * @file Instance normalization of volumes.
 */
import { InstanceNorm } from './instance-norm.ts';

/**
 * Instance normalization over [N, C, D, H, W] or [C, D, H, W]: each channel of each example is normalized over its places. PyTorch's
 * `nn.InstanceNorm3d`: γ, β and running statistics only when asked for.
 *
 * @example new InstanceNorm3d(2).forward(normal([2, 4, 8, 8])).shape; // [2, 4, 8, 8]
 */
export class InstanceNorm3d extends InstanceNorm {
  protected readonly layout = { rank: 5, text: '[C, D, H, W] or [N, C, D, H, W]' };
}
