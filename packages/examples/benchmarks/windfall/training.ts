/**
 * @file Whole training steps: data go in, the loss comes out, parameters have moved.
 */
import { type Shape, type Tensor, tensor } from '@windfall/core';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
  SGD,
  Sigmoid,
} from '@windfall/nn';
import { random, type Setup } from './setup.ts';

const classes = 10;

/** Different data in each step, as in training. */
const batches = 4;

/** Steps of plain gradient descent on random data. */
const training =
  (makeModel: () => Module, inputShape: Shape): Setup =>
  (execution) => {
    const model = makeModel();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.01 });
    const count = inputShape[0]!;
    const data = Array.from({ length: batches }, (_, batch) => ({
      inputs: random(inputShape).data() as Float32Array,
      labels: Int32Array.from({ length: count }, (_, example) => (example * 7 + batch) % classes),
    }));
    const train = execution((inputs: Tensor, labels: Tensor) => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(inputs), labels);
      loss.backward();
      optimizer.step();
      return loss;
    });
    let step = 0;
    return () => {
      const { inputs, labels } = data[step++ % batches]!;
      return train(tensor(inputs, { shape: inputShape }), tensor(labels)).item();
    };
  };

const hidden = (inputs: number): Module[] => [
  new Linear(inputs, 100, { bias: false }),
  new BatchNorm1d(100),
  new Sigmoid(),
];

const convolution = (inputs: number, outputs: number): Module[] => [
  new Conv2d(inputs, outputs, 3, { padding: 1, bias: false }),
  new BatchNorm2d(outputs),
  new ReLU(),
  new MaxPool2d(2),
];

export const trainingSteps = {
  'mlp-step': training(
    () => new Sequential(...hidden(784), ...hidden(100), ...hidden(100), new Linear(100, classes)),
    [60, 784],
  ),
  'cnn-step': training(
    () =>
      new Sequential(
        ...convolution(1, 16),
        ...convolution(16, 32),
        new Flatten(),
        new Linear(32 * 7 * 7, classes),
      ),
    [64, 1, 28, 28],
  ),
};
