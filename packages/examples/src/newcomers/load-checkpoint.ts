/**
 * @file `npm run load-checkpoint`: the same network as in data/write-moons.py, with the weights that PyTorch trained.
 */
import { join } from 'node:path';
import { BatchNorm1d, Linear, ReLU, Sequential, splitStateDict } from '@windfall/nn';
import { loadSafetensors } from '@windfall/nn/node';

async function main(): Promise<void> {
  const file = join(__dirname, '..', '..', 'data', 'moons.safetensors');
  // Besides the model's tensors, the file holds points and the probabilities that PyTorch gives them.
  const { points, probabilities, ...tensors } = await loadSafetensors(file);
  const { model: state } = splitStateDict(tensors);

  const model = new Sequential(
    new Linear(2, 16, { bias: false }),
    new BatchNorm1d(16),
    new ReLU(),
    new Linear(16, 2),
  );
  // Names are PyTorch's, so nothing is renamed; a name too many or missing would be an error.
  model.loadStateDict(state!);
  model.eval();

  const here = model.forward(points!).softmax(1);
  const secondMoon = here.slice([null, 1]).data();
  const inPyTorch = probabilities!.slice([null, 1]).data();
  console.log('point          second moon, here   in PyTorch');
  for (const [i, [x1, x2]] of points!.toArray<[number, number][]>().entries())
    console.log(
      `(${x1}, ${x2})`.padEnd(15) +
        secondMoon[i]!.toFixed(6).padStart(17) +
        inPyTorch[i]!.toFixed(6).padStart(13),
    );
  console.log(`largest difference ${here.sub(probabilities!).abs().max().item().toExponential(1)}`);
}

void main();
