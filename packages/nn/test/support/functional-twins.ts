/**
 * @file How the function behind each layer is called for a case of the fixtures.
 */
import type { Tensor } from '@windfall/core';
import { functional } from '../../src/index.ts';
import type { LayerCase } from './layer-case.ts';

export type Twin = (given: LayerCase, x: Tensor, state: Readonly<Record<string, Tensor>>) => Tensor;

type Loose = Readonly<Record<string, (...values: unknown[]) => Tensor>>;

/** The function by that name, with the layer's arguments after the input. */
const same =
  (name: keyof typeof functional): Twin =>
  ({ arguments: values, options }, x) =>
    (functional as unknown as Loose)[name]!(x, ...values, ...(options === null ? [] : [options]));

/** By layer: the function's name and its call. */
export const twins: Readonly<Record<string, readonly [name: string, twin: Twin]>> = {
  ELU: ['elu', same('elu')],
  GELU: ['gelu', same('gelu')],
  Hardtanh: ['hardtanh', same('hardtanh')],
  LeakyReLU: ['leakyRelu', same('leakyRelu')],
  LogSigmoid: ['logsigmoid', same('logsigmoid')],
  LogSoftmax: ['logSoftmax', same('logSoftmax')],
  PReLU: ['prelu', (_, x, { weight }) => functional.prelu(x, weight!)],
  ReLU: ['relu', same('relu')],
  ReLU6: ['relu6', same('relu6')],
  SiLU: ['silu', same('silu')],
  Sigmoid: ['sigmoid', same('sigmoid')],
  Softmax: ['softmax', same('softmax')],
  Softmin: ['softmin', same('softmin')],
  Softplus: ['softplus', same('softplus')],
  Tanh: ['tanh', same('tanh')],
};
