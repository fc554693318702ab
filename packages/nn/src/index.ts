/**
 * @file The public interface of @windfall/nn: modules, losses and optimizers, all composed from @windfall/core.
 */
export { Module } from './module/module.ts';
export { Parameter } from './module/parameter.ts';
export type { BackwardHook, BackwardPreHook, ForwardHook, ForwardPreHook } from './module/hooks.ts';
export { Summary, summary, type SummaryOptions, type SummaryRow } from './module/summary.ts';
export type { LoadReport, StateDict } from './module/state-dict.ts';

export { ModuleDict } from './containers/module-dict.ts';
export { ModuleList } from './containers/module-list.ts';
export { Sequential } from './containers/sequential.ts';
export type { NamedModules } from './containers/container.ts';

export { Linear, type LinearOptions } from './layers/linear.ts';
export { Conv1d, type Conv1dOptions } from './layers/conv1d.ts';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.ts';
export { ConvTranspose1d, type ConvTranspose1dOptions } from './layers/conv-transpose-1d.ts';
export { ConvTranspose2d, type ConvTranspose2dOptions } from './layers/conv-transpose-2d.ts';
export type { OutputSizeOptions } from './layers/transposed-convolution.ts';
export { AdaptiveAvgPool1d } from './layers/adaptive-avg-pool-1d.ts';
export { AdaptiveAvgPool2d } from './layers/adaptive-avg-pool-2d.ts';
export { AdaptiveMaxPool1d } from './layers/adaptive-max-pool-1d.ts';
export { AdaptiveMaxPool2d } from './layers/adaptive-max-pool-2d.ts';
export type { AvgPool1dOptions, AvgPool2dOptions } from './functional/avg-pool.ts';
export { AvgPool1d } from './layers/avg-pool-1d.ts';
export { AvgPool2d } from './layers/avg-pool-2d.ts';
export { MaxPool1d, type MaxPool1dOptions } from './layers/max-pool-1d.ts';
export { MaxPool2d, type MaxPool2dOptions } from './layers/max-pool-2d.ts';
export { Dropout } from './layers/dropout.ts';
export { Dropout1d } from './layers/dropout-1d.ts';
export { Dropout2d } from './layers/dropout-2d.ts';
export type { DropoutOptions } from './layers/dropout-layer.ts';
export { Embedding, type EmbeddingOptions, type PretrainedOptions } from './layers/embedding.ts';
export { Flatten, type FlattenOptions } from './layers/flatten.ts';
export { Identity } from './layers/identity.ts';
export { Unflatten } from './layers/unflatten.ts';

export {
  BatchNorm,
  type BatchNormForwardOptions,
  type BatchNormOptions,
} from './normalization/batch-norm.ts';
export { BatchNorm1d } from './normalization/batch-norm-1d.ts';
export { BatchNorm2d } from './normalization/batch-norm-2d.ts';
export { BatchNorm3d } from './normalization/batch-norm-3d.ts';
export { BatchRenorm, type BatchRenormOptions } from './normalization/batch-renorm.ts';
export { type InputBatch, updateBatchNorm, updateBatchNormAsync } from './normalization/update-batch-norm.ts';
export { fuseBatchNorm, fuseLayers, type FusibleLayer } from './normalization/fuse-batch-norm.ts';
export { LayerNorm, type LayerNormOptions } from './normalization/layer-norm.ts';
export { GroupNorm, type GroupNormOptions } from './normalization/group-norm.ts';
export { InstanceNorm, type InstanceNormOptions } from './normalization/instance-norm.ts';
export { InstanceNorm1d } from './normalization/instance-norm-1d.ts';
export { InstanceNorm2d } from './normalization/instance-norm-2d.ts';
export { InstanceNorm3d } from './normalization/instance-norm-3d.ts';
export { RMSNorm, type RMSNormOptions } from './normalization/rms-norm.ts';
export {
  batchNorm,
  type BatchNormFunctionOptions,
  type BatchNormResult,
  groupNorm,
  type GroupNormFunctionOptions,
  instanceNorm,
  type InstanceNormFunctionOptions,
  layerNorm,
  type LayerNormFunctionOptions,
  type RenormLimits,
  rmsNorm,
  type RmsNormFunctionOptions,
} from './functional/index.ts';

export { ELU } from './activations/elu.ts';
export { GELU, type GELUOptions } from './activations/gelu.ts';
export { Hardtanh, type HardtanhOptions } from './activations/hardtanh.ts';
export { LeakyReLU } from './activations/leaky-relu.ts';
export { LogSigmoid } from './activations/log-sigmoid.ts';
export { LogSoftmax } from './activations/log-softmax.ts';
export { PReLU, type PReLUOptions } from './activations/prelu.ts';
export { ReLU } from './activations/relu.ts';
export { ReLU6 } from './activations/relu6.ts';
export { Sigmoid } from './activations/sigmoid.ts';
export { SiLU } from './activations/silu.ts';
export { Softmax } from './activations/softmax.ts';
export { Softmin } from './activations/softmin.ts';
export { Softplus, type SoftplusOptions } from './activations/softplus.ts';
export { Tanh } from './activations/tanh.ts';

export * as functional from './functional/index.ts';

export * as init from './init/index.ts';
export { fanInUniform, type InitializationOptions } from './init/init.ts';

export type { LossOptions, Reduction } from './losses/reduction.ts';
export { Loss } from './losses/loss.ts';
export { CrossEntropyLoss, crossEntropy, type CrossEntropyOptions } from './losses/cross-entropy.ts';
export { NLLLoss, nllLoss, type NllLossOptions } from './losses/nll-loss.ts';
export {
  BCELoss,
  BCEWithLogitsLoss,
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type BinaryCrossEntropyWithLogitsOptions,
} from './losses/binary-cross-entropy.ts';
export { MSELoss, mseLoss, type MseLossOptions } from './losses/mse-loss.ts';
export { L1Loss, l1Loss, type L1LossOptions } from './losses/l1-loss.ts';
export {
  HuberLoss,
  huberLoss,
  type HuberLossOptions,
  SmoothL1Loss,
  smoothL1Loss,
  type SmoothL1LossOptions,
} from './losses/huber-loss.ts';
export { KLDivLoss, klDiv, type KlDivOptions } from './losses/kl-div.ts';

export {
  type GroupSettings,
  Optimizer,
  type OptimizerParameters,
  type ParameterState,
  type Update,
  type UpdateInput,
} from './optimizers/optimizer.ts';
export type { CommonOptions, OptionRule, OptionRules, Settings } from './optimizers/option-rules.ts';
export type { ParameterGroup, ParameterGroupOptions } from './optimizers/parameter-group.ts';
export { SGD, type SGDOptions } from './optimizers/sgd.ts';
export { Adam, type AdamOptions } from './optimizers/adam.ts';
export { AdamW, type AdamWOptions } from './optimizers/adam-w.ts';
export { RMSprop, type RMSpropOptions } from './optimizers/rms-prop.ts';
export { Adagrad, type AdagradOptions } from './optimizers/adagrad.ts';
export { type DecayGroup, decayGroups, type DecayGroupsOptions } from './optimizers/decay-groups.ts';
export {
  clipGradientNorm,
  type ClipGradientNormOptions,
  clipGradientValue,
} from './optimizers/clip-gradients.ts';

export type { ScheduleOptions } from './schedules/lr-scheduler.ts';
export { LRScheduler } from './schedules/lr-scheduler.ts';
export { Schedule } from './schedules/schedule.ts';
export { StepLR, type StepLROptions } from './schedules/step-lr.ts';
export { MultiStepLR, type MultiStepLROptions } from './schedules/multi-step-lr.ts';
export { ExponentialLR } from './schedules/exponential-lr.ts';
export { ConstantLR, type ConstantLROptions } from './schedules/constant-lr.ts';
export { LinearLR, type LinearLROptions } from './schedules/linear-lr.ts';
export { PolynomialLR, type PolynomialLROptions } from './schedules/polynomial-lr.ts';
export { CosineAnnealingLR, type CosineAnnealingLROptions } from './schedules/cosine-annealing-lr.ts';
export {
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from './schedules/cosine-annealing-warm-restarts.ts';
export { OneCycleLR, type OneCycleLROptions } from './schedules/one-cycle-lr.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './schedules/reduce-lr-on-plateau.ts';
export { LambdaLR, type LRLambda, MultiplicativeLR } from './schedules/lambda-lr.ts';
export { SequentialLR } from './schedules/sequential-lr.ts';
export { ChainedScheduler } from './schedules/chained-scheduler.ts';

export { parseSafetensors, type ReadOptions } from './checkpoints/read-tensors.ts';
export { serializeSafetensors, type WriteOptions } from './checkpoints/write-tensors.ts';
export { type BlobLike, openSafetensors, type SafetensorsFile } from './checkpoints/safetensors-file.ts';
export { joinStateDicts, splitStateDict } from './checkpoints/joined-states.ts';
export type { StoredTensor } from './checkpoints/header.ts';
export type { StoredDType } from './checkpoints/stored-dtype.ts';

export { Dataset, type Mapped, type SampleSource } from './data/dataset.ts';
export { TensorDataset } from './data/tensor-dataset.ts';
export { randomSplit, Subset } from './data/subset.ts';
export { ConcatDataset } from './data/concat-dataset.ts';
export { RandomSampler, type Sampler, SequentialSampler, WeightedRandomSampler } from './data/sampler.ts';
export { collate, type Collated } from './data/collate.ts';
export { DataLoader, type DataLoaderOptions, type DataLoaderState } from './data/data-loader.ts';

export { normalize, toFloat } from './augmentation/normalize.ts';
export { centerCrop, randomCrop, randomShift } from './augmentation/random-crop.ts';
export { randomHorizontalFlip, randomVerticalFlip } from './augmentation/random-flip.ts';
export {
  affine,
  type AffineOptions,
  randomAffine,
  type RandomAffineOptions,
  randomRotation,
} from './augmentation/affine.ts';
export { randomErasing } from './augmentation/random-erasing.ts';
export { colorJitter, type ColorJitterOptions } from './augmentation/color-jitter.ts';

export { accuracy } from './metrics/accuracy.ts';
export { type ClassReport, ConfusionMatrix } from './metrics/confusion-matrix.ts';
export { RunningMean } from './metrics/running-mean.ts';

export { gradientStatistics } from './inspection/gradient-statistics.ts';
export {
  type Activation,
  type ActivationObserver,
  observeActivations,
  type ObserveActivationsOptions,
} from './inspection/observe-activations.ts';
export type { Histogram, Moments } from './inspection/distribution.ts';
