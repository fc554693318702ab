/**
 * @file Worker threads that come to an end when nobody expects it: what is computed is right or an error of ours, nothing
 * waits for them, and what is computed next is right.
 */
import workerThreads from 'node:worker_threads';
import type * as pool from '../src/backends/wasm/thread-pool.ts';
import type * as core from '../src/index.ts';

// Starting workers takes a while on a busy machine.
jest.setTimeout(120_000);

type Library = typeof core & Pick<typeof pool, 'readyWorkers'>;

const RealWorker = workerThreads.Worker;
let threads: workerThreads.Worker[] = [];
/** A worker dies at its next job while this is not 0. */
const fuse = new Int32Array(new SharedArrayBuffer(4));
/** What is done to the source of workers that start from now on. */
let change: (source: string) => string;

class RecordedWorker extends RealWorker {
  constructor(source: string, options: workerThreads.WorkerOptions) {
    super(change(source), { ...options, workerData: { ...(options.workerData as object), fuse } });
    threads.push(this);
  }
}

beforeEach(() => {
  workerThreads.Worker = RecordedWorker;
  threads = [];
  change = (source) => source;
  fuse[0] = 0;
});
afterAll(() => {
  workerThreads.Worker = RealWorker;
});

/** Has workers do something else when they are to run a program. */
function atRun(what: string): void {
  change = (source) => {
    const call = 'programs.get(number)(';
    expect(source).toContain(call);
    return `const { fuse } = require('node:worker_threads').workerData;${source.replace(call, `${what};${call}`)}`;
  };
}

/** A library of its own: one whose workers fail may do without them from then on. */
async function withLibrary(use: (library: Library) => void | Promise<void>): Promise<void> {
  await jest.isolateModulesAsync(async () => {
    const library = {
      ...jest.requireActual<typeof core>('../src/index.ts'),
      readyWorkers: jest.requireActual<typeof pool>('../src/backends/wasm/thread-pool.ts').readyWorkers,
    };
    library.setThreads(2);
    try {
      await use(library);
    } finally {
      library.setThreads(1);
      await Promise.all(threads.map(async (thread) => thread.terminate()));
    }
  });
}

const size = 300;
const expected = [size * (2 * size + 1)];

/** A computation of several kernels that threads share; and which values its elements have. */
function compute({ ones }: Library): number[] {
  const x = ones([size, size]);
  return [...new Set(x.matmul(x.mul(2)).add(x).matmul(x).data())];
}

/** Has a worker ready, computing for so long. */
function startWorker(library: Library): void {
  const end = Date.now() + 20_000;
  while (library.readyWorkers() === 0 && Date.now() < end) compute(library);
  expect(library.readyWorkers()).toBe(1);
}

const lost = 'threads: a worker thread has ended in the middle of a computation; compute it again';

test('a worker that ended between two evaluations is not waited for, and another takes its place', async () => {
  await withLibrary(async (library) => {
    for (let round = 1; round <= 3; round++) {
      startWorker(library);
      expect(threads.length).toBe(round);
      await threads.at(-1)!.terminate();
      expect(compute(library)).toEqual(expected);
    }
    startWorker(library);
    expect(compute(library)).toEqual(expected);
  });
});

test('one of which nobody could know yet that it is ending is an error, and the next evaluation works', async () => {
  await withLibrary((library) => {
    startWorker(library);
    void threads.at(-1)!.terminate();
    try {
      // It may still have finished its part.
      expect(compute(library)).toEqual(expected);
    } catch (error) {
      expect((error as Error).message).toBe(lost);
    }
    expect(compute(library)).toEqual(expected);
    startWorker(library);
    expect(threads.length).toBe(2);
    expect(compute(library)).toEqual(expected);
  });
});

test('a worker that ends while it computes is an error, and the next evaluation works', async () => {
  await withLibrary((library) => {
    atRun('if (fuse[0]) process.exit()');
    startWorker(library);
    fuse[0] = 1;
    expect(() => compute(library)).toThrow(lost);
    expect(compute(library)).toEqual(expected);
    fuse[0] = 0;
    startWorker(library);
    expect(compute(library)).toEqual(expected);
  });
});

test('a worker that fails at its part is an error that asks for a report, and the next evaluation works', async () => {
  await withLibrary((library) => {
    atRun("if (fuse[0]) throw new Error('on purpose')");
    startWorker(library);
    fuse[0] = 1;
    expect(() => compute(library)).toThrow('internal: a program failed in a worker; please report this');
    fuse[0] = 0;
    expect(compute(library)).toEqual(expected);
  });
});

test.each([
  ['throws', "throw new Error('on purpose')"],
  ['exits', 'process.exit()'],
  ['runs out of memory', 'for (const all = []; ; ) all.push(new Array(1000).fill(0.5))'],
])('where each worker %s when it starts, one thread computes', async (_name, what) => {
  await withLibrary(async (library) => {
    change = () => what;
    for (let round = 0; round < 3; round++) {
      expect(compute(library)).toEqual(expected);
      await Promise.all(threads.map(async (thread) => thread.terminate()));
    }
    expect(library.readyWorkers()).toBe(0);
  });
});

describe('when a worker ends during a compiled step', () => {
  test('before anything is updated, all variables have their old values, and the step can be repeated', async () => {
    await withLibrary((library) => {
      const { compile, ones, Variable } = library;
      const train = (isToFail: boolean): { step: () => core.Tensor; values: () => number[] } => {
        const weight = new Variable(ones([size, size]), { requiresGrad: true });
        const count = new Variable(library.tensor(0));
        const step = compile(() => {
          weight.grad = null;
          const loss = weight.matmul(weight).tanh().matmul(weight).mean();
          loss.backward();
          weight.assign(weight.sub((weight.grad as core.Tensor | null)!.mul(0.1)));
          count.assign(count.add(1));
          return loss;
        });
        step();
        if (isToFail) {
          startWorker(library);
          fuse[0] = 1;
          expect(step).toThrow(lost);
          fuse[0] = 0;
          startWorker(library);
        }
        step();
        return { step, values: () => [...weight.data(), count.item()] };
      };
      atRun('if (fuse[0]) process.exit()');
      expect(train(true).values()).toEqual(train(false).values());
    });
  });

  test('in the middle of an update, what is half updated is no value but an error, until it gets one', async () => {
    await withLibrary((library) => {
      const { compile, full, Variable } = library;
      atRun('if (fuse[0]) process.exit()');
      const variable = new Variable(full([2 ** 20], 3));
      const step = compile(() => {
        variable.assign(variable.mul(2).tanh().add(1));
        return variable.max();
      });
      const first = step().item();
      startWorker(library);
      fuse[0] = 1;
      expect(step).toThrow(lost);
      fuse[0] = 0;
      const message = /^compile: the value of a variable was lost when a call that updates it broke off/;
      expect(() => variable.data()).toThrow(message);
      expect(() => variable.add(1).data()).toThrow(message);
      expect(step).toThrow(message);
      expect(compute(library)).toEqual(expected);
      variable.assign(full([2 ** 20], 3));
      expect(step().item()).toBe(first);
      expect(new Set(variable.data())).toEqual(new Set([first]));
    });
  });
});
