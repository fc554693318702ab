/**
 * @file Memory in plain synchronous loops: what is alive after many steps is what was alive after a few. Nothing is
 * disposed of by hand, and nothing may depend on finalizers, which never run inside such a loop.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limitRegions, linearMemory } from '../src/backends/wasm/linear-memory.ts';
import { compile, Generator, normal, type Tensor, tensor, Variable, zeros } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const megabyte = 2 ** 20;

function bytesAlive(): number {
  // Array buffers that one collection found dead are freed by one of the next.
  for (let k = 0; k < 5; k++) collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * How many bytes more are alive after a half of `steps` further steps than before it, and the most that typed arrays
 * held meanwhile. Of the two halves the one that grew less counts: the engine compiles code when it likes, which takes
 * a megabyte once, while a leak grows in both.
 */
function growthOver(steps: number, step: () => void, warmUp = 500): { growth: number; peak: number } {
  for (let k = 0; k < warmUp; k++) step();
  let growth = Infinity;
  let peak = 0;
  for (let half = 0, before = bytesAlive(); half < 2; half++) {
    for (let k = 0; k < steps / 2; k++) {
      step();
      if (k % 50 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }
    const after = bytesAlive();
    growth = Math.min(growth, after - before);
    before = after;
  }
  return { growth, peak };
}

const generator = new Generator(1);

test('5,000 steps of x = f(x), read at each', () => {
  let x = normal([1000], { generator });
  const { growth, peak } = growthOver(5000, () => {
    x = x.mul(0.99).add(0.01);
    x.data();
  });
  // At most 10,000 operations of 4,000 bytes are remembered.
  expect(growth).toBeLessThan(60 * megabyte);
  expect(peak).toBeLessThan(300 * megabyte);
});

test('30,000 steps of x = f(x) read at each need no more than 15,000', () => {
  let x = tensor([0.5]);
  const step = (): void => {
    x = x.mul(0.99).add(0.01);
    x.item();
  };
  expect(growthOver(15_000, step, 15_000).growth).toBeLessThan(2 * megabyte);
});

test('5,000 steps of training with backward and assign', () => {
  const weight = new Variable(normal([20, 10], { generator }), { requiresGrad: true });
  const velocity = new Variable(zeros([20, 10]));
  const inputs = normal([32, 20], { generator });
  const { growth, peak } = growthOver(5000, () => {
    const loss = inputs.matmul(weight).tanh().square().mean();
    loss.backward();
    velocity.assign(velocity.mul(0.9).add(weight.grad as Tensor));
    weight.assign(weight.sub(velocity.mul(0.01)));
    weight.grad = null;
  });
  expect(growth).toBeLessThan(2 * megabyte);
  expect(peak).toBeLessThan(200 * megabyte);
});

/** A step of training with momentum on a batch made anew, as a function that returns the loss. */
function trainingStep(): (x: Tensor) => Tensor {
  const weight = new Variable(normal([20, 10], { generator }), { requiresGrad: true });
  const velocity = new Variable(zeros([20, 10]));
  return (x) => {
    weight.grad = null;
    const loss = x.matmul(weight).tanh().square().mean();
    loss.backward();
    const slope: Tensor | null = weight.grad;
    velocity.assign(velocity.mul(0.9).add(slope!));
    weight.assign(weight.sub(velocity.mul(0.01)));
    return loss;
  };
}

test.each<[string, (step: (x: Tensor) => Tensor) => (x: Tensor) => Tensor]>([
  ['compiled', compile],
  ['not compiled', (step) => step],
])('10,000 steps of training, %s, on batches made anew', (_name, prepare) => {
  const step = prepare(trainingStep());
  const values = new Float32Array(32 * 20).fill(0.1);
  const next = (): number => step(tensor(values, { shape: [32, 20] })).item();
  next();
  const { byteLength } = linearMemory().buffer;
  const { growth, peak } = growthOver(10_000, next, 8000);
  expect(growth).toBeLessThan(2 * megabyte);
  expect(peak).toBeLessThan(200 * megabyte);
  expect(linearMemory().buffer.byteLength).toBe(byteLength);
});

test('2,000 steps compiled, with variables read and kept on the way', () => {
  const count = new Variable(zeros([1000]));
  const step = compile(() => {
    count.assign(count.add(1));
  });
  let kept: Tensor = count.detach();
  const { growth } = growthOver(2000, () => {
    step();
    kept = count.detach();
  });
  expect(kept.data()[0]).toBe(2500);
  expect(growth).toBeLessThan(2 * megabyte);
});

test('300 functions compiled one after the other, each with a megabyte of its own', () => {
  const limit = 20 * megabyte;
  const before = limitRegions(limit);
  const { growth, peak } = growthOver(
    300,
    () => {
      const state = new Variable(zeros([2 ** 18]));
      const step = compile(() => {
        state.assign(state.add(1));
      });
      step();
      step();
      expect(state.data()[0]).toBe(2);
    },
    50,
  );
  limitRegions(before);
  expect(growth).toBeLessThan(limit);
  expect(peak).toBeLessThan(500 * megabyte);
});

test('more functions compiled one after the other than programs are kept, however small', () => {
  const state = new Variable(zeros([2]));
  const next = (): void => {
    const step = compile(() => {
      state.assign(state.add(1));
    });
    step();
  };
  expect(growthOver(600, next, 400).growth).toBeLessThan(2 * megabyte);
  expect(state.toArray()).toEqual([1000, 1000]);
});

test.each([false, true])(
  'more kinds of arguments than a compiled function remembers, results reused: %p',
  (reuseResults) => {
    const step = compile(trainingStep(), { reuseResults });
    let kind = 0;
    let loss: Tensor | null = null;
    const next = (): void => {
      kind = (kind + 1) % 40;
      loss = step(normal([kind + 1, 20], { generator }));
    };
    expect(growthOver(400, next, 100).growth).toBeLessThan(2 * megabyte);
    expect(loss!.item()).toBeLessThan(1);
  },
);

test('5,000 steps of training that read the loss', () => {
  const weight = new Variable(normal([20, 10], { generator }), { requiresGrad: true });
  const inputs = normal([32, 20], { generator });
  let last = Infinity;
  const { growth } = growthOver(5000, () => {
    const loss = inputs.matmul(weight).square().mean();
    loss.backward();
    weight.assign(weight.sub((weight.grad as Tensor).mul(0.01)));
    weight.grad = null;
    last = loss.item();
  });
  expect(last).toBeLessThan(1);
  expect(growth).toBeLessThan(2 * megabyte);
});

test('5,000 steps of running statistics that nobody reads', () => {
  const running = new Variable(zeros([50]));
  const batch = normal([20, 50], { generator });
  const { growth } = growthOver(5000, () => {
    running.assign(running.mul(0.9).add(batch.mean(0).mul(0.1)));
  });
  expect(growth).toBeLessThan(2 * megabyte);
});

test('gradients accumulated over 5,000 backward passes without an optimizer', () => {
  const weight = tensor([1, 2, 3], { requiresGrad: true });
  const { growth } = growthOver(5000, () => weight.square().sum().backward());
  expect(growth).toBeLessThan(2 * megabyte);
  expect((weight.grad as Tensor).toArray()).toEqual([11_000, 22_000, 33_000]);
});

test('x = f(x) never read: what is pending is computed after so many operations', () => {
  let x = tensor([0.5]);
  const step = (): void => {
    x = x.mul(0.99).add(0.01);
  };
  // Half of them are 100,000 operations, after which all is as before. Kept for good, they would take 40 megabytes.
  const { growth } = growthOver(100_000, step, 100_000);
  expect(growth).toBeLessThan(10 * megabyte);
  expect(x.toArray()).toEqual([expect.closeTo(1, 4)]);
});

test('tensors that are thrown away unread', () => {
  const x = normal([1000], { generator });
  const { growth } = growthOver(5000, () => {
    x.mul(2).exp().sum();
  });
  expect(growth).toBeLessThan(2 * megabyte);
});

test('graphs of ever new shapes', () => {
  let size = 0;
  const { growth } = growthOver(
    1500,
    () => {
      size++;
      zeros([size % 1000])
        .add(size)
        .sum()
        .item();
    },
    1500,
  );
  expect(growth).toBeLessThan(8 * megabyte);
});
