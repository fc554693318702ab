/**
 * @file The divergence of one distribution from another.
 */
import { equal, type Tensor, where } from '@windfall/core';
import { checkFlag } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Loss } from './loss.ts';
import { checkPair } from './pair.ts';
import { checkReduction, reduceLosses, type Reduction } from './reduction.ts';

/** For {@link klDiv}. */
export interface KlDivOptions {
  /**
   * By default 'mean', over all elements, as in PyTorch; 'batchmean', the sum over the length of the first axis, is the
   * mathematical one.
   */
  reduction?: Reduction | 'batchmean';
  /** Whether the target holds logarithms of probabilities too; by default false. */
  logTarget?: boolean;
}

function settingsOf(options: KlDivOptions, operation: string): Required<KlDivOptions> {
  const { reduction = 'mean', logTarget = false } = optionsOf(options, operation, ['reduction', 'logTarget']);
  checkReduction(reduction, operation, ['mean', 'batchmean', 'sum', 'none']);
  checkFlag(logTarget, operation, 'logTarget');
  return { reduction, logTarget };
}

/**
 * The Kullback–Leibler divergence target·(ln target − input): PyTorch's `kl_div`. Where the target is 0 it is 0. Nothing
 * is broadcast or promoted.
 *
 * @param input logarithms of probabilities, any shape, f32 or f64
 * @param target probabilities, or with `logTarget` their logarithms; the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown or out of range
 * @example klDiv(tensor([[-1, -2]]), tensor([[1, 0]]), { reduction: 'batchmean' }).item(); // 1
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  const { reduction, logTarget } = settingsOf(options, 'klDiv');
  checkPair(input, target, 'klDiv');
  const losses = logTarget ? target.exp().mul(target.sub(input)) : xLogX(target).sub(target.mul(input));
  if (reduction !== 'batchmean') return reduceLosses(losses, reduction);
  return input.rank === 0 ? losses : losses.sum().div(input.shape[0]!);
}

/** x·ln x, and 0 with gradient 0 at 0. */
function xLogX(x: Tensor): Tensor {
  const isZero = equal(x, 0);
  return where(isZero, 0, x.mul(where(isZero, 1, x).log()));
}

/**
 * {@link klDiv} as a module: PyTorch's `nn.KLDivLoss`.
 * @example new KLDivLoss({ reduction: 'sum' }).forward(tensor([[-1, -2]]), tensor([[1, 0]])).item(); // 1
 */
export class KLDivLoss extends Loss {
  readonly reduction: Reduction | 'batchmean';
  readonly logTarget: boolean;

  /** @throws if an option is unknown or out of range */
  constructor(options: KlDivOptions = {}) {
    super();
    const { reduction, logTarget } = settingsOf(options, 'KLDivLoss');
    this.reduction = reduction;
    this.logTarget = logTarget;
  }

  /** @returns what `klDiv` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { reduction, logTarget } = this;
    return inTheNameOf('KLDivLoss', 'klDiv', () => klDiv(input, target!, { reduction, logTarget }));
  }
}
