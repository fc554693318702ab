/**
 * @file Reading values: numbers, nested arrays, typed arrays, text, and the promises of them.
 */
import * as wf from '../src/index.ts';
import { arange, evaluate, ones, tensor, uniform, zeros } from '../src/index.ts';

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]); // prettier-ignore

test('item is the number in a tensor of one element, whatever its rank', () => {
  expect(tensor(7).item()).toBe(7);
  expect(tensor([[7]]).item()).toBe(7);
  expect(tensor([true]).item()).toBe(true);
  expect(() => matrix.item()).toThrow(
    'item: needs a tensor of one element, not of shape [2, 3]; use toArray()',
  );
  expect(() => zeros([0]).item()).toThrow(
    'item: needs a tensor of one element, not of shape [0]; use toArray()',
  );
});

test('toArray nests as deep as the rank', () => {
  expect(tensor(7).toArray()).toBe(7);
  expect(matrix.toArray()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]); // prettier-ignore
  expect(tensor([[true], [false]]).toArray()).toEqual([[true], [false]]);
  expect(zeros([2, 0]).toArray()).toEqual([[], []]);
  expect(zeros([0, 2]).toArray()).toEqual([]);
});

test('what toArray gives, tensor takes back', () => {
  for (const x of [matrix, tensor(3), uniform([2, 1, 3]), arange(4)])
    expect(tensor(x.toArray(), { dtype: x.dtype }).toArray()).toEqual(x.toArray());
});

test('data is a typed array of the dtype', () => {
  expect(matrix.data()).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
  expect(ones([2], { dtype: 'f64' }).data()).toEqual(new Float64Array([1, 1]));
  expect(ones([2], { dtype: 'i32' }).data()).toEqual(new Int32Array([1, 1]));
  expect(ones([2], { dtype: 'bool' }).data()).toEqual(new Uint8Array([1, 1]));
});

test('data is a copy: writing to it changes no tensor', () => {
  const x = tensor([1, 2, 3]);
  const y = x.mul(2);
  x.data().fill(9);
  y.data().fill(9);
  x.reshape([3, 1]).data().fill(9);
  expect(x.toArray()).toEqual([1, 2, 3]);
  expect(y.toArray()).toEqual([2, 4, 6]);
});

test('tensor copies what it is given', () => {
  const values = new Float32Array([1, 2]);
  const x = tensor(values);
  values.fill(9);
  expect(x.toArray()).toEqual([1, 2]);
});

test('the async forms give the same values', async () => {
  expect(await tensor(7).itemAsync()).toBe(7);
  expect(await matrix.toArrayAsync()).toEqual(matrix.toArray());
  expect(await matrix.dataAsync()).toEqual(matrix.data());
  await expect(matrix.itemAsync()).rejects.toThrow('itemAsync: needs a tensor of one element');
});

/** As template strings and console.log would have it. */
const text = (x: unknown): string => String(x);

test('the text shows values, shape and dtype, and leaves out the middle of long axes', () => {
  expect(text(tensor(1.5))).toBe('tensor(1.5, shape [], f32)');
  expect(text(matrix)).toBe('tensor([[1, 2, 3],\n        [4, 5, 6]], shape [2, 3], f32)');
  expect(text(tensor([true, false]))).toBe('tensor([true, false], shape [2], bool)');
  expect(text(tensor([1 / 3, -0, NaN, Infinity]))).toBe(
    'tensor([0.333333, -0, NaN, Infinity], shape [4], f32)',
  );
  expect(text(arange(10))).toBe('tensor([0, 1, 2, …, 7, 8, 9], shape [10], i32)');
  expect(text(tensor([2147483647, -2147483648], { dtype: 'i32' }))).toBe(
    'tensor([2147483647, -2147483648], shape [2], i32)',
  );
  expect(text(tensor([1, 2]))).toBe('tensor([1, 2], shape [2], f32)');
  expect(text(zeros([0, 2]))).toBe('tensor([], shape [0, 2], f32)');
});

test('evaluate computes several tensors together, and reading them gives the same as reading alone', () => {
  const x = uniform([5], { generator: new wf.Generator(1) });
  const [a, b] = [x.exp(), x.exp().sum()];
  const alone = [x.exp().toArray(), x.exp().sum().item()];
  evaluate([a, b]);
  expect([a.toArray(), b.item()]).toEqual(alone);
});

test('reading twice computes once and gives the same', () => {
  const x = uniform([4]).mul(3);
  expect(x.toArray()).toEqual(x.toArray());
});

test('functions and methods of the same name do the same', () => {
  expect(wf.sum(matrix, 0).toArray()).toEqual(matrix.sum(0).toArray());
  expect(wf.toArray(matrix)).toEqual(matrix.toArray());
  expect(wf.item(tensor(2))).toBe(2);
  const x = tensor([0.5]);
  const functions = wf as unknown as Record<string, (x: wf.Tensor) => wf.Tensor>;
  const methods = x as unknown as Record<string, () => wf.Tensor>;
  for (const name of ['exp', 'relu', 'square', 'neg', 'detach', 'softmax', 'flip', 'isNaN'])
    expect(methods[name]!().toArray()).toEqual(functions[name]!(x).toArray());
});

test('reading what is no tensor is an error', () => {
  expect(() => wf.item(3 as never)).toThrow('item: expected a tensor, not 3');
  expect(() => wf.toArray([1] as never)).toThrow('toArray: expected a tensor, not an array');
  expect(() => wf.data(null as never)).toThrow('data: expected a tensor, not null');
});

test('a backend that does not exist is an error', () => {
  expect(() => wf.setBackend('cuda' as never)).toThrow(
    'setBackend: a backend is one of wasm, javascript, interpreter, not the string "cuda"',
  );
  expect(wf.getBackend()).toBe('wasm');
});

test('shape, rank, size and dtype are known without computing', () => {
  const x = zeros([2, 3]).add(1);
  expect([x.shape, x.rank, x.size, x.dtype]).toEqual([[2, 3], 2, 6, 'f32']);
});

describe('an index out of range that is only known when computed is an error when computed', () => {
  test.each(['wasm', 'javascript', 'interpreter'] as const)('by the %s', (backend) => {
    const index = tensor([1, 2], { dtype: 'i32' }).mul(2);
    const picked = tensor([1, 2, 3]).indexSelect(0, index);
    wf.setBackend(backend);
    try {
      expect(() => picked.toArray()).toThrow('is out of range for');
      expect(() => picked.toArray()).toThrow('is out of range for');
    } finally {
      wf.setBackend('wasm');
    }
  });
});
