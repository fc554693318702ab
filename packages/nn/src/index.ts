/**
 * @file The public interface of @windfall/nn: modules, losses and optimizers, all composed from @windfall/core.
 */
export { Module } from './module.ts';
export { Parameter } from './parameter.ts';
export type { LoadReport, StateDict } from './state-dict.ts';

export { Sequential } from './sequential.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { Conv2d, type Conv2dOptions } from './conv2d.ts';
export { BatchNorm, type BatchNormOptions } from './batch-norm.ts';
export { BatchNorm1d } from './batch-norm-1d.ts';
export { BatchNorm2d } from './batch-norm-2d.ts';
export { MaxPool2d, type MaxPool2dOptions } from './max-pool-2d.ts';
export { Flatten, type FlattenOptions } from './flatten.ts';
export { ReLU } from './relu.ts';
export { Sigmoid } from './sigmoid.ts';
export { Tanh } from './tanh.ts';

export { fanInUniform, type InitializationOptions } from './init.ts';

export type { LossOptions, Reduction } from './reduction.ts';
export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
export { mseLoss, type MseLossOptions } from './mse-loss.ts';

export { Optimizer, type ParameterState, type Update, type UpdateInput } from './optimizer.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export { Adam, type AdamOptions } from './adam.ts';
