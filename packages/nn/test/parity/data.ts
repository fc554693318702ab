/**
 * @file Checkpoints, data, augmentation and metrics in docs/parity.md.
 */
import type { ParityRow } from './row.ts';

const row = (pytorch: string, windfall: string, differs?: string): ParityRow => {
  const common = { pytorch, windfall, fixture: null, order: 0 } as const;
  return differs === undefined ? common : { ...common, differs };
};

const draws = 'Other numbers are drawn for the same seed.';
const functionOf = `A function of an image or a batch, and of a generator. ${draws}`;

export const dataRows: readonly ParityRow[] = [
  {
    ...row('safetensors.torch.save_file', 'saveSafetensors (@windfall/nn/node), serializeSafetensors'),
    fixture: 'checkpoints',
    differs:
      'Files are replaced at once, when complete. Element types can be chosen by name; 8-bit floats are written, too. Of shared tensors each name gets a copy.',
  },
  {
    ...row('safetensors.torch.load_file', 'loadSafetensors (@windfall/nn/node), parseSafetensors'),
    fixture: 'checkpoints',
    differs:
      'Integers of all sizes become i32, or the dtype asked for; one that does not fit is an error. F16, BF16 and 8-bit floats become f32.',
  },
  row('safetensors.safe_open', 'openSafetensors'),
  row('utils.data.Dataset', 'Dataset', 'A sample that must be waited for is a promise.'),
  row('utils.data.TensorDataset', 'TensorDataset'),
  row('utils.data.Subset', 'Subset'),
  row('utils.data.ConcatDataset', 'ConcatDataset'),
  row('utils.data.random_split', 'randomSplit', draws),
  row(
    'utils.data.DataLoader',
    'DataLoader',
    'Batches are fetched ahead by promises, not by processes. `state` resumes in the middle of an epoch. Numbers become f32 tensors.',
  ),
  row('utils.data.default_collate', 'collate', 'Numbers become f32 tensors.'),
  row('utils.data.SequentialSampler', 'SequentialSampler'),
  row('utils.data.RandomSampler', 'RandomSampler', draws),
  row('utils.data.WeightedRandomSampler', 'WeightedRandomSampler', draws),
  { ...row('torchvision.transforms.functional.affine', 'affine'), fixture: 'augmentation' },
  row('torchvision.transforms.RandomAffine', 'randomAffine', functionOf),
  row('torchvision.transforms.RandomRotation', 'randomRotation', functionOf),
  row('torchvision.transforms.RandomCrop', 'randomCrop', functionOf),
  row('torchvision.transforms.CenterCrop', 'centerCrop', 'A part larger than the image is an error.'),
  row('torchvision.transforms.RandomHorizontalFlip', 'randomHorizontalFlip', functionOf),
  row('torchvision.transforms.RandomVerticalFlip', 'randomVerticalFlip', functionOf),
  row('torchvision.transforms.RandomErasing', 'randomErasing', functionOf),
  row(
    'torchvision.transforms.ColorJitter',
    'colorJitter',
    `${functionOf} Without hue, and in a fixed order.`,
  ),
  row('torchvision.transforms.ConvertImageDtype', 'toFloat'),
  { ...row('torchvision.transforms.Normalize', 'normalize'), order: 2 },
  { ...row('torch.topk(…).indices.eq(…).any', 'accuracy'), fixture: 'metrics' },
];
