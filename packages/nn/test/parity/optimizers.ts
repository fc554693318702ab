/**
 * @file The optimizers of docs/parity.md, and what goes with them.
 */
import type { ParityRow } from './row.ts';

const optimizer = (pytorch: string, differs?: string): ParityRow => ({
  pytorch: `optim.${pytorch}`,
  windfall: pytorch,
  fixture: 'optimizer-options',
  order: 0,
  ...(differs === undefined ? {} : { differs }),
});

export const optimizerRows: readonly ParityRow[] = [
  optimizer('SGD'),
  optimizer('Adam'),
  optimizer('AdamW'),
  optimizer('RMSprop'),
  optimizer(
    'Adagrad',
    'initialAccumulatorValue may differ from group to group. A parameter has no state in the dict before its first gradient.',
  ),
  {
    pytorch: 'optim.Optimizer.add_param_group',
    windfall: 'Optimizer',
    fixture: 'optimizer-options',
    order: 0,
  },
  {
    pytorch: 'nn.utils.clip_grad_norm_',
    windfall: 'clipGradientNorm',
    fixture: 'optimizer-options',
    order: 0,
    differs: 'Inside compile errorIfNonfinite is an error, because the norm would have to be read.',
  },
  {
    pytorch: 'nn.utils.clip_grad_value_',
    windfall: 'clipGradientValue',
    fixture: 'optimizer-options',
    order: 0,
  },
];
