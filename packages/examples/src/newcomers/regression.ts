/**
 * @file `npm run regression`: a small network finds the curve behind noisy points.
 */
import { linspace, manualSeed, normal, type Tensor, uniform } from '@windfall/core';
import {
  AdamW,
  CosineAnnealingLR,
  DataLoader,
  Linear,
  mseLoss,
  Sequential,
  Tanh,
  TensorDataset,
} from '@windfall/nn';
import { fitFigure } from '../fit-figure.ts';
import { outputDirectory } from '../output-directory.ts';
import { writePicture } from '../write-picture.ts';

/** The curve that the points are near. */
const truth = (x: Tensor): Tensor => x.mul(3).sin().add(x.mul(0.5));

const directory = outputDirectory();
manualSeed(1);
const [points, noise, epochs] = [256, 0.2, 100];
const x = uniform([points, 1], { low: -2, high: 2 });
const y = truth(x).add(normal([points, 1], { std: noise }));

const model = new Sequential(
  new Linear(1, 32),
  new Tanh(),
  new Linear(32, 32),
  new Tanh(),
  new Linear(32, 1),
);
const optimizer = new AdamW(model.parameters(), { learningRate: 0.03 });
const schedule = new CosineAnnealingLR(optimizer, epochs);
const batches = new DataLoader(new TensorDataset(x, y), { batchSize: 32, shuffle: true });

for (let epoch = 1; epoch <= epochs; epoch++) {
  for (const [inputs, targets] of batches) {
    const loss = mseLoss(model.forward(inputs), targets);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  }
  schedule.step();
  if (epoch % 20 === 0) console.log(`epoch ${epoch}: loss ${mseLoss(model.forward(x), y).item().toFixed(4)}`);
}

const line = linspace(-2, 2, 201).unsqueeze(1);
const fitted = model.forward(line);
const distance = mseLoss(fitted, truth(line)).sqrt().item().toFixed(3);
console.log(`the noise is ${noise}; the fitted curve is ${distance} from the true one, root mean square`);

const curve = (y: Tensor) => ({ x: line.data(), y: y.data() });
const figure = fitFigure({ x: x.data(), y: y.data() }, { truth: curve(truth(line)), fitted: curve(fitted) });
writePicture(directory, 'regression', figure);
