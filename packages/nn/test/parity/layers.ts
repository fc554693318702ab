/**
 * @file The layers, activations and containers of PyTorch that have a counterpart here, and their functional twins.
 */
import type { ParityRow } from './row.ts';

const activations: readonly ParityRow[] = (
  [
    ['ReLU', 'relu'],
    ['ReLU6', 'relu6'],
    ['LeakyReLU', 'leaky_relu', 'leakyRelu'],
    ['PReLU', 'prelu'],
    ['ELU', 'elu'],
    ['GELU', 'gelu'],
    ['SiLU', 'silu'],
    ['Softplus', 'softplus'],
    ['Sigmoid', 'sigmoid'],
    ['LogSigmoid', 'logsigmoid'],
    ['Tanh', 'tanh'],
    ['Hardtanh', 'hardtanh'],
  ] as const
).flatMap(([layer, pytorch, windfall = pytorch]) => [
  { pytorch: `nn.${layer}`, windfall: layer, fixture: 'activations', order: 2 },
  {
    pytorch: `nn.functional.${pytorch}`,
    windfall: `functional.${windfall}`,
    fixture: 'activations',
    order: 2,
  },
]);

const alongAnAxis: readonly ParityRow[] = (
  [
    ['Softmax', 'softmax', 'softmax'],
    ['LogSoftmax', 'log_softmax', 'logSoftmax'],
    ['Softmin', 'softmin', 'softmin'],
  ] as const
).flatMap(([layer, pytorch, windfall]) => [
  {
    pytorch: `nn.${layer}`,
    windfall: layer,
    fixture: 'activations',
    order: 2,
    differs: 'The axis must be named; PyTorch guesses it, with a warning.',
  },
  {
    pytorch: `nn.functional.${pytorch}`,
    windfall: `functional.${windfall}`,
    fixture: 'activations',
    order: 2,
    differs: 'The axis is the last one when left out; PyTorch guesses it, with a warning.',
  },
]);

export const layers: readonly ParityRow[] = [...activations, ...alongAnAxis];
