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

const poolings: readonly ParityRow[] = (['1d', '2d'] as const).flatMap((axes) => [
  ...(
    [
      ['MaxPool', 'max_pool', 'maxPool', 'Positions (`return_indices`) are not returned.'],
      ['AvgPool', 'avg_pool', 'avgPool', null],
      ['AdaptiveAvgPool', 'adaptive_avg_pool', 'adaptiveAvgPool', null],
      [
        'AdaptiveMaxPool',
        'adaptive_max_pool',
        'adaptiveMaxPool',
        'Positions (`return_indices`) are not returned.',
      ],
    ] as const
  ).flatMap(([layer, pytorch, windfall, differs]): ParityRow[] => {
    const rest = { fixture: 'pooling', order: 2, ...(differs === null ? {} : { differs }) } as const;
    return [
      { pytorch: `nn.${layer}${axes}`, windfall: `${layer}${axes}`, ...rest },
      { pytorch: `nn.functional.${pytorch}${axes}`, windfall: `functional.${windfall}${axes}`, ...rest },
    ];
  }),
]);

const others: readonly ParityRow[] = [
  { pytorch: 'nn.Linear', windfall: 'Linear', fixture: 'other-layers', order: 2 },
  { pytorch: 'nn.functional.linear', windfall: 'functional.linear', fixture: 'other-layers', order: 2 },
  {
    pytorch: 'nn.Embedding',
    windfall: 'Embedding',
    fixture: 'other-layers',
    order: 2,
    differs: 'Indices are i32. There is no max_norm, no scale_grad_by_freq and nothing sparse.',
  },
  {
    pytorch: 'nn.functional.embedding',
    windfall: 'functional.embedding',
    fixture: 'other-layers',
    order: 2,
    differs: 'Indices are i32. There is no max_norm, no scale_grad_by_freq and nothing sparse.',
  },
  {
    pytorch: 'nn.Flatten',
    windfall: 'Flatten',
    fixture: 'other-layers',
    order: 2,
    differs: 'start_dim and end_dim are the options start and end.',
  },
  { pytorch: 'nn.Unflatten', windfall: 'Unflatten', fixture: 'other-layers', order: 2 },
  { pytorch: 'nn.Identity', windfall: 'Identity', fixture: 'other-layers', order: 2 },
  ...(['', '1d', '2d'] as const).flatMap((axes): ParityRow[] => {
    const differs = 'The random numbers are others; how many values are dropped is tested.';
    const rest = { fixture: 'other-layers', order: 2, differs } as const;
    return [
      { pytorch: `nn.Dropout${axes}`, windfall: `Dropout${axes}`, ...rest },
      { pytorch: `nn.functional.dropout${axes}`, windfall: `functional.dropout${axes}`, ...rest },
    ];
  }),
];

const containers: readonly ParityRow[] = [
  { pytorch: 'nn.Sequential', windfall: 'Sequential', fixture: null, order: 0 },
  { pytorch: 'nn.ModuleList', windfall: 'ModuleList', fixture: null, order: 0 },
  {
    pytorch: 'nn.ModuleDict',
    windfall: 'ModuleDict',
    fixture: null,
    order: 0,
    differs: 'Its methods are those of a Map: get, set, has, delete, size; iterating it gives pairs.',
  },
];

export const layers: readonly ParityRow[] = [
  ...activations,
  ...alongAnAxis,
  ...convolutions,
  ...poolings,
  ...others,
  ...containers,
];
