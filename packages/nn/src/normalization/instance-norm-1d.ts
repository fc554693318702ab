/**
 * @file Instance normalization of sequences.
 */
import { InstanceNorm } from './instance-norm.ts';

/**
 * Instance normalization over [N, C, L] or [C, L]: each channel of each example is normalized over its places. PyTorch's
 * `nn.InstanceNorm1d`: γ, β and running statistics only when asked for.
 *
 * @example new InstanceNorm1d(3).forward(normal([8, 3, 20])).mean(-1).abs().max().item(); // ≈ 0
 */
export class InstanceNorm1d extends InstanceNorm {
  protected readonly layout = { rank: 3, text: '[C, L] or [N, C, L]' };
}
