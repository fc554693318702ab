/**
 * @file How layers print themselves: what they were made with, defaults included.
 */
import {
  AdaptiveAvgPool2d,
  AvgPool1d,
  AvgPool2d,
  Conv1d,
  ConvTranspose2d,
  Dropout2d,
  ELU,
  Embedding,
  GELU,
  Hardtanh,
  Identity,
  LeakyReLU,
  LogSoftmax,
  MaxPool1d,
  type Module,
  ModuleDict,
  ModuleList,
  PReLU,
  ReLU,
  Softplus,
  Unflatten,
} from '../src/index.ts';

const texts: [text: string, layer: Module][] = [
  ['AdaptiveAvgPool2d(outputSize=[3, null])', new AdaptiveAvgPool2d([3, null])],
  [
    'AvgPool1d(kernelSize=[2], stride=[2], padding=[0], ceilMode=false, countIncludePad=true)',
    new AvgPool1d(2),
  ],
  [
    'AvgPool2d(kernelSize=[2, 2], stride=[2, 2], padding=[0, 0], ceilMode=false, countIncludePad=true, divisorOverride=3)',
    new AvgPool2d(2, { divisorOverride: 3 }),
  ],
  [
    "Conv1d(1, 2, kernelSize=[3], stride=[1], padding='same', dilation=[1], groups=1, bias=true)",
    new Conv1d(1, 2, 3, { padding: 'same' }),
  ],
  [
    'ConvTranspose2d(1, 2, kernelSize=[3, 2], stride=[2, 2], padding=[0, 0], outputPadding=[1, 1], dilation=[1, 1], groups=1, bias=false)',
    new ConvTranspose2d(1, 2, [3, 2], { stride: 2, outputPadding: 1, bias: false }),
  ],
  ['Dropout2d(p=0.25)', new Dropout2d(0.25)],
  ['ELU(alpha=1)', new ELU()],
  ['Embedding(5, 2)', new Embedding(5, 2)],
  ["GELU(approximate='none')", new GELU()],
  ['Hardtanh(minVal=-1, maxVal=1)', new Hardtanh()],
  ['Identity()', new Identity(1, 2, { any: 3 })],
  ['LeakyReLU(negativeSlope=0.01)', new LeakyReLU()],
  ['LogSoftmax(axis=-1)', new LogSoftmax(-1)],
  [
    'MaxPool1d(kernelSize=[2], stride=[2], padding=[0], dilation=[1], ceilMode=true)',
    new MaxPool1d(2, { ceilMode: true }),
  ],
  ['ModuleList(\n  (0): ReLU()\n)', new ModuleList([new ReLU()])],
  ['ModuleDict(\n  (act): ReLU()\n)', new ModuleDict({ act: new ReLU() })],
  ['PReLU(numParameters=3)', new PReLU(3)],
  ['Softplus(beta=1, threshold=20)', new Softplus()],
  ['Unflatten(axis=1, unflattenedSize=[2, -1])', new Unflatten(1, [2, -1])],
];

test.each(texts)('%s', (text, layer) => {
  expect(String(layer)).toBe(text);
});
