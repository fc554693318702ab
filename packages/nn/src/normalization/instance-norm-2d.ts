/**
 * @file Instance normalization of images.
 */
import { InstanceNorm } from './instance-norm.ts';

/**
 * Instance normalization over [N, C, H, W] or [C, H, W]: each channel of each example is normalized over its places. PyTorch's
 * `nn.InstanceNorm2d`: γ, β and running statistics only when asked for.
 *
 * @example new InstanceNorm2d(3).forward(normal([8, 3, 28, 28])).shape; // [8, 3, 28, 28]
 */
export class InstanceNorm2d extends InstanceNorm {
  protected readonly layout = { rank: 4, text: '[C, H, W] or [N, C, H, W]' };
}
