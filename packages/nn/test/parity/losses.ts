/**
 * @file The losses of docs/parity.md.
 */
import type { ParityRow } from './row.ts';

const shapes = 'Shapes and dtypes that differ are errors: nothing is broadcast or promoted.';
const numbers =
  'Class numbers are i32. One out of range is an error at the call if the target is at hand, else when the loss is computed.';

/** A functional and its module, which have the same numbers. */
const both = (functional: string, module: string, names: [string, string], row: Partial<ParityRow>) =>
  [
    {
      pytorch: `nn.functional.${functional}`,
      windfall: names[0],
      fixture: 'loss-options',
      order: 2,
      differs: shapes,
      ...row,
    },
    {
      pytorch: `nn.${module}`,
      windfall: names[1],
      fixture: 'loss-options',
      order: 2,
      differs: shapes,
      ...row,
    },
  ] satisfies ParityRow[];

export const lossRows: readonly ParityRow[] = [
  ...both('cross_entropy', 'CrossEntropyLoss', ['crossEntropy', 'CrossEntropyLoss'], {
    fixture: 'loss-options-classes',
    differs: numbers,
  }),
  ...both('nll_loss', 'NLLLoss', ['nllLoss', 'NLLLoss'], {
    fixture: 'loss-options-classes',
    differs: numbers,
  }),
  ...both('binary_cross_entropy', 'BCELoss', ['binaryCrossEntropy', 'BCELoss'], {
    differs: `${shapes} Where a logarithm is limited to −100 its gradient is 0, not ±1e12; an input outside [0, 1] gives NaN, not an error.`,
  }),
  ...both(
    'binary_cross_entropy_with_logits',
    'BCEWithLogitsLoss',
    ['binaryCrossEntropyWithLogits', 'BCEWithLogitsLoss'],
    {},
  ),
  ...both('mse_loss', 'MSELoss', ['mseLoss', 'MSELoss'], {}),
  ...both('l1_loss', 'L1Loss', ['l1Loss', 'L1Loss'], {}),
  ...both('huber_loss', 'HuberLoss', ['huberLoss', 'HuberLoss'], {}),
  ...both('smooth_l1_loss', 'SmoothL1Loss', ['smoothL1Loss', 'SmoothL1Loss'], {
    differs: `${shapes} With beta 0 the gradient is 0 where input and target are equal, as l1Loss's, not −1.`,
  }),
  ...both('kl_div', 'KLDivLoss', ['klDiv', 'KLDivLoss'], {}),
];
