/**
 * @file The schedules of docs/parity.md.
 */
import type { ParityRow } from './row.ts';

const schedule = (name: string, differs?: string): ParityRow => ({
  pytorch: `optim.lr_scheduler.${name}`,
  windfall: name,
  fixture: 'schedules',
  order: 0,
  ...(differs === undefined ? {} : { differs }),
});

const lambdas = 'Inside compile its step is an error, because its function takes a number.';

export const scheduleRows: readonly ParityRow[] = [
  schedule('StepLR'),
  schedule('MultiStepLR'),
  schedule('ExponentialLR'),
  schedule('ConstantLR', 'A factor of 0 ends at the rates before any schedule instead of dividing by 0.'),
  schedule('LinearLR', 'A startFactor of 0 is possible, where PyTorch divides by 0.'),
  schedule('PolynomialLR'),
  schedule('CosineAnnealingLR'),
  schedule('CosineAnnealingWarmRestarts'),
  schedule(
    'OneCycleLR',
    'Inside compile a step after the last changes nothing instead of being an error. Two of one optimizer keep their own rates; in PyTorch they share those of the second.',
  ),
  schedule('ReduceLROnPlateau'),
  schedule('LambdaLR', lambdas),
  schedule('MultiplicativeLR', lambdas),
  schedule('SequentialLR'),
  schedule('ChainedScheduler'),
];
