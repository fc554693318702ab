/**
 * @file Threads: the same bits for every number of them, and nothing that waits for them.
 */
import { FunctionBuilder, type Local, ModuleBuilder, when } from '../src/backends/wasm/assembler.ts';
import { i32 } from '../src/backends/wasm/instructions.ts';
import { linearMemory, mostPages } from '../src/backends/wasm/linear-memory.ts';
import { barrierFunction } from '../src/backends/wasm/plan-module.ts';
import { readyWorkers, runOnThreads, watchWorkers } from '../src/backends/wasm/thread-pool.ts';
import { webAssembly } from '../src/backends/wasm/web-assembly.ts';
import {
  compile,
  einsum,
  Generator,
  getThreads,
  gradient,
  normal,
  setThreads,
  type Tensor,
  tensor,
  uniform,
  Variable,
} from '../src/index.ts';

// Starting workers takes a while on a busy machine.
jest.setTimeout(120_000);

const generator = new Generator(12);
const draw = (...shape: number[]): Tensor => tensor(normal(shape, { generator }).data(), { shape });

const large = draw(64, 16, 14, 14);
const [left, right] = [draw(150, 130), draw(130, 170)];
const filters = draw(8, 16, 3, 3);
const [long, weight] = [draw(1200, 300), draw(300)];
const [rows, others] = [draw(1001, 900), draw(1001, 900)];

/** Computations large enough to be shared, made anew each time so that nothing is remembered. */
const computations: Readonly<Record<string, () => readonly Tensor[]>> = {
  'elementwise operations': () => [large.mul(2).exp().add(large.tanh()), large.square().sqrt()],
  'sums along rows, along columns and over everything': () => [
    long.mul(1).sum(1),
    long.mul(1).sum(0),
    long.mul(1).sum(),
    long.variance(0),
  ],
  'a normalization over channels and its gradient': () => {
    const x = large.mul(1);
    const shifted = x.sub(x.mean([0, 2, 3], { keepDims: true }));
    const y = shifted.mul(x.variance([0, 2, 3], { correction: 0, keepDims: true }).add(1e-5).rsqrt());
    return [y, ...gradient(y.square().mul(large).sum(), [x])];
  },
  'a normalization over rows and its gradients': () => {
    const [x, w] = [long.mul(1), weight.mul(1)];
    const y = x
      .sub(x.mean(1, { keepDims: true }))
      .mul(w)
      .softmax(1);
    return [y, ...gradient(y.square().sum(), [x, w])];
  },
  'matrix products with an epilogue': () => [
    left.matmul(right).add(1).relu(),
    right.transpose().matmul(left.transpose()),
    left.transpose().matmul(left),
  ],
  'products of rows with an epilogue': () => [einsum('ij,ij->i', rows, others).mul(0.5).add(1)],
  'a convolution and its gradients': () => {
    const [x, w] = [large.mul(1), filters.mul(1)];
    const y = x.conv2d(w, { padding: 1 });
    return gradient(y.square().sum(), [x, w]);
  },
  'random numbers': () => [uniform([300, 300], { generator: new Generator(5) })],
  'rows by index': () => {
    const index = tensor(
      Array.from({ length: 5000 }, (_, k) => (k * 7) % 1200),
      { dtype: 'i32' },
    );
    return [long.indexSelect(0, index).mul(2)];
  },
};

/** Starts workers and waits for them. They need no turn of the event loop, but in a page. */
async function startWorkers(count: number): Promise<void> {
  setThreads(count + 1);
  const end = Date.now() + 20_000;
  while (readyWorkers() < count && Date.now() < end) {
    large.exp().tanh().sum().item();
    if ('document' in globalThis) await new Promise((resolve) => setTimeout(resolve));
  }
  expect(readyWorkers()).toBeGreaterThanOrEqual(count);
}

const bits = (tensors: readonly Tensor[]): TypedArrays => tensors.map((x) => x.data());
type TypedArrays = readonly ReturnType<Tensor['data']>[];

const before = getThreads();
afterAll(() => setThreads(before));

test.each(Object.entries(computations))(
  '%s give the same bits on any number of threads',
  async (_name, compute) => {
    setThreads(1);
    const alone = bits(compute());
    for (const workers of [1, 2, 3]) {
      await startWorkers(workers);
      const together = bits(compute());
      expect(together.every((array, k) => array.every((value, i) => Object.is(value, alone[k]![i])))).toBe(
        true,
      );
    }
  },
);

test('a compiled step gives the same bits on any number of threads', async () => {
  const train = (): TypedArrays => {
    const matrix = new Variable(tensor(right.data(), { shape: [130, 170] }), { requiresGrad: true });
    const step = compile((x: Tensor) => {
      matrix.grad = null;
      const loss = x.matmul(matrix).tanh().square().mean();
      loss.backward();
      matrix.assign(matrix.sub((matrix.grad as Tensor | null)!.mul(0.1)));
      return loss;
    });
    const losses = Array.from({ length: 5 }, () => step(left));
    return bits([...losses, matrix]);
  };
  setThreads(1);
  const alone = train();
  await startWorkers(2);
  expect(train()).toEqual(alone);
});

test('an index out of range is an error whichever thread finds it, and the next computation works', async () => {
  await startWorkers(2);
  const index = tensor(
    Array.from({ length: 5000 }, (_, k) => (k === 4321 ? 1200 : k % 1200)),
    { dtype: 'i32' },
  ).mul(1);
  expect(() => long.indexSelect(0, index).mul(2).data()).toThrow('index 1200 is out of range');
  expect(long.mul(0).sum().item()).toBe(0);
});

test('the number of threads is a whole number', () => {
  expect(() => setThreads(0)).toThrow('setThreads: the number of threads is a whole number ≥ 1, not 0');
  expect(() => setThreads(1.5)).toThrow('not 1.5');
  setThreads(2);
  expect(getThreads()).toBe(2);
});

describe('a program that fails', () => {
  /** One that traps on one of two threads, while the other waits for it. */
  function trapping(victim: number): { code: Uint8Array; run: (thread: number, threads: number) => void } {
    const memory = { minimumPages: 1, maximumPages: mostPages, shared: true };
    const module = new ModuleBuilder(memory, ['watch']);
    const barrier = barrierFunction(module.callImported('watch'));
    module.add(barrier);
    const run = new FunctionBuilder('run', ['i32', 'i32']);
    const [thread, threads] = run.parameters as [Local, Local];
    const unreachable = [0x00];
    run.emit(
      when(i32.eq(thread.get, i32.const(victim)), unreachable),
      module.call(barrier, [thread.get, threads.get]),
    );
    module.add(run);
    const code = module.encode();
    const { exports } = new webAssembly.Instance(new webAssembly.Module(code), {
      windfall: { memory: linearMemory(), watch: watchWorkers },
    });
    return { code, run: exports['run'] as (thread: number, threads: number) => void };
  }

  test.each([
    [0, 'internal: a program failed here: unreachable'],
    [1, 'internal: a program failed in a worker'],
  ])(
    'on thread %i is an error for the caller, and the next programs run as ever',
    async (victim, message) => {
      const expected = long.mul(2).sum(0).data();
      for (let round = 0; round < 3; round++) {
        await startWorkers(1);
        const { code, run } = trapping(victim);
        expect(() => runOnThreads(-1 - victim - 2 * round, code, run)).toThrow(message);
        await startWorkers(1);
        expect(long.mul(2).sum(0).data()).toEqual(expected);
      }
    },
  );

  test('code that no worker can load runs on this thread', async () => {
    await startWorkers(1);
    const ran: string[] = [];
    runOnThreads(-100, new Uint8Array([1, 2, 3]), (thread, threads) => ran.push(`${thread} of ${threads}`));
    expect(ran).toEqual(['0 of 1']);
    await startWorkers(1);
  });
});
