/**
 * @file Trains a small network with batch normalization, compiled and not, large enough for threads to take part. It says
 * what came out to the last bit, so that two runs can be compared.
 */
import { compile, manualSeed, normal, setThreads, type Tensor, tensor } from '@windfall/core';
import {
  Adam,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  ReLU,
  Sequential,
} from '@windfall/nn';

const classes = 10;
const batch = 64;

/** All bits of tensors in one number, by the hash FNV-1a. */
function digest(tensors: readonly Tensor[]): string {
  let hash = 0x811c9dc5;
  for (const values of tensors.map((value) => value.data())) {
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash.toString(16).padStart(8, '0');
}

export function train(): string[] {
  setThreads(2);
  manualSeed(7);
  const images = normal([batch, 1, 12, 12]);
  const labels = tensor(
    Array.from({ length: batch }, (_, example) => example % classes),
    { dtype: 'i32' },
  );
  const model = new Sequential(
    new Conv2d(1, 8, 3, { bias: false }),
    new BatchNorm2d(8),
    new ReLU(),
    new Flatten(),
    new Linear(8 * 10 * 10, 64, { bias: false }),
    new BatchNorm1d(64),
    new ReLU(),
    new Linear(64, classes),
  );
  const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
  const step = (): Tensor => {
    const loss = crossEntropy(model.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };

  const first = step();
  const compiledStep = compile(step);
  const losses = [first, ...Array.from({ length: 20 }, () => compiledStep())];
  const right = model.eval().forward(images).argmax(1).equal(labels).sum();
  return [
    `losses  ${losses.length}, bits ${digest(losses)}`,
    `state   ${Object.keys(model.stateDict()).length} tensors, bits ${digest(Object.values(model.stateDict()))}`,
    `learned ${String(right.item())} of ${batch}`,
  ];
}
