/**
 * @file The functions behind the layers, which keep no state: PyTorch's `nn.functional`, one line each.
 */
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  type OutputSize,
} from './adaptive-pool.ts';
export { avgPool1d, type AvgPool1dOptions, avgPool2d, type AvgPool2dOptions } from './avg-pool.ts';
export type { BatchNormFunctionOptions, RenormLimits } from './batch-norm-settings.ts';
export { batchNorm, type BatchNormResult } from './batch-norm.ts';
export { binaryCrossEntropy, binaryCrossEntropyWithLogits } from '../losses/binary-cross-entropy.ts';
export { conv1d, conv2d, type ConvolutionOptions, type Padding } from './convolution.ts';
export { gelu, logSoftmax, relu, sigmoid, softmax, tanh } from '@windfall/core';
export { crossEntropy } from '../losses/cross-entropy.ts';
export { dropout, dropout1d, dropout2d, type DropoutFunctionOptions } from './dropout.ts';
export { elu } from '../activations/elu.ts';
export { embedding, type EmbeddingFunctionOptions } from './embedding.ts';
export { groupNorm, type GroupNormFunctionOptions } from './group-norm.ts';
export { hardtanh } from '../activations/hardtanh.ts';
export { huberLoss, smoothL1Loss } from '../losses/huber-loss.ts';
export { instanceNorm, type InstanceNormFunctionOptions } from './instance-norm.ts';
export { klDiv } from '../losses/kl-div.ts';
export { l1Loss } from '../losses/l1-loss.ts';
export { layerNorm, type LayerNormFunctionOptions } from './layer-norm.ts';
export { leakyRelu } from '../activations/leaky-relu.ts';
export { linear } from './linear.ts';
export { logsigmoid } from '../activations/log-sigmoid.ts';
export { maxPool1d, maxPool2d, type MaxPoolOptions } from './max-pool.ts';
export { mseLoss } from '../losses/mse-loss.ts';
export { nllLoss } from '../losses/nll-loss.ts';
export { prelu } from '../activations/prelu.ts';
export { relu6 } from '../activations/relu6.ts';
export { rmsNorm, type RmsNormFunctionOptions } from './rms-norm.ts';
export { silu } from '../activations/silu.ts';
export { softmin } from '../activations/softmin.ts';
export { softplus } from '../activations/softplus.ts';
export {
  convTranspose1d,
  convTranspose2d,
  type TransposedConvolutionOptions,
} from './transposed-convolution.ts';
