/**
 * @file Where a platform lacks something: no WebAssembly, no SIMD, no shared memory, no workers. What remains is chosen
 * without a word.
 */
import type * as core from '../src/index.ts';

type Core = typeof core;

/** What a use of a freshly loaded library gives while some globals are replaced. */
function withGlobals<T>(globals: Readonly<Record<string, unknown>>, use: (library: Core) => T): T {
  const before = Object.keys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  let result: T | undefined;
  try {
    jest.isolateModules(() => {
      // Loaded anew, because what a platform has is found out on loading.
      result = use(jest.requireActual<Core>('../src/index.ts'));
    });
  } finally {
    for (const [name, descriptor] of before)
      if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
  }
  return result as T;
}

/** A computation that would be worth several threads. */
const product = ({ ones }: Core): unknown =>
  ones([300, 300])
    .matmul(ones([300, 300]).mul(2))
    .sum()
    .item();

const withoutSimd = { validate: () => false };

test.each([
  ['WebAssembly', { WebAssembly: undefined }],
  ['SIMD', { WebAssembly: withoutSimd }],
])('without %s the default is JavaScript', (_name, globals) => {
  withGlobals(globals, (library) => {
    expect(library.getBackend()).toBe('javascript');
    expect(library.getThreads()).toBe(1);
    library.setThreads(4);
    expect(library.getThreads()).toBe(1);
    expect(product(library)).toBe(300 * 300 * 600);
    expect(() => library.setBackend('wasm')).toThrow(
      'setBackend: this platform has no WebAssembly with SIMD',
    );
    expect(library.getBackend()).toBe('javascript');
  });
});

test('without shared memory there is one thread', () => {
  withGlobals({ SharedArrayBuffer: undefined }, (library) => {
    expect([library.getBackend(), library.getThreads()]).toEqual(['wasm', 1]);
    library.setThreads(4);
    expect([library.getThreads(), product(library)]).toEqual([1, 300 * 300 * 600]);
    const next = library.compile((x: core.Tensor) => x.add(1));
    expect(next(library.ones([2])).toArray()).toEqual([2, 2]);
  });
});

test('without workers one thread computes', () => {
  const process = { ...globalThis.process, getBuiltinModule: undefined };
  withGlobals({ process, Worker: undefined, navigator: { hardwareConcurrency: 4 } }, (library) => {
    expect(library.getThreads()).toBe(4);
    expect(product(library)).toBe(300 * 300 * 600);
    expect(library.getThreads()).toBe(1);
  });
});
