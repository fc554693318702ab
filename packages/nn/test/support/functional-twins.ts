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

/** The function with weight and bias before the layer's options. */
const withWeight =
  (name: keyof typeof functional): Twin =>
  ({ options }, x, { weight, bias = null }) => {
    const { bias: _, paddingMode: __, ...rest } = options!;
    return (functional as unknown as Loose)[name]!(x, weight, { ...rest, bias });
  };

/** The same; the function knows no outputSize. */
const transposed =
  (name: keyof typeof functional): Twin =>
  (given, x, state) => {
    const { outputSize } = given.forward ?? {};
    if (outputSize === undefined) return withWeight(name)(given, x, state);
    const { output, options } = given;
    const { shape } = (functional as unknown as Loose)[name]!(x, state['weight'], {
      stride: options!['stride'],
      padding: options!['padding'],
    });
    const outputPadding = outputSize.map(
      (extent: number, k: number) => extent - shape.at(k - outputSize.length)!,
    );
    expect(output.shape.slice(-outputSize.length)).toEqual(outputSize);
    return withWeight(name)({ ...given, options: { ...options, outputPadding } }, x, state);
  };

/** By layer: the function's name and its call. */
export const twins: Readonly<Record<string, readonly [name: string, twin: Twin]>> = {
  AdaptiveAvgPool1d: ['adaptiveAvgPool1d', same('adaptiveAvgPool1d')],
  AdaptiveAvgPool2d: ['adaptiveAvgPool2d', same('adaptiveAvgPool2d')],
  AdaptiveMaxPool1d: ['adaptiveMaxPool1d', same('adaptiveMaxPool1d')],
  AdaptiveMaxPool2d: ['adaptiveMaxPool2d', same('adaptiveMaxPool2d')],
  AvgPool1d: ['avgPool1d', same('avgPool1d')],
  AvgPool2d: ['avgPool2d', same('avgPool2d')],
  MaxPool1d: ['maxPool1d', same('maxPool1d')],
  MaxPool2d: ['maxPool2d', same('maxPool2d')],
  Conv1d: ['conv1d', withWeight('conv1d')],
  Conv2d: ['conv2d', withWeight('conv2d')],
  ConvTranspose1d: ['convTranspose1d', transposed('convTranspose1d')],
  ConvTranspose2d: ['convTranspose2d', transposed('convTranspose2d')],
  Dropout: ['dropout', same('dropout')],
  Dropout1d: ['dropout1d', same('dropout1d')],
  Dropout2d: ['dropout2d', same('dropout2d')],
  ELU: ['elu', same('elu')],
  Embedding: [
    'embedding',
    ({ options }, x, { weight }) => functional.embedding(x, weight!, { paddingIndex: null, ...options }),
  ],
  GELU: ['gelu', same('gelu')],
  Hardtanh: ['hardtanh', same('hardtanh')],
  LeakyReLU: ['leakyRelu', same('leakyRelu')],
  Linear: ['linear', (_, x, { weight, bias }) => functional.linear(x, weight!, bias)],
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
