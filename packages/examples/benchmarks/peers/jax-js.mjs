/**
 * @file jax-js as a competitor: each benchmark is one function under `jit`, on its WebAssembly backend. Using an array
 * consumes it, unless that is written `.ref`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { matrixProduct, random, randomBatches } from './inputs.mjs';

const epsilon = 1e-5;
const learningRate = 0.01;
const million = [1024, 1024];

/** @param {{ directory: string, version: string }} options where it is installed */
export async function load({ directory, version }) {
  const installed = createRequire(join(directory, 'package.json'));
  const jax = installed('@jax-js/jax');
  const { blockUntilReady, jit, lax, nn, numpy: np, tree, valueAndGrad, vjp } = jax;
  // Without a name it tries all backends, and fails in Node.
  await jax.init('wasm');
  jax.defaultDevice('wasm');

  const upload = (values, shape) => np.array(values, { shape });
  const randomArray = (shape) => upload(random(shape), shape);
  const zeros = (shape) => upload(new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const ones = (shape) => upload(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);

  /** A step that computes all results of a function of arrays, or of trees of them. */
  function computing(fn, inputs, execution = jit) {
    const run = execution(fn);
    return async () => {
      const results = run(...inputs.map((input) => tree.ref(input)));
      await blockUntilReady(results);
      tree.dispose(results);
    };
  }

  /** The normalized value, and the moved running statistics. */
  function batchNorm(x, { gamma, beta }, running, axes) {
    const mean = np.mean(x.ref, axes, { keepdims: true });
    const centered = x.sub(mean.ref);
    const variance = np.mean(np.square(centered.ref), axes, { keepdims: true });
    const y = centered
      .div(np.sqrt(variance.ref.add(epsilon)))
      .mul(gamma)
      .add(beta);
    const moved = (before, batch) => before.mul(0.9).add(batch.mul(0.1));
    return [y, { mean: moved(running.mean, mean), variance: moved(running.variance, variance) }];
  }

  const newNorm = (shape) => ({ gamma: ones(shape), beta: zeros(shape) });
  const newStatistics = (shape) => ({ mean: zeros(shape), variance: ones(shape) });
  function newWeight(shape, inputs) {
    const scale = 1 / Math.sqrt(inputs);
    return upload(
      random(shape).map((value) => value * scale),
      shape,
    );
  }

  function crossEntropy(logits, labels) {
    const [count, classes] = logits.shape;
    const chosen = nn.logSoftmax(logits).mul(nn.oneHot(labels, classes));
    return chosen.sum().mul(-1 / count);
  }

  function normalization(shape, axes) {
    const perChannel = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const inputs = [randomArray(shape), newNorm(perChannel), newStatistics(perChannel), randomArray(shape)];
    return computing((x, norm, running, cotangent) => {
      const layer = (x, norm) => batchNorm(x, norm, running, axes);
      const [y, back, moved] = vjp(layer, [x, norm], { hasAux: true });
      return [y, moved, back(cotangent)];
    }, inputs);
  }

  function layerNorm(x, { gamma, beta }) {
    const mean = np.mean(x.ref, -1, { keepdims: true });
    const centered = x.sub(mean);
    const variance = np.mean(np.square(centered.ref), -1, { keepdims: true });
    return centered
      .div(np.sqrt(variance.add(epsilon)))
      .mul(gamma)
      .add(beta);
  }

  /** Steps of gradient descent. `loss(parameters, running, inputs, labels)` gives the loss and the moved statistics. */
  function training(loss, firstParameters, firstRunning, shape) {
    const batches = randomBatches(shape);
    const train = jit((parameters, running, inputs, labels) => {
      const before = tree.ref(parameters);
      const lossAndSlopes = valueAndGrad(loss, { hasAux: true });
      const [[value, moved], slopes] = lossAndSlopes(parameters, running, inputs, labels);
      const after = tree.map((p, slope) => p.sub(slope.mul(learningRate)), before, slopes);
      return [after, moved, value];
    });
    let [parameters, running, step] = [firstParameters, firstRunning, 0];
    return () => {
      const { inputs, labels } = batches[step++ % batches.length];
      const results = train(parameters, running, upload(inputs, shape), upload(labels, [labels.length]));
      [parameters, running] = results;
      return results[2].item();
    };
  }

  function mlp() {
    const widths = [784, 100, 100, 100];
    const hidden = widths.slice(1).map((outputs, k) => ({
      weight: newWeight([widths[k], outputs], widths[k]),
      norm: newNorm([1, outputs]),
    }));
    const head = { weight: newWeight([100, 10], 100), bias: zeros([10]) };
    const running = hidden.map(() => newStatistics([1, 100]));
    const loss = (parameters, running, inputs, labels) => {
      let x = inputs;
      const moved = parameters.hidden.map(({ weight, norm }, k) => {
        const [y, statistics] = batchNorm(np.matmul(x, weight), norm, running[k], [0]);
        x = nn.sigmoid(y);
        return statistics;
      });
      const logits = np.matmul(x, parameters.head.weight).add(parameters.head.bias);
      return [crossEntropy(logits, labels), moved];
    };
    return training(loss, { hidden, head }, running, [60, 784]);
  }

  function cnn() {
    const channels = [1, 16, 32];
    const blocks = channels.slice(1).map((outputs, k) => ({
      weight: newWeight([outputs, channels[k], 3, 3], 9 * channels[k]),
      norm: newNorm([1, outputs, 1, 1]),
    }));
    const head = { weight: newWeight([1568, 10], 1568), bias: zeros([10]) };
    const running = channels.slice(1).map((outputs) => newStatistics([1, outputs, 1, 1]));
    const padding = [
      [1, 1],
      [1, 1],
    ];
    const loss = (parameters, running, inputs, labels) => {
      let x = inputs;
      const moved = parameters.blocks.map(({ weight, norm }, k) => {
        const [y, statistics] = batchNorm(lax.conv(x, weight, [1, 1], padding), norm, running[k], [0, 2, 3]);
        const [count, channels, height, width] = y.shape;
        const windows = nn.relu(y).reshape([count, channels, height / 2, 2, width / 2, 2]);
        x = np.max(windows, [3, 5]);
        return statistics;
      });
      const logits = np.matmul(x.reshape([64, 1568]), parameters.head.weight).add(parameters.head.bias);
      return [crossEntropy(logits, labels), moved];
    };
    return training(loss, { blocks, head }, running, [64, 1, 28, 28]);
  }

  function adam() {
    const [beta1, beta2] = [0.9, 0.999];
    const update = jit(({ parameter, mean, square, step }, slope) => {
      const count = step.add(1);
      const newMean = mean.mul(beta1).add(slope.ref.mul(1 - beta1));
      const newSquare = square.mul(beta2).add(np.square(slope).mul(1 - beta2));
      const correction = (beta) => np.subtract(1, np.power(beta, count.ref));
      const scale = np.sqrt(newSquare.ref.div(correction(beta2))).add(1e-8);
      const direction = newMean.ref.div(correction(beta1)).div(scale);
      const moved = parameter.sub(direction.mul(0.001));
      return { parameter: moved, mean: newMean, square: newSquare, step: count };
    });
    let state = {
      parameter: randomArray(million),
      mean: zeros(million),
      square: zeros(million),
      step: zeros([1]),
    };
    const slope = randomArray(million);
    return async () => {
      state = update(state, slope.ref);
      await blockUntilReady(state);
    };
  }

  function chain(x) {
    const start = np.abs(nn.relu(x.ref.mul(1.01).add(0.1)).sub(0.5));
    return np.square(np.negative(start.mul(x.ref)).add(x)).mul(0.5);
  }

  function tiny(x) {
    let value = x.ref;
    for (let k = 0; k < 25; k++) value = np.tanh(value.mul(0.9).add(x.ref)).sub(0.1);
    x.dispose();
    return value;
  }

  const sumAndSlope = (fn) => valueAndGrad((x) => fn(x).sum());

  const setups = {
    'mlp-step': mlp,
    'cnn-step': cnn,
    'batch-norm-2d': () => normalization([32, 64, 28, 28], [0, 2, 3]),
    'batch-norm-1d': () => normalization(million, [0]),
    'layer-norm': () =>
      computing(
        (x, norm, cotangent) => {
          const [y, back] = vjp(layerNorm, [x, norm]);
          return [y, back(cotangent)];
        },
        [randomArray(million), newNorm([1024]), randomArray(million)],
      ),
    'cross-entropy': () =>
      computing(valueAndGrad(crossEntropy), [
        randomArray([1024, 1000]),
        upload(
          Int32Array.from({ length: 1024 }, (_, row) => (row * 7) % 1000),
          [1024],
        ),
      ]),
    adam,
    'chain-forward': () => computing(chain, [randomArray(million)]),
    'chain-gradient': () => computing(sumAndSlope(chain), [randomArray(million)]),
    // Under `jit` this graph takes minutes to compile, if not forever.
    'tiny-graph': () => computing(sumAndSlope(tiny), [randomArray([10])], (fn) => fn),
  };

  function product({ m, k, n, isLeftTransposed, isRightTransposed, isDouble }) {
    const operand = (shape) => {
      const values = randomArray(shape);
      return isDouble ? values.astype('float64') : values;
    };
    const multiply = (a, b) =>
      np.matmul(isLeftTransposed ? np.transpose(a) : a, isRightTransposed ? np.transpose(b) : b);
    return computing(multiply, [
      operand(isLeftTransposed ? [k, m] : [m, k]),
      operand(isRightTransposed ? [n, k] : [k, n]),
    ]);
  }

  return {
    version: `${version} (wasm, jit)`,
    prepare: (key) => {
      const matrices = matrixProduct(key);
      if (matrices !== null) return product(matrices);
      if (!Object.hasOwn(setups, key)) throw new Error('no such benchmark');
      return setups[key]();
    },
  };
}
