/**
 * @file The initializations of PyTorch that have a counterpart here.
 */
import type { ParityRow } from './row.ts';

const compared = (
  [
    ['calculate_gain', 'calculateGain', undefined],
    ['_calculate_fan_in_and_fan_out', 'calculateFanInAndFanOut', undefined],
    ['xavier_uniform_', 'xavierUniform', 'The random numbers are others.'],
    ['xavier_normal_', 'xavierNormal', 'The random numbers are others.'],
    ['kaiming_uniform_', 'kaimingUniform', 'The random numbers are others.'],
    ['kaiming_normal_', 'kaimingNormal', 'The random numbers are others.'],
  ] as const
).map(
  ([pytorch, windfall, differs]): ParityRow => ({
    pytorch: `nn.init.${pytorch}`,
    windfall: `init.${windfall}`,
    fixture: 'init',
    order: 0,
    ...(differs === undefined ? {} : { differs }),
  }),
);

const held = (
  [
    ['uniform_', 'uniform', 'The random numbers are others; the distribution is tested.'],
    ['normal_', 'normal', 'The random numbers are others; the distribution is tested.'],
    ['trunc_normal_', 'truncNormal', 'The random numbers are others; the distribution is tested.'],
    ['orthogonal_', 'orthogonal', 'The random numbers are others; the distribution is tested.'],
    ['constant_', 'constant', undefined],
    ['ones_', 'ones', undefined],
    ['zeros_', 'zeros', undefined],
    ['eye_', 'eye', undefined],
  ] as const
).map(
  ([pytorch, windfall, differs]): ParityRow => ({
    pytorch: `nn.init.${pytorch}`,
    windfall: `init.${windfall}`,
    fixture: null,
    order: 0,
    ...(differs === undefined ? {} : { differs }),
  }),
);

export const initializations: readonly ParityRow[] = [...compared, ...held];
