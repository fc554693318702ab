/**
 * @file `npm run save-checkpoint`: trains a little, and leaves a file that PyTorch loads.
 */
import { join } from 'node:path';
import { manualSeed, normal, ones } from '@windfall/core';
import { BatchNorm1d, Linear, mseLoss, ReLU, Sequential, SGD } from '@windfall/nn';
import { saveSafetensors } from '@windfall/nn/node';
import { outputDirectory } from '../output-directory.ts';

async function main(): Promise<void> {
  const directory = outputDirectory();
  manualSeed(1);
  const model = new Sequential(
    new Linear(2, 8, { bias: false }),
    new BatchNorm1d(8),
    new ReLU(),
    new Linear(8, 1),
  );
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
  for (let step = 0; step < 200; step++) {
    const x = normal([64, 2]);
    const loss = mseLoss(model.forward(x), x.square().sum(1, { keepDims: true }));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  }

  const file = join(directory, 'model.safetensors');
  await saveSafetensors(file, model.stateDict(), { metadata: { format: 'pt' } });
  model.eval();
  const answer = model.forward(ones([1, 2])).item();
  console.log(`${file} holds a model that says ${answer.toFixed(5)} of (1, 1).
In Python:

import torch
from safetensors.torch import load_file
from torch import nn

model = nn.Sequential(nn.Linear(2, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
model.load_state_dict(load_file(${JSON.stringify(file)}))
model.eval()
print(f"{model(torch.ones(1, 2)).item():.5f}")`);
}

void main();
