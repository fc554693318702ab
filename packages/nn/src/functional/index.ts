/**
 * @file The functions behind the layers, which keep no state: PyTorch's `nn.functional`, one line each.
 */
export { adaptiveAvgPool1d, type OutputSize } from './adaptive-pool.ts';
export { adaptiveAvgPool2d } from './adaptive-pool.ts';
export { adaptiveMaxPool1d } from './adaptive-pool.ts';
export { adaptiveMaxPool2d } from './adaptive-pool.ts';
export { avgPool1d, type AvgPool1dOptions } from './avg-pool.ts';
export { avgPool2d, type AvgPool2dOptions } from './avg-pool.ts';
export { conv1d, type ConvolutionOptions, type Padding } from './convolution.ts';
export { conv2d } from './convolution.ts';
export { convTranspose1d, type TransposedConvolutionOptions } from './transposed-convolution.ts';
export { convTranspose2d } from './transposed-convolution.ts';
export { dropout, type DropoutFunctionOptions } from './dropout.ts';
export { dropout1d } from './dropout.ts';
export { dropout2d } from './dropout.ts';
export { elu } from '../activations/elu.ts';
export { embedding, type EmbeddingFunctionOptions } from './embedding.ts';
export { gelu } from '@windfall/core';
export { hardtanh } from '../activations/hardtanh.ts';
export { leakyRelu } from '../activations/leaky-relu.ts';
export { linear } from './linear.ts';
export { logsigmoid } from '../activations/log-sigmoid.ts';
export { logSoftmax } from '@windfall/core';
export { maxPool1d, type MaxPoolOptions } from './max-pool.ts';
export { maxPool2d } from './max-pool.ts';
export { prelu } from '../activations/prelu.ts';
export { relu } from '@windfall/core';
export { relu6 } from '../activations/relu6.ts';
export { sigmoid } from '@windfall/core';
export { silu } from '../activations/silu.ts';
export { softmax } from '@windfall/core';
export { softmin } from '../activations/softmin.ts';
export { softplus } from '../activations/softplus.ts';
export { tanh } from '@windfall/core';
export {
  batchNorm,
  type BatchNormFunctionOptions,
  type BatchNormResult,
  type RenormLimits,
} from './batch-norm.ts';
export { groupNorm, type GroupNormFunctionOptions } from './group-norm.ts';
export { instanceNorm, type InstanceNormFunctionOptions } from './instance-norm.ts';
export { layerNorm, type LayerNormFunctionOptions } from './layer-norm.ts';
export { rmsNorm, type RmsNormFunctionOptions } from './rms-norm.ts';
