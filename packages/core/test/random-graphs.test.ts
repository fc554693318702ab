/**
 * @file Random graphs of 5 to 30 operations, made from a seed: the compiled result must be the interpreter's, value and
 * gradient, and reading in between must change nothing. A failure names its seed.
 */
import {
  assertClose,
  concat,
  type DType,
  gradcheck,
  gradient,
  maximum,
  minimum,
  type Tensor,
  tensor,
  where,
} from '../src/index.ts';
import { planOf } from './plan-of.ts';
import { compilingBackends, withBackend } from './with-backend.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { randomNumbers } from '../src/testing/sample.ts';

/** Draws from a seed. */
class Dice {
  readonly number: () => number;

  constructor(seed: number) {
    this.number = randomNumbers(seed);
  }

  below(count: number): number {
    return Math.floor(this.number() * count);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const mostElements = 400;

/** Keeps values near 1, so that rounding is not blown up from operation to operation. */
const tame = (x: Tensor): Tensor => x.div(x.abs().add(1));

const smoothUnary = [
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'softplus',
  'erf',
  'atan',
  'neg',
  'gelu',
  'square',
] as const;
const kinkedUnary = ['relu', 'abs'] as const;
const smoothReductions = ['sum', 'mean', 'logSumExp', 'variance', 'prod', 'std', 'norm'] as const;
const kinkedReductions = ['max', 'min'] as const;

/** One random operation on some of the values so far; null where it does not fit. */
type Move = (dice: Dice, values: readonly Tensor[], smooth: boolean) => Tensor | null;

const axisOf = (dice: Dice, x: Tensor): number => dice.below(x.rank);

const moves: readonly Move[] = [
  (dice, values, smooth) =>
    tame(dice.pick(values)[dice.pick(smooth ? smoothUnary : [...smoothUnary, ...kinkedUnary])]()),
  (dice, values) => {
    const x = dice.pick(values);
    const fit = values.filter(
      (y) =>
        y.rank <= x.rank &&
        y.shape.every((extent, k) => extent === 1 || extent === x.shape[k + x.rank - y.rank]),
    );
    const y = dice.pick(fit);
    return tame(
      dice.pick([x.add(y), x.sub(y), y.mul(x), x.div(y.square().add(1)), x.atan2(y.abs().add(0.5))]),
    );
  },
  (dice, values, smooth) => {
    const x = dice.pick(values);
    const y = dice.pick(values.filter((other) => other.shape.join() === x.shape.join()));
    if (smooth) return x.mul(y);
    return dice.pick([
      maximum(x, y),
      minimum(x, y),
      where(x.greater(y), x.mul(2), y),
      x.clamp(-0.4, y.abs()),
    ]);
  },
  (dice, values, smooth) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    const axes = x.shape.map((_, axis) => axis).filter(() => dice.number() < 0.5);
    const name = dice.pick(smooth ? smoothReductions : [...smoothReductions, ...kinkedReductions]);
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    // Roots of 0 have no derivative, and the spread of one element is constant.
    if (count < 2) return null;
    return tame(x.add(name === 'norm' ? 2 : 0)[name](axes, { keepDims: dice.number() < 0.5 }));
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    const axis = axisOf(dice, x);
    return dice.pick([() => x.softmax(axis), () => x.logSoftmax(axis), () => x.cumsum(axis)])();
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    const order = x.shape.map((_, axis) => axis);
    for (let k = order.length - 1; k > 0; k--) {
      const other = dice.below(k + 1);
      [order[k], order[other]] = [order[other]!, order[k]!];
    }
    return x.permute(order);
  },
  (dice, values) => {
    const x = dice.pick(values);
    return dice.pick([() => x.reshape([-1]), () => x.unsqueeze(0), () => x.squeeze(), () => x.flip()])();
  },
  (dice, values) => {
    const x = dice.pick(values);
    const grown = x.shape.map((extent) => (extent === 1 ? 1 + dice.below(3) : extent));
    return x.expand([...(dice.number() < 0.3 ? [2] : []), ...grown]);
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    return x.pad(
      x.shape.map((extent) => [dice.below(3) - (extent > 1 ? 1 : 0), dice.below(2)] as const),
      { value: dice.pick([0, 0.5]) },
    );
  },
  (dice, values) => {
    const x = dice.pick(values);
    return x.slice(
      x.shape.map((extent) =>
        dice.pick([
          null,
          dice.below(extent),
          [dice.below(extent), null, 1 + dice.below(2)],
          [null, null, -1],
        ] as const),
      ),
    );
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    return concat([x, x.mul(0.5), x.flip()], axisOf(dice, x));
  },
  (dice, values) => {
    const x = dice.pick(values);
    return x.rank < 2 ? null : dice.pick([x.tril(), x.triu(1), x.tril(-1)]);
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank < 2) return null;
    return tame(
      dice.pick([
        x.matmul(x.transpose()),
        x.transpose().matmul(x),
        x.matmul(x.slice([...x.shape.slice(1).map(() => 0)]).expand([x.shape.at(-1)!])),
      ]),
    );
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank === 0) return null;
    const axis = axisOf(dice, x);
    const index = tensor(
      Array.from({ length: 3 }, () => dice.below(x.shape[axis]!)),
      { dtype: 'i32' },
    );
    return x.indexSelect(axis, index);
  },
  (dice, values) => {
    const x = dice.pick(values).reshape([-1]);
    const index = tensor(
      Array.from({ length: x.size }, () => dice.below(4)),
      { dtype: 'i32' },
    );
    return tame(tensor([0.1, 0.2, 0.3, 0.4], { dtype: x.dtype }).scatterAdd(0, index, x));
  },
  (dice, values, smooth) => {
    const x = dice.pick(values);
    if (x.rank < 2 || x.shape.at(-1)! < 3) return null;
    const options = { stride: 1 + dice.below(2), padding: dice.below(2) };
    if (!smooth && dice.number() < 0.5) return x.maxPool1d(2, options);
    return x.avgPool1d(2 + dice.below(2), options);
  },
  (dice, values) => {
    const x = dice.pick(values);
    if (x.rank < 3 || x.shape.at(-1)! < 2) return null;
    const flat = x.reshape([-1, ...x.shape.slice(-2)]);
    const weight = tensor([[[0.5, -1]], [[0.25, 0.75]]], { dtype: x.dtype }); // prettier-ignore
    const channels = flat.shape[1]!;
    return tame(flat.conv1d(weight.expand([2, channels, 2]), { padding: 1, stride: 1 + dice.below(2) }));
  },
];

interface RandomGraph {
  leaves: Tensor[];
  /** The result, from the leaves; `visit` sees every value on the way. */
  build: (leaves: readonly Tensor[], visit?: (value: Tensor) => void) => Tensor;
}

function randomGraph(seed: number, dtype: DType, smooth: boolean): RandomGraph {
  const dice = new Dice(seed);
  const leaves = Array.from({ length: 1 + dice.below(3) }, () => {
    const shape = Array.from({ length: dice.below(4) }, () => 1 + dice.below(4));
    const size = shape.reduce((product, extent) => product * extent, 1);
    const values = Array.from({ length: size }, () => 2 * dice.number() - 1);
    return tensor(values, { dtype }).reshape(shape);
  });
  for (const leaf of leaves) leaf.data();
  const steps = 5 + dice.below(26);
  const movesSeed = dice.below(2 ** 31);
  return {
    leaves,
    build: (given, visit = () => undefined) => {
      const again = new Dice(movesSeed);
      const values = [...given];
      for (let step = 0; step < steps; step++) {
        const value = again.pick(moves)(again, values, smooth);
        if (value === null || value.size === 0 || value.size > mostElements || value.rank > 5) continue;
        values.push(value);
        visit(value);
      }
      return values
        .slice(-3)
        .map((value) => value.mean())
        .reduce((sum, value) => sum.add(value));
    },
  };
}

function forSeeds(count: number, check: (seed: number) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      check(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const tolerances = {
  f64: { absolute: 1e-11, relative: 1e-9 },
  f32: { absolute: 2e-4, relative: 2e-3 },
};

describe.each(['f64', 'f32'] as const)('in %s', (dtype) => {
  test.each(compilingBackends)(
    '%s gives the interpreter’s value and gradient of a random graph',
    (backend) => {
      const check = (seed: number): void => {
        const { leaves, build } = randomGraph(seed, dtype, dtype === 'f32');
        const output = build(leaves);
        const results = [output, ...gradient(output, leaves)];
        const nodes = results.map(({ node }) => node);
        const expected = interpret(nodes);
        for (const [k, result] of results.entries())
          assertClose(
            result,
            { shape: nodes[k]!.shape, values: expected[k]! },
            { tolerance: tolerances[dtype] },
          );
      };
      withBackend(backend, () => forSeeds(150, check));
    },
  );
});

test('the kernels of a random graph, evaluated point by point, mean what the graph means', () => {
  forSeeds(100, (seed) => {
    const { leaves, build } = randomGraph(seed, 'f64', false);
    const output = build(leaves);
    planOf([output, ...gradient(output, leaves)]);
  });
});

test('reading values on the way changes neither value nor gradient', () => {
  forSeeds(100, (seed) => {
    const { leaves, build } = randomGraph(seed, 'f64', false);
    const compute = (visit: (value: Tensor) => void): Tensor[] => {
      const output = build(leaves, visit);
      return [output, ...gradient(output, leaves)];
    };
    const unread = compute(() => undefined);
    const dice = new Dice(seed + 1000);
    const read = compute((value) => {
      if (dice.number() < 0.4) value.data();
    });
    for (const [k, result] of read.entries()) assertClose(result, unread[k]!, { tolerance: tolerances.f64 });
  });
});

test('the gradient of a smooth random graph is that of finite differences', () => {
  let checked = 0;
  forSeeds(60, (seed) => {
    const { leaves, build } = randomGraph(seed, 'f64', true);
    if (
      gradient(build(leaves), leaves).every((slope) => slope.data().every((value) => Math.abs(value) < 1e-6))
    )
      return;
    gradcheck((...given) => build(given), leaves, { directions: 1, tolerance: 1e-6 });
    checked++;
  });
  expect(checked).toBeGreaterThan(40);
});
