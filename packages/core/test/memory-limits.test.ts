/**
 * @file When memory is short: values that are held where they are computed make room for others and come back, and what
 * cannot be had is an error that names it.
 */
import { packBuffers } from '../src/compile/memory-plan.ts';
import { limitRegions } from '../src/backends/wasm/linear-memory.ts';
import { buffersRead, storesOf } from '../src/compile/kernel.ts';
import { compile, normal, ones, type Tensor, tensor, Variable, zeros } from '../src/index.ts';
import { planOf } from './plan-of.ts';

test('a computation beyond 4 GiB is an error that names the largest value, and the next one works', () => {
  expect(() => ones([60_000, 30_000]).add(1).data()).toThrow(
    /^memory: no room for a computation of 72\d{8} bytes, the largest value being \w+, f32 \[60000, 30000\] \(7200000000 bytes\); WebAssembly memory ends at 4 GiB$/,
  );
  expect(ones([2]).add(1).toArray()).toEqual([2, 2]);
});

test('a compiled step beyond 4 GiB is an error, its variables are as before, and the next step works', () => {
  const count = new Variable(tensor(1));
  const step = compile((size: number) => {
    count.assign(count.add(1));
    return ones([size, 30_000])
      .mul(count)
      .add(zeros([30_000]))
      .sum(0)
      .add(ones([size, 30_000]).mul(count));
  });
  expect(() => step(60_000)).toThrow('memory: no room for a computation');
  expect(count.item()).toBe(1);
  expect(step(2).data()[0]).toBe(6);
  expect(count.item()).toBe(2);
});

test('a value that no array can hold is an error that names it', () => {
  expect(() => ones([2 ** 31]).data()).toThrow(/^memory: no room for .*constant, f32 \[2147483648\]/);
});

test('what a compiled function holds is found again where it was moved to, when another computation takes more room', () => {
  const total = new Variable(zeros([5000]));
  const step = compile(
    (x: Tensor) => {
      total.assign(total.add(x));
      return x.mul(10);
    },
    { reuseResults: true },
  );
  let expected = 0;
  for (const size of [2 ** 20, 2 ** 22, 2 ** 24]) {
    step(tensor(1));
    expected++;
    // The first reading decides where the program looks for the value.
    expect(total.data()[4999]).toBe(expected);
    const result = step(tensor(1));
    expected++;
    zeros([size]).add(total.sum()).data();
    expect(result.item()).toBe(10);
    expect(new Set(total.data())).toEqual(new Set([expected]));
  }
});

describe('when compiled functions hold more than there is room for', () => {
  let before: number;
  beforeEach(() => {
    before = limitRegions(100_000);
  });
  afterEach(() => limitRegions(before));

  const counting = (): { count: Variable; step: () => Tensor } => {
    const count = new Variable(zeros([5000]));
    const step = compile(() => {
      count.assign(count.add(1));
      return count.max();
    });
    return { count, step };
  };

  test('results that stay in memory come out before they make room', () => {
    const make = (number: number): (() => Tensor) =>
      compile(() => ones([5000]).mul(number), { reuseResults: true });
    const all = Array.from({ length: 12 }, (_, number) => make(number));
    const results = all.map((call) => call());
    for (const [number, result] of results.entries())
      expect(new Set(result.data())).toEqual(new Set([number]));
  });

  test('the longest unused make room, and values come back unchanged', () => {
    // Each holds 20,000 bytes, so that five have room.
    const all = Array.from({ length: 12 }, counting);
    for (let round = 1; round <= 4; round++) for (const { step } of all) expect(step().item()).toBe(round);
    for (const { count } of all) expect(new Set(count.data())).toEqual(new Set([4]));
  });

  test('a function larger than all the room still runs', () => {
    const state = new Variable(zeros([100_000]));
    const step = compile(() => {
      state.assign(state.add(1));
    });
    const { step: other } = counting();
    for (let k = 0; k < 3; k++) {
      step();
      other();
    }
    expect(new Set(state.data())).toEqual(new Set([3]));
  });

  test('values that somebody keeps survive being overwritten and being evicted', () => {
    const { count, step } = counting();
    step();
    const first = count.mul(1);
    const same = count.detach();
    step();
    for (let k = 0; k < 8; k++) counting().step();
    step();
    expect([first, same, count].map((x) => x.data()[7])).toEqual([1, 1, 3]);
  });

  test('captured tensors come back, too', () => {
    const captured = normal([20_000]);
    const total = captured.sum().item();
    const sum = compile(() => captured.sum());
    for (let k = 0; k < 3; k++) {
      expect(sum().item()).toBe(total);
      counting().step();
    }
  });
});

test('the arena may grow while functions hold values', () => {
  const state = new Variable(zeros([1000]));
  const step = compile(() => {
    state.assign(state.add(1));
  });
  for (let k = 1; k <= 8; k++) {
    step();
    expect(
      ones([k * 200_000])
        .add(1)
        .sum()
        .item(),
    ).toBe(k * 400_000);
  }
  expect(new Set(state.data())).toEqual(new Set([8]));
});

test('buffers that share bytes never live at the same time, and share where they can', () => {
  const stored = (...shape: number[]): Tensor => tensor(normal(shape, { dtype: 'f64' }).data(), { shape });
  let x = stored(40, 30);
  // Products are stored one after the other.
  for (let k = 0; k < 6; k++) x = x.matmul(stored(30, 30)).tanh();
  const plan = planOf([x.sum()]);
  const wanted = [plan.buffers.length - 1];
  const { offsets, bytes } = packBuffers(plan, wanted, (buffer) => buffer < plan.inputs);
  const touching = plan.buffers.map((_, buffer) =>
    plan.kernels.flatMap((kernel, k) =>
      buffersRead(kernel).has(buffer) || storesOf(kernel).some((store) => store.buffer === buffer) ? [k] : [],
    ),
  );
  const placed = plan.buffers.map((_, buffer) => buffer).filter((buffer) => offsets[buffer] !== undefined);
  const bytesOf = (buffer: number): number => plan.buffers[buffer]!.size * 8;
  for (const a of placed) {
    for (const b of placed) {
      const apart = offsets[a]! + bytesOf(a) <= offsets[b]! || offsets[b]! + bytesOf(b) <= offsets[a]!;
      const [livesA, livesB] = [touching[a]!, touching[b]!];
      const together = livesA[0]! <= livesB.at(-1)! && livesB[0]! <= livesA.at(-1)!;
      expect(a === b || apart || !together).toBe(true);
    }
  }
  expect(placed.length).toBeGreaterThanOrEqual(6);
  expect(bytes).toBeLessThan(3 * 40 * 30 * 8);
});
