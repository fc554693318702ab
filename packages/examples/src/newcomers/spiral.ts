/**
 * @file `npm run spiral`: a small network learns to tell two spiral arms apart, and draws where it sees which. Start here.
 */
import { concat, linspace, manualSeed, normal, ones, stack, type Tensor, zeros } from '@windfall/core';
import { Adam, BatchNorm1d, crossEntropy, Linear, ReLU, Sequential } from '@windfall/nn';
import { boundaryFigure } from '../boundary-figure.ts';
import { outputDirectory } from '../output-directory.ts';
import { writePicture } from '../write-picture.ts';

/** 200 points on each of two arms that wind around each other, not quite where they should be. */
function drawSpirals(): { points: Tensor; arms: Tensor } {
  const radius = linspace(0.1, 1, 200);
  const arm = (start: number): Tensor => {
    const angle = radius.mul(3 * Math.PI).add(start);
    return stack([angle.cos(), angle.sin()], 1).mul(radius.unsqueeze(1));
  };
  const points = concat([arm(0), arm(Math.PI)]).add(normal([400, 2], { std: 0.02 }));
  return { points, arms: concat([zeros([200], { dtype: 'i32' }), ones([200], { dtype: 'i32' })]) };
}

const directory = outputDirectory();
manualSeed(1);
const hidden = (inputs: number) => [new Linear(inputs, 32, { bias: false }), new BatchNorm1d(32), new ReLU()];
const model = new Sequential(...hidden(2), ...hidden(32), new Linear(32, 2));
const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
const training = drawSpirals();

for (let step = 1; step <= 200; step++) {
  const loss = crossEntropy(model.forward(training.points), training.arms);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 40 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
}

model.eval();
const test = drawSpirals();
const hits = model.forward(test.points).argmax(1).equal(test.arms);
console.log(`${100 * hits.mean().item()} % of new points are put on the right arm`);

// What the network would say everywhere: its probability of the second arm, row by row from below.
const side = linspace(-1.2, 1.2, 121);
const square = [side, side.unsqueeze(1)].map((axis) => axis.expand([121, 121]).reshape([-1]));
const grid = stack(square, 1);
const probability = model.forward(grid).softmax(1).slice([null, 1]).data();
const points = test.points.toArray<[number, number][]>().map(([x, y], i) => ({
  x,
  y,
  kind: i < 200 ? 0 : 1,
}));
writePicture(directory, 'spiral', boundaryFigure(probability, points, { limit: 1.2 }));
