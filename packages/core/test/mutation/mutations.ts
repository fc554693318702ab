/**
 * @file Wrong arguments made from right ones: each argument, each entry of its lists and each of its options is replaced
 * by what somebody might pass by mistake. It knows nothing of the functions that are called.
 */
import { copyOfCore } from './another-copy.ts';
import { ones, Tensor, tensor, zeros } from '../../src/index.ts';

function detached(): Float32Array {
  const values = new Float32Array(6);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  return values;
}

/** A list with a hole where its first entry should be. */
function sparse(): number[] {
  const list: number[] = [];
  list[1] = 1;
  return list;
}

/** An error that is not ours, and that the function under test must pass on. */
export class UsersError extends Error {}

/** What stands in the place of anything. */
const strangers: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => NaN,
  '-1': () => -1,
  '-0': () => -0,
  '0': () => 0,
  '0.5': () => 0.5,
  '7': () => 7,
  '2^40': () => 2 ** 40,
  '1e300': () => 1e300,
  Infinity: () => Infinity,
  true: () => true,
  false: () => false,
  "''": () => '',
  "'f16'": () => 'f16',
  "'__proto__'": () => '__proto__',
  symbol: () => Symbol('s'),
  bigint: () => 1n,
  '[]': () => [],
  '[NaN]': () => [NaN],
  '[-1]': () => [-1],
  '[0.5]': () => [0.5],
  '[0, 0]': () => [0, 0],
  '[2^20, 2^20]': () => [2 ** 20, 2 ** 20],
  "['1']": () => ['1'],
  '[null]': () => [null],
  '[undefined]': () => [undefined],
  '[[]]': () => [[]],
  '[, 1]': sparse,
  '{}': () => ({}),
  '{ misspelt }': () => ({ misspelt: 1 }),
  'null prototype': () => Object.create(null) as unknown,
  Map: () => new Map(),
  Date: () => new Date(0),
  promise: () => Promise.resolve(1),
  'a function': () => () => undefined,
  'a function that throws': () => () => {
    throw new UsersError('the user’s own');
  },
  Float32Array: () => new Float32Array(2),
  BigInt64Array: () => new BigInt64Array(2),
  ArrayBuffer: () => new ArrayBuffer(4),
  'a detached array': detached,
  'f32 []': () => tensor(0.5),
  'f32 [2, 2]': () => ones([2, 2]),
  'f64 [2]': () => ones([2], { dtype: 'f64' }),
  'i32 [2]': () => tensor([0, 1], { dtype: 'i32' }),
  'i32 [2] out of range': () => tensor([-7, 99], { dtype: 'i32' }).mul(1),
  'bool [3]': () => tensor([true, false, true]),
  'f32 [0]': () => zeros([0]),
  'f32 [1, 1, 1, 1, 1, 1]': () => ones([1, 1, 1, 1, 1, 1]),
  'a tensor of another copy of the library': () => copyOfCore().ones([2]),
};

/** What may become of a right tensor. */
const distortions: Readonly<Record<string, (x: Tensor) => unknown>> = {
  'as f64': (x) => x.cast('f64'),
  'as i32': (x) => x.cast('i32'),
  'as bool': (x) => x.cast('bool'),
  'with an axis more': (x) => x.unsqueeze(0),
  'with all axes joined': (x) => x.flatten(),
  'with an axis less': (x) => (x.rank === 0 ? x : x.sum(0).cast(x.dtype)),
  'twice as long': (x) => (x.rank === 0 ? x : x.repeat([2, ...x.shape.slice(1).map(() => 1)])),
  empty: (x) => (x.rank === 0 ? x : x.slice([[0, 0]])),
  'its nested values': (x) => x.toArray(),
  'its data': (x) => x.data(),
};

/** One wrong call. */
export interface Mutation {
  /** Which argument, or part of it. */
  readonly place: string;
  /** What stands there. */
  readonly kind: string;
  readonly args: readonly unknown[];
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Everything that may stand in the place of a value, by its name. */
function* replacements(
  value: unknown,
  depth: number,
): Generator<[place: string, kind: string, other: unknown]> {
  for (const [kind, make] of Object.entries(strangers)) yield ['', kind, make()];
  if (value instanceof Tensor)
    for (const [kind, distort] of Object.entries(distortions)) yield ['', kind, distort(value)];
  if (depth === 0) return;
  if (Array.isArray(value)) {
    yield ['', 'one entry less', value.slice(1)];
    yield ['', 'its first entry twice', [value[0], ...(value as unknown[])]];
    // Entries are alike: the first stands for all.
    if (value.length > 0)
      for (const [place, kind, other] of replacements(value[0], depth - 1))
        yield [`[0]${place}`, kind, value.with(0, other)];
  } else if (isPlainObject(value)) {
    yield ['', 'a misspelt option', { ...value, misspelt: 1 }];
    for (const [key, inner] of Object.entries(value)) {
      const { [key]: _, ...without } = value;
      yield [`.${key}`, 'left out', without];
      for (const [place, kind, other] of replacements(inner, depth - 1))
        yield [`.${key}${place}`, kind, { ...value, [key]: other }];
    }
  }
}

/** All wrong calls that differ in one place from a right one. The arguments are made anew for each. */
export function* mutationsOf(makeArguments: () => readonly unknown[]): Generator<Mutation> {
  const count = makeArguments().length;
  for (let position = 0; position < count; position++) {
    const args = makeArguments();
    yield { place: `${position}`, kind: 'left out with all behind it', args: args.slice(0, position) };
    for (const [place, kind, other] of replacements(args[position], 2))
      yield { place: `${position}${place}`, kind, args: makeArguments().with(position, other) };
  }
}
