/**
 * @file Laws of algebra that gradients, broadcasting, backends and compilation keep, whatever the numbers and shapes are:
 * checked with drawn ones, the same in every run. A failure prints the smallest counterexample that was found.
 */
import fc from 'fast-check';
import {
  assertClose,
  compile,
  type DType,
  getBackend,
  gradient,
  setBackend,
  type Tensor,
  tensor,
} from '../src/index.ts';

/** A fixed seed, and few cases: each is a graph to be compiled. */
const settings = { seed: 20, numRuns: 40 };

const number = fc.double({ min: -3, max: 3, noNaN: true });
const extents = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
const values = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.array(number, { minLength: sizeOf(shape), maxLength: sizeOf(shape) });

/** A shape, and values for so many tensors of it. */
function shaped(count: number): fc.Arbitrary<{ shape: number[]; lists: number[][] }> {
  return extents.chain((shape) =>
    fc.array(values(shape), { minLength: count, maxLength: count }).map((lists) => ({ shape, lists })),
  );
}

const f64 = (list: readonly number[], shape: readonly number[], requiresGrad = false): Tensor =>
  tensor(list, { dtype: 'f64', shape: [...shape], requiresGrad });

/** Functions that can be differentiated everywhere. */
const smooth = {
  tanh: (x: Tensor) => x.tanh(),
  sin: (x: Tensor) => x.sin(),
  sigmoid: (x: Tensor) => x.sigmoid(),
  softplus: (x: Tensor) => x.softplus(),
  erf: (x: Tensor) => x.erf(),
  atan: (x: Tensor) => x.atan(),
  square: (x: Tensor) => x.square(),
  'exp of −x²': (x: Tensor) => x.square().neg().exp(),
  softmax: (x: Tensor) => x.softmax(-1),
  'distance from the mean': (x: Tensor) => x.sub(x.mean()),
  cumsum: (x: Tensor) => x.cumsum(0),
} as const;
type Smooth = keyof typeof smooth;

/** One of the functions after another. */
const chain = fc.array(fc.constantFrom(...(Object.keys(smooth) as Smooth[])), { minLength: 1, maxLength: 3 });
const applied = (names: readonly Smooth[], x: Tensor): Tensor =>
  names.reduce((value, name) => smooth[name](value), x);

/** What one and the same gradient may come to by another order of additions. */
const tolerance = { absolute: 1e-11, relative: 1e-11 };

function expectClose(actual: Tensor, expected: Tensor): void {
  assertClose(actual, { shape: expected.shape, values: Float64Array.from(expected.data()) }, { tolerance });
}

const bitsOf = (x: Tensor): unknown[] => [x.shape, x.dtype, ...x.data()];

describe('a gradient', () => {
  test('is linear in the cotangent', () => {
    fc.assert(
      fc.property(
        shaped(3),
        chain,
        number,
        number,
        ({ shape, lists: [list, first, second] }, names, a, b) => {
          const x = f64(list!, shape, true);
          const y = applied(names, x);
          const [u, v] = [f64(first!, shape), f64(second!, shape)];
          const along = (cotangent: Tensor): Tensor => gradient(y, [x], { cotangent })[0];
          expectClose(along(u.mul(a).add(v.mul(b))), along(u).mul(a).add(along(v).mul(b)));
        },
      ),
      settings,
    );
  });

  test('of a weighted sum of functions is the weighted sum of theirs', () => {
    fc.assert(
      fc.property(shaped(1), chain, chain, number, number, ({ shape, lists: [list] }, f, g, a, b) => {
        const x = f64(list!, shape, true);
        const gradientOf = (y: Tensor): Tensor => gradient(y.sum(), [x])[0];
        const [y, z] = [applied(f, x), applied(g, x)];
        expectClose(gradientOf(y.mul(a).add(z.mul(b))), gradientOf(y).mul(a).add(gradientOf(z).mul(b)));
      }),
      settings,
    );
  });

  test('of what moves elements moves the cotangent back, bit by bit', () => {
    const moved = shaped(2).chain(({ shape, lists }) =>
      fc
        .record({
          axes: fc.shuffledSubarray(
            shape.map((_, axis) => axis),
            { minLength: shape.length },
          ),
          flipped: fc.subarray(shape.map((_, axis) => axis)),
        })
        .map((moves) => ({ shape, lists, ...moves })),
    );
    fc.assert(
      fc.property(moved, ({ shape, lists: [list, weights], axes, flipped }) => {
        const x = f64(list!, shape, true);
        const y = x
          .permute(axes)
          .reshape([-1])
          .reshape([sizeOf(shape), 1]);
        const w = f64(weights!, y.shape);
        const permuted = axes.map((axis) => shape[axis]!);
        const inverse = shape.map((_, axis) => axes.indexOf(axis));
        const back = w.reshape(permuted).permute(inverse);
        expect(bitsOf(gradient(y.mul(w).sum(), [x])[0])).toEqual(bitsOf(back));
        const z = x.flip(flipped);
        const turned = f64(weights!, shape);
        expect(bitsOf(gradient(z, [x], { cotangent: turned })[0])).toEqual(bitsOf(turned.flip(flipped)));
      }),
      settings,
    );
  });

  test('of a function behind a movement is the movement of the function’s gradient', () => {
    const turned = shaped(1).chain(({ shape, lists }) =>
      fc
        .shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        )
        .map((axes) => ({ shape, list: lists[0]!, axes })),
    );
    fc.assert(
      fc.property(turned, chain, ({ shape, list, axes }, names) => {
        const x = f64(list, shape, true);
        const there = f64(list, shape).permute(axes).detach();
        there.requiresGrad = true;
        const inverse = shape.map((_, axis) => axes.indexOf(axis));
        const direct = gradient(applied(names, there).square().sum(), [there])[0];
        const behind = gradient(applied(names, x.permute(axes)).square().sum(), [x])[0];
        expectClose(behind, direct.permute(inverse));
      }),
      settings,
    );
  });

  test('of a broadcast value is the sum over where it went', () => {
    const broadcast = extents.chain((shape) =>
      fc
        .record({
          kept: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
          dropped: fc.integer({ min: 0, max: shape.length }),
          large: values(shape),
          weights: values(shape),
          small: values(shape),
        })
        .map((rest) => ({ shape, ...rest })),
    );
    fc.assert(
      fc.property(broadcast, ({ shape, kept, dropped, large, weights, small }) => {
        const full = shape.map((extent, axis) => (kept[axis]! ? extent : 1));
        const own = full.slice(dropped);
        const x = f64(small.slice(0, sizeOf(own)), own, true);
        const y = f64(large, shape);
        const w = f64(weights, shape);
        const grown = shape.flatMap((_, axis) => (axis < dropped || !kept[axis]! ? [axis] : []));
        const summed = (z: Tensor): Tensor => z.sum(grown, { keepDims: true }).reshape(own);
        expectClose(gradient(x.add(y), [x], { cotangent: w })[0], summed(w));
        expectClose(gradient(y.mul(x), [x], { cotangent: w })[0], summed(w.mul(y)));
      }),
      settings,
    );
  });
});

/** Operations whose result is the nearest number there is, and so the same everywhere. */
const exact = {
  neg: (x: Tensor) => x.neg(),
  abs: (x: Tensor) => x.abs(),
  sqrt: (x: Tensor) => x.sqrt(),
  floor: (x: Tensor) => x.floor(),
  round: (x: Tensor) => x.round(),
  sign: (x: Tensor) => x.sign(),
  reciprocal: (x: Tensor) => x.reciprocal(),
  square: (x: Tensor) => x.square(),
  relu: (x: Tensor) => x.relu(),
} as const;
const joining = {
  add: (x: Tensor, y: Tensor) => x.add(y),
  sub: (x: Tensor, y: Tensor) => x.sub(y),
  mul: (x: Tensor, y: Tensor) => x.mul(y),
  div: (x: Tensor, y: Tensor) => x.div(y),
  maximum: (x: Tensor, y: Tensor) => x.maximum(y),
  minimum: (x: Tensor, y: Tensor) => x.minimum(y),
  less: (x: Tensor, y: Tensor) => x.less(y),
} as const;

/** Any numbers, those beyond all sense included; of all lengths, so that vectors have rests. */
const anyNumbers = fc.integer({ min: 1, max: 19 }).chain((length) => {
  const list = fc.array(fc.oneof(fc.double(), fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 1, -0.5)), {
    minLength: length,
    maxLength: length,
  });
  return fc.tuple(list, list);
});

/** f of x, joined with f of y. */
const combination = fc.record({
  f: fc.constantFrom(...(Object.keys(exact) as (keyof typeof exact)[])),
  join: fc.constantFrom(...(Object.keys(joining) as (keyof typeof joining)[])),
  dtype: fc.constantFrom<DType>('f32', 'f64'),
});

test('elementwise operations that round once have the same bits in WebAssembly and JavaScript', () => {
  const before = getBackend();
  try {
    fc.assert(
      fc.property(anyNumbers, combination, ([first, second], { f, join, dtype }) => {
        const results = (['wasm', 'javascript'] as const).map((backend) => {
          setBackend(backend);
          const [x, y] = [tensor(first, { dtype }), tensor(second, { dtype })];
          return bitsOf(joining[join](exact[f](x), exact[f](y)));
        });
        expect(results[1]).toEqual(results[0]);
      }),
      { ...settings, numRuns: 150 },
    );
  } finally {
    setBackend(before);
  }
});

test('compile(fn) gives the bits of fn, at its first call and later', () => {
  fc.assert(
    fc.property(shaped(4), chain, combination, ({ shape, lists }, names, { join, dtype }) => {
      const fn = (x: Tensor, y: Tensor): Tensor[] => {
        const z = joining[join](applied(names, x), y);
        return [z, z.cast(dtype).sum(0), applied(names, y.mul(2)).mean()];
      };
      const compiled = compile(fn);
      const tensors = lists.map((list) => tensor(list, { dtype, shape }));
      for (const [x, y] of [tensors.slice(0, 2), tensors.slice(2)] as [Tensor, Tensor][])
        expect(compiled(x, y).map(bitsOf)).toEqual(fn(x, y).map(bitsOf));
    }),
    settings,
  );
});
