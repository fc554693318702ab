/**
 * @file What a page chooses where nobody does, by whether it may share memory. It runs in browsers only.
 */
import { getBackend, getThreads, ones, setThreads } from '../src/index.ts';

/** What the lib files of Node do not declare. */
const page = globalThis as unknown as {
  readonly crossOriginIsolated: boolean;
  readonly navigator: { readonly hardwareConcurrency: number };
};

/** A computation that is worth several threads. */
const product = (): unknown =>
  ones([300, 300])
    .matmul(ones([300, 300]).mul(2))
    .sum()
    .item();

test('it computes by WebAssembly, on as many threads as there are cores if it may share memory, else on one', () => {
  expect(getBackend()).toBe('wasm');
  expect(getThreads()).toBe(page.crossOriginIsolated ? page.navigator.hardwareConcurrency : 1);
  expect(product()).toBe(300 * 300 * 600);
});

test('other numbers of threads count only if it may share memory', () => {
  const before = getThreads();
  setThreads(4);
  expect(getThreads()).toBe(page.crossOriginIsolated ? 4 : 1);
  expect(product()).toBe(300 * 300 * 600);
  setThreads(before);
});
