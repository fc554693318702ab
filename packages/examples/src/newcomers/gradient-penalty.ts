/**
 * @file `npm run gradient-penalty`: a critic measures how far two clouds of points are apart, the critic of a Wasserstein GAN
 * with gradient penalty (Gulrajani et al. 2017). Its loss contains a gradient, so its gradient is of second order.
 */
import { compile, gradient, manualSeed, normal, tensor, type Tensor, uniform } from '@windfall/core';
import { Adam, Linear, Sequential, SiLU } from '@windfall/nn';

manualSeed(1);
const batch = 128;
const shift = tensor([2, 1]);
/** Two clouds that differ by a shift: the distance between them, that of optimal transport, is the shift's length, √5. */
const drawReal = (count: number): Tensor => normal([count, 2], { std: 0.5 }).add(shift);
const drawFake = (count: number): Tensor => normal([count, 2], { std: 0.5 });

const critic = new Sequential(
  new Linear(2, 32),
  new SiLU(),
  new Linear(32, 32),
  new SiLU(),
  new Linear(32, 1),
);
const optimizer = new Adam(critic.parameters(), { learningRate: 0.005, betas: [0.5, 0.9] });

/** ‖∂D/∂x‖ at each of some points. */
function slopes(points: Tensor): Tensor {
  // Each row of the result depends on its own point alone, so the gradient of the sum has the gradients of all rows.
  const [slope] = gradient(critic.forward(points).sum(), [points]);
  return slope.square().sum(1).add(1e-12).sqrt();
}

/** The critic rises from fake to real as much as it can with a slope of 1: that is the distance. */
const step = compile((real: Tensor, fake: Tensor) => {
  const distance = critic.forward(real).mean().sub(critic.forward(fake).mean());
  const between = fake.add(real.sub(fake).mul(uniform([batch, 1])));
  const penalty = slopes(between).sub(1).square().mean();
  optimizer.zeroGrad();
  penalty.mul(10).sub(distance).backward();
  optimizer.step();
  return { distance, penalty };
});

for (let i = 1; i <= 400; i++) {
  const { distance, penalty } = step(drawReal(batch), drawFake(batch));
  if (i % 80 === 0)
    console.log(`step ${i}: distance ${distance.item().toFixed(3)}, penalty ${penalty.item().toFixed(4)}`);
}

// The penalty is soft: distance · slope − 10 (slope − 1)² is largest at a slope of 1 + √5/20, so the critic's number is by
// that much too large.
const [real, fake] = [drawReal(2000), drawFake(2000)];
const rise = critic.forward(real).mean().sub(critic.forward(fake).mean()).item();
const slope = slopes(real.add(fake).div(2)).mean().item();
console.log(`slope ${slope.toFixed(2)}, by calculation ${(1 + Math.sqrt(5) / 20).toFixed(2)}`);
console.log(`distance ${(rise / slope).toFixed(2)}, by calculation ${Math.sqrt(5).toFixed(2)}`);
