/**
 * @file When linear memory cannot grow: the error names the value and its bytes, nothing is half updated, no memory is lost,
 * and what has room computes as ever.
 */
import { linearMemory } from '../src/backends/wasm/linear-memory.ts';
import { assignAll, compile, evaluate, ones, type Tensor, tensor, Variable } from '../src/index.ts';

jest.setTimeout(60_000);

/** Has memory not grow meanwhile. */
function withoutGrowth(act: () => void): void {
  const bytes = linearMemory().buffer.byteLength;
  const grow = jest.spyOn(linearMemory(), 'grow').mockImplementation(() => {
    throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
  });
  try {
    act();
    expect(grow).toHaveBeenCalled();
  } finally {
    grow.mockRestore();
  }
  expect(linearMemory().buffer.byteLength).toBe(bytes);
}

/** A number of elements for which there is no room yet. */
function tooMany(): number {
  return linearMemory().buffer.byteLength / 4 + 100_000;
}

const noRoom = (size: number): RegExp =>
  new RegExp(
    `^memory: no room for a computation of \\d+ bytes, the largest value being \\w+, f32 \\[${size}\\] \\(${4 * size} bytes\\)$`,
  );

test('an evaluation for which memory does not grow is an error that names the value, and works once it grows', () => {
  const size = tooMany();
  withoutGrowth(() => {
    for (let k = 0; k < 3; k++) {
      expect(() => ones([size]).add(1).data()).toThrow(noRoom(size));
      expect(ones([3]).add(1).toArray()).toEqual([2, 2, 2]);
    }
  });
  expect(new Set(ones([size]).add(1).data())).toEqual(new Set([2]));
});

test('variables whose new values have no room keep their old ones, all that were assigned together', () => {
  const size = tooMany();
  const [first, second, other] = [1, 2, 3].map((value) => new Variable(tensor(value))) as [
    Variable,
    Variable,
    Variable,
  ];
  evaluate([]);
  withoutGrowth(() => {
    assignAll([
      [first, tensor(new Float32Array(size)).mul(second).sum()],
      [second, second.add(1)],
    ]);
    other.assign(other.add(1));
    expect(() => first.item()).toThrow(noRoom(size));
    expect([first.item(), second.item(), other.item()]).toEqual([1, 2, 4]);
  });
  expect(first.add(second).item()).toBe(3);
});

/** A training step with two variables that it updates in place. */
function trainer(size: number): { step: () => Tensor; values: () => unknown } {
  const weight = new Variable(tensor(new Float32Array(size).fill(1)), { requiresGrad: true });
  const count = new Variable(tensor(0));
  evaluate([]);
  const step = compile(() => {
    weight.grad = null;
    const loss = weight.square().mean();
    loss.backward();
    weight.assign(weight.sub((weight.grad as Tensor | null)!.mul(size / 4)));
    count.assign(count.add(1));
    return loss;
  });
  return { step, values: () => [[...new Set(weight.data())], count.item()] };
}

test('a compiled function whose first call has no room changes nothing, and its next call is its first', () => {
  const size = tooMany();
  const { step, values } = trainer(size);
  withoutGrowth(() => {
    for (let k = 0; k < 3; k++) expect(step).toThrow(noRoom(size));
    expect(values()).toEqual([[1], 0]);
  });
  expect([step().item(), step().item()]).toEqual([1, 0.25]);
  expect(values()).toEqual([[0.25], 2]);
});

test('what compiled functions hold comes through a failure of another, to which it had to give its room', () => {
  const { step, values } = trainer(5000);
  step();
  const size = tooMany();
  withoutGrowth(() => {
    expect(() => ones([size]).add(1).data()).toThrow(noRoom(size));
    expect(values()).toEqual([[0.5], 1]);
    expect(step().item()).toBe(0.25);
  });
  step();
  expect(values()).toEqual([[0.125], 3]);
});

test('failures, however many, cost no memory', () => {
  const size = tooMany();
  withoutGrowth(() => {
    for (let k = 0; k < 30; k++) {
      const { step, values } = trainer(5000);
      step();
      expect(() => ones([size]).add(1).data()).toThrow(noRoom(size));
      step();
      if (k % 10 === 0) expect(values()).toEqual([[0.25], 2]);
    }
  });
});
