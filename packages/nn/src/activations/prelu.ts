/**
 * @file The leaky rectifier whose slope is learned.
 */
import { type DType, full, type Tensor, where } from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import {
  checkInput,
  checkNumber,
  checkParameterDType,
  checkTensor,
  checkWhole,
  optionsOf,
} from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/**
 * x above 0, else slope·x: PyTorch's `prelu`.
 * @param x any shape; with several slopes [N, C, …]
 * @param weight the slope [1], or one for each channel [C], of x's dtype
 * @throws if the slopes do not fit the channels or the dtype
 * @example functional.prelu(tensor([[-1, -1]]), tensor([0.5, 0.25])).toArray(); // [[-0.5, -0.25]]
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  checkTensor(x, 'prelu');
  checkTensor(weight, 'prelu', 'the weight');
  check(x.dtype === weight.dtype, 'prelu', () => `dtypes differ: ${x.dtype} × ${weight.dtype}; use cast`);
  check(
    weight.rank === 1 && weight.size > 0,
    'prelu',
    () => `the weight is [1] or one slope per channel, not ${formatShape(weight.shape)}`,
  );
  const [slopes] = weight.shape;
  check(
    slopes === 1 || x.shape[1] === slopes,
    'prelu',
    () => `expected ${slopes} channels (axis 1), got ${formatShape(x.shape)}`,
  );
  const slope =
    slopes === 1 ? weight.reshape([]) : weight.reshape([slopes!, ...x.shape.slice(2).map(() => 1)]);
  return where(x.greater(0), x, x.mul(slope));
}

/** For {@link PReLU}. */
export interface PReLUOptions {
  /** The slopes at first; by default 0.25. */
  init?: number;
  /** The slopes' dtype: f32 (the default) or f64. */
  dtype?: DType;
}

/**
 * {@link prelu} with learned slopes (He et al. 2015, arXiv 1502.01852): PyTorch's `nn.PReLU`.
 * @example new PReLU().forward(tensor([-1, 2])).toArray(); // [-0.25, 2]
 */
export class PReLU extends Module {
  /** [numParameters] */
  readonly weight: Parameter;
  readonly numParameters: number;

  /**
   * @param numParameters 1, or the number of channels
   * @throws if it is not a whole number ≥ 1, the dtype is no float, or an option is unknown
   */
  constructor(numParameters = 1, options: PReLUOptions = {}) {
    super();
    const { init = 0.25, dtype = 'f32' } = optionsOf(options, 'PReLU', ['init', 'dtype']);
    checkWhole(numParameters, 'PReLU', 'numParameters');
    checkNumber(init, 'PReLU', 'init');
    checkParameterDType(dtype, 'PReLU');
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init, { dtype }));
  }

  /** @param x any shape; with several slopes [N, numParameters, …]; of the layer's dtype */
  forward(x: Tensor): Tensor {
    checkInput(x, 'PReLU', this.weight.dtype);
    return inTheNameOf('PReLU', 'prelu', () => prelu(x, this.weight));
  }

  protected override details(): string {
    return `numParameters=${this.numParameters}`;
  }
}
