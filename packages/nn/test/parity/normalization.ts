/**
 * @file The normalizations of PyTorch that have a counterpart here, and the tools around them.
 */
import type { ParityRow } from './row.ts';

const counted = 'A batch that is refused, or empty, does not count in num_batches_tracked.';

const batchNorms: readonly ParityRow[] = ['BatchNorm1d', 'BatchNorm2d', 'BatchNorm3d'].map((layer) => ({
  pytorch: `nn.${layer}`,
  windfall: layer,
  fixture: 'normalization',
  order: 3,
  differs: counted,
}));

const instanceNorms: readonly ParityRow[] = ['InstanceNorm1d', 'InstanceNorm2d', 'InstanceNorm3d'].map(
  (layer) => ({
    pytorch: `nn.${layer}`,
    windfall: layer,
    fixture: 'normalization',
    order: 3,
    differs: 'Other channels than numFeatures are an error, also without parameters and statistics.',
  }),
);

const constants = 'With eps 0 constant values give the bias, not NaN.';

/** The fixture holds at least one case for each row that names it. */
export const normalizations: readonly ParityRow[] = [
  ...batchNorms,
  ...instanceNorms,
  { pytorch: 'nn.LayerNorm', windfall: 'LayerNorm', fixture: 'normalization', order: 3, differs: constants },
  { pytorch: 'nn.GroupNorm', windfall: 'GroupNorm', fixture: 'normalization', order: 3, differs: constants },
  {
    pytorch: 'nn.RMSNorm',
    windfall: 'RMSNorm',
    fixture: 'normalization',
    order: 3,
    differs: 'Compared with its formula, as PyTorch 1.13 does not have it. With eps 0 zeros give 0, not NaN.',
  },
  {
    pytorch: 'nn.functional.batch_norm',
    windfall: 'functional.batchNorm',
    fixture: 'normalization',
    order: 3,
    differs:
      'It returns { output, runningMean, runningVar } and changes nothing; PyTorch moves what it is given.',
  },
  {
    pytorch: 'nn.functional.instance_norm',
    windfall: 'functional.instanceNorm',
    fixture: 'normalization',
    order: 3,
    differs: 'It takes no running statistics; for those, batchNorm in evaluation is the same map.',
  },
  {
    pytorch: 'nn.functional.layer_norm',
    windfall: 'functional.layerNorm',
    fixture: 'normalization',
    order: 3,
    differs: constants,
  },
  {
    pytorch: 'nn.functional.group_norm',
    windfall: 'functional.groupNorm',
    fixture: 'normalization',
    order: 3,
    differs: constants,
  },
  {
    pytorch: 'nn.functional.rms_norm',
    windfall: 'functional.rmsNorm',
    fixture: 'normalization',
    order: 3,
    differs: 'Compared with its formula, as PyTorch 1.13 does not have it.',
  },
  {
    pytorch: 'nn.utils.fusion.fuse_conv_bn_eval',
    windfall: 'fuseLayers',
    fixture: null,
    order: 0,
    differs: 'Right for transposed convolutions with groups, too; fuseBatchNorm does it for a whole model.',
  },
  {
    pytorch: 'nn.utils.fusion.fuse_linear_bn_eval',
    windfall: 'fuseLayers',
    fixture: null,
    order: 0,
  },
  {
    pytorch: 'optim.swa_utils.update_bn',
    windfall: 'updateBatchNorm',
    fixture: null,
    order: 0,
    differs:
      'On an error nothing has changed; layers that no batch reaches keep their statistics; updateBatchNormAsync takes batches that come asynchronously.',
  },
];
