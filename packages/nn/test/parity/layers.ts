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

const convolutions: readonly ParityRow[] = (
  [
    ['Conv1d', 'conv1d', 'conv1d', 'convolutions'],
    ['Conv2d', 'conv2d', 'conv2d', 'convolutions'],
    ['ConvTranspose1d', 'conv_transpose1d', 'convTranspose1d', 'transposed-convolutions'],
    ['ConvTranspose2d', 'conv_transpose2d', 'convTranspose2d', 'transposed-convolutions'],
  ] as const
).flatMap(([layer, pytorch, windfall, fixture]) => [
  {
    pytorch: `nn.${layer}`,
    windfall: layer,
    fixture,
    order: 2,
    differs: "paddingMode is 'zeros'; PyTorch's other modes are not there.",
  },
  {
    pytorch: `nn.functional.${pytorch}`,
    windfall: `functional.${windfall}`,
    fixture,
    order: 2,
    differs: 'What follows the weight is an options object.',
  },
]);

export const layers: readonly ParityRow[] = [...activations, ...alongAnAxis, ...convolutions];
