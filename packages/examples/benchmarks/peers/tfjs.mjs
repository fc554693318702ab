/**
 * @file TensorFlow.js as a competitor, on its WebAssembly or its plain JavaScript backend. Tensors that no `tidy` returns
 * are freed with it.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { matrixProduct, random, randomBatches } from './inputs.mjs';

const epsilon = 1e-5;
const learningRate = 0.01;
const million = [1024, 1024];

/** @param {{ directory: string, version: string, backend: 'wasm' | 'cpu' }} options where it is installed */
export async function load({ directory, version, backend }) {
  const installed = createRequire(join(directory, 'package.json'));
  const tf = installed('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const wasm = installed('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${dirname(installed.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} cannot be loaded`);
  await tf.ready();
  // Without this, operations also check their arguments and results.
  tf.enableProdMode();

  const randomTensor = (shape) => tf.tensor(random(shape), shape);
  /** What a training step changes. */
  const variable = (values) => tf.variable(values);
  const newWeight = (shape, inputs) => variable(randomTensor(shape).div(Math.sqrt(inputs)));

  /** A step that computes all results of a function of tensors and frees them. */
  const computing = (fn, inputs) => () => {
    for (const result of tf.tidy(() => fn(...inputs))) result.dispose();
  };

  function normalized(x, axes, { gamma, beta }) {
    const { mean, variance } = tf.moments(x, axes, true);
    return { mean, variance, y: x.sub(mean).mul(variance.add(epsilon).rsqrt()).mul(gamma).add(beta) };
  }

  /** In training: the running statistics move. */
  function batchNorm(x, axes, { running, ...norm }) {
    const { mean, variance, y } = normalized(x, axes, norm);
    const move = (before, batch) => before.assign(before.mul(0.9).add(batch.mul(0.1)));
    move(running.mean, mean);
    move(running.variance, variance);
    return y;
  }

  const newNorm = (shape) => ({
    gamma: variable(tf.ones(shape)),
    beta: variable(tf.zeros(shape)),
    running: {
      mean: tf.variable(tf.zeros(shape), false),
      variance: tf.variable(tf.ones(shape), false),
    },
  });

  const crossEntropy = (logits, labels) =>
    tf
      .logSoftmax(logits)
      .mul(tf.oneHot(labels, logits.shape[1]))
      .sum()
      .mul(-1 / logits.shape[0]);

  function normalization(shape, axes, layer) {
    const norm = newNorm(shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)));
    // Asks for the value too, which a gradient alone would not give.
    return computing(
      (x, gamma, beta, cotangent) => {
        let value;
        const forward = (x, gamma, beta) => {
          value = tf.keep(layer(x, axes, { ...norm, gamma, beta }));
          return value.mul(cotangent).sum();
        };
        return [...tf.grads(forward)([x, gamma, beta]), value];
      },
      [randomTensor(shape), norm.gamma, norm.beta, randomTensor(shape)],
    );
  }

  /** Steps of gradient descent. */
  function training(logitsOf, shape) {
    const batches = randomBatches(shape);
    const optimizer = tf.train.sgd(learningRate);
    let step = 0;
    return () => {
      const { inputs, labels } = batches[step++ % batches.length];
      const loss = tf.tidy(() => {
        const [x, target] = [tf.tensor(inputs, shape), tf.tensor(labels, [labels.length], 'int32')];
        return optimizer.minimize(() => crossEntropy(logitsOf(x), target), true);
      });
      const [value] = loss.dataSync();
      loss.dispose();
      return value;
    };
  }

  function mlp() {
    const layers = [784, 100, 100].map((inputs) => ({
      weight: newWeight([inputs, 100], inputs),
      norm: newNorm([1, 100]),
    }));
    const head = { weight: newWeight([100, 10], 100), bias: variable(tf.zeros([10])) };
    const logitsOf = (inputs) =>
      layers
        .reduce((x, { weight, norm }) => batchNorm(x.matMul(weight), [0], norm).sigmoid(), inputs)
        .matMul(head.weight)
        .add(head.bias);
    return training(logitsOf, [60, 784]);
  }

  function cnn() {
    const layers = [
      [1, 16],
      [16, 32],
    ].map(([inputs, outputs]) => ({
      filter: newWeight([3, 3, inputs, outputs], 9 * inputs),
      norm: newNorm([1, 1, 1, outputs]),
    }));
    const head = { weight: newWeight([1568, 10], 1568), bias: variable(tf.zeros([10])) };
    const block = (x, { filter, norm }) =>
      batchNorm(x.conv2d(filter, 1, 'same'), [0, 1, 2], norm)
        .relu()
        .maxPool(2, 2, 'valid');
    const logitsOf = (inputs) =>
      layers.reduce(block, inputs).reshape([64, 1568]).matMul(head.weight).add(head.bias);
    return training(logitsOf, [64, 28, 28, 1]);
  }

  function adam() {
    const parameter = tf.variable(randomTensor(million), true, 'parameter');
    const slope = randomTensor(million);
    const optimizer = tf.train.adam(0.001);
    return () => optimizer.applyGradients({ parameter: slope });
  }

  const chain = (x) => x.mul(1.01).add(0.1).relu().sub(0.5).abs().mul(x).neg().add(x).square().mul(0.5);

  function tiny(x) {
    let value = x;
    for (let k = 0; k < 25; k++) value = value.mul(0.9).add(x).tanh().sub(0.1);
    return value;
  }

  function sumAndSlope(fn) {
    const both = tf.valueAndGrad((x) => fn(x).sum());
    return (x) => {
      const { value, grad } = both(x);
      return [value, grad];
    };
  }

  const setups = {
    'mlp-step': mlp,
    'cnn-step': cnn,
    // Channels last, as everywhere in TensorFlow.js.
    'batch-norm-2d': () => normalization([32, 28, 28, 64], [0, 1, 2], batchNorm),
    'batch-norm-1d': () => normalization(million, [0], batchNorm),
    'layer-norm': () => normalization(million, [0], (x, _, norm) => normalized(x, [1], norm).y),
    'cross-entropy': () => {
      const target = tf.tensor(
        Int32Array.from({ length: 1024 }, (_, row) => (row * 7) % 1000),
        [1024],
        'int32',
      );
      const both = tf.valueAndGrad((logits) => crossEntropy(logits, target));
      return computing(
        (logits) => {
          const { value, grad } = both(logits);
          return [value, grad];
        },
        [randomTensor([1024, 1000])],
      );
    },
    adam,
    'chain-forward': () => computing((x) => [chain(x)], [randomTensor(million)]),
    'chain-gradient': () => computing(sumAndSlope(chain), [randomTensor(million)]),
    'tiny-graph': () => computing(sumAndSlope(tiny), [randomTensor([10])]),
  };

  function product({ m, k, n, isLeftTransposed, isRightTransposed, isDouble }) {
    if (isDouble) throw new Error('has no f64');
    return computing(
      (a, b) => [tf.matMul(a, b, isLeftTransposed, isRightTransposed)],
      [randomTensor(isLeftTransposed ? [k, m] : [m, k]), randomTensor(isRightTransposed ? [n, k] : [k, n])],
    );
  }

  return {
    version: `${version} (${backend})`,
    prepare: (key) => {
      const matrices = matrixProduct(key);
      if (matrices !== null) return product(matrices);
      if (!Object.hasOwn(setups, key)) throw new Error('no such benchmark');
      return setups[key]();
    },
  };
}
