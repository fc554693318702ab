/**
 * @file What initializations fill parameters with: the distribution and its bounds, the same for the same seed, PyTorch's
 * gains and fans; and what fresh layers hold.
 */
import {
  compile,
  type DType,
  Generator,
  manualSeed,
  normal as drawNormal,
  type Tensor,
  tensor,
  uniform as drawUniform,
  type Variable,
  Variable as BufferVariable,
  zeros,
} from '@windfall/core';
import {
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  init,
  type InitializationOptions,
  Linear,
  type Module,
  Parameter,
  PReLU,
} from '../src/index.ts';
import { initializations } from './parity/init.ts';
import { between, type Distribution, evenly, expectDistribution, normally } from './support/distribution.ts';
import { distance, expectClose, readFixture } from './support/fixtures.ts';

type Spread = 'xavierUniform' | 'xavierNormal' | 'kaimingUniform' | 'kaimingNormal';

const fixture = readFixture('init') as {
  gains: Record<string, number>;
  slopes: Record<string, number>;
  fans: { shape: number[]; fans: [number, number] }[];
  spreads: { name: Spread; shape: number[]; options: object; spread: number }[];
};

const fresh = (shape: number[], dtype: DType = 'f32'): Parameter => new Parameter(zeros(shape, { dtype }));

describe("gains, fans and spreads are PyTorch's", () => {
  test('calculateGain', () => {
    for (const [name, gain] of Object.entries(fixture.gains))
      expect(init.calculateGain(name as init.Nonlinearity)).toBeCloseTo(gain, 14);
    for (const [slope, gain] of Object.entries(fixture.slopes))
      expect(init.calculateGain('leakyRelu', Number(slope))).toBeCloseTo(gain, 14);
  });

  test.each(fixture.fans)('calculateFanInAndFanOut of $shape', ({ shape, fans: [fanIn, fanOut] }) => {
    expect(init.calculateFanInAndFanOut(fresh(shape))).toEqual({ fanIn, fanOut });
  });

  test.each(fixture.spreads)('$name of $shape, $options', ({ name, shape, options, spread }) => {
    const filled = init[name](fresh(shape, 'f64'), { ...options, generator: new Generator(5) });
    const draw = { dtype: 'f64', generator: new Generator(5) } as const;
    const expected = name.endsWith('Uniform')
      ? drawUniform(shape, { ...draw, low: -spread, high: spread })
      : drawNormal(shape, { ...draw, std: spread });
    expectClose(filled, expected);
  });
});

test.each(initializations)(
  '$pytorch is here, and compared where a fixture is named',
  ({ windfall, fixture: name }) => {
    const key = windfall.replace('init.', '');
    expect(typeof init[key as keyof typeof init]).toBe('function');
    if (name === null) return;
    const functions = [
      'calculateGain',
      'calculateFanInAndFanOut',
      ...fixture.spreads.map((given) => given.name),
    ];
    expect(functions).toContain(key);
  },
);

const large = [40, 50, 3];
const root = Math.sqrt;
const fills: [
  name: string,
  fill: (variable: Variable, draw: init.UniformOptions) => Variable,
  distribution: Distribution,
  bounds: [number, number],
][] = [
  ['uniform', (v, draw) => init.uniform(v, draw), evenly(0, 1), [0, 1]],
  ['uniform from a to b', (v, draw) => init.uniform(v, { a: -3, b: 5, ...draw }), evenly(-3, 5), [-3, 5]],
  ['normal', (v, draw) => init.normal(v, draw), normally(0, 1), [-6, 6]],
  [
    'normal, mean, std',
    (v, draw) => init.normal(v, { mean: 2, std: 0.1, ...draw }),
    normally(2, 0.1),
    [1, 3],
  ],
  [
    'xavierUniform',
    (v, draw) => init.xavierUniform(v, { gain: 2, ...draw }),
    evenly(-2 * root(6 / 270), 2 * root(6 / 270)),
    [-2 * root(6 / 270), 2 * root(6 / 270)],
  ],
  ['xavierNormal', (v, draw) => init.xavierNormal(v, draw), normally(0, root(2 / 270)), [-1, 1]],
  [
    'kaimingUniform',
    (v, draw) => init.kaimingUniform(v, { a: 1, ...draw }),
    evenly(-root(3 / 150), root(3 / 150)),
    [-root(3 / 150), root(3 / 150)],
  ],
  [
    'kaimingNormal',
    (v, draw) => init.kaimingNormal(v, { mode: 'fanOut', nonlinearity: 'relu', ...draw }),
    normally(0, root(2 / 120)),
    [-1, 1],
  ],
  ['truncNormal', (v, draw) => init.truncNormal(v, draw), between(normally(0, 1), -2, 2), [-2, 2]],
  [
    'truncNormal, mean, std, a, b',
    (v, draw) => init.truncNormal(v, { mean: 1, std: 0.5, a: 0.5, b: 1.25, ...draw }),
    between(normally(1, 0.5), 0.5, 1.25),
    [0.5, 1.25],
  ],
];

describe.each(fills)('%s', (_name, fill, distribution, [low, high]) => {
  test.each(['f32', 'f64'] as const)(
    'spreads numbers as its name says, within its bounds, in %s',
    (dtype) => {
      const variable = fresh(large, dtype);
      expect(fill(variable, { generator: new Generator(11) })).toBe(variable);
      expect(variable.dtype).toBe(dtype);
      const values = Array.from(variable.data());
      expectDistribution(values, distribution);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(low));
      expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(high));
    },
  );

  test('is the same for the same seed, given or global, and another one the next time', () => {
    const drawn = (draw: init.UniformOptions): Tensor => fill(fresh([5, 4]), draw).detach();
    const generator = new Generator(3);
    const first = drawn({ generator });
    expect(drawn({ generator: new Generator(3) }).data()).toEqual(first.data());
    expect(drawn({ generator }).data()).not.toEqual(first.data());
    manualSeed(3);
    expect(drawn({}).data()).toEqual(first.data());
  });

  test('keeps a parameter a leaf that gets gradients', () => {
    const variable = fresh([5, 4]);
    fill(variable, {});
    variable.square().sum().backward();
    expectClose(variable.grad, variable.mul(2));
  });

  test('draws anew each time inside a compiled function', () => {
    const variable = fresh([5, 4], 'f64');
    const outside = fresh([5, 4], 'f64');
    const generator = new Generator(9);
    const step = compile(() => {
      fill(variable, { generator });
    });
    const again = new Generator(9);
    for (let call = 0; call < 3; call++) {
      step();
      fill(outside, { generator: again });
      expect(variable.data()).toEqual(outside.data());
    }
  });
});

test('truncNormal turns an even draw back through the distribution function', () => {
  const [mean, std, a, b] = [0.3, 2, -7, 9];
  const filled = init.truncNormal(fresh([2000], 'f64'), { mean, std, a, b, generator: new Generator(1) });
  const even = drawUniform([2000], { dtype: 'f64', generator: new Generator(1) });
  const distribution = between(normally(mean, std), a, b);
  expect(distance(distribution(Array.from(filled.data())), even.data())).toBeLessThan(1e-14);
});

test('truncNormal stays within bounds that leave hardly anything', () => {
  const filled = init.truncNormal(fresh([100]), { a: 8, b: 9 });
  for (const value of filled.data()) {
    expect(value).toBeGreaterThanOrEqual(8);
    expect(value).toBeLessThanOrEqual(9);
  }
});

describe('orthogonal', () => {
  const gram = (matrix: Tensor): Tensor => {
    const flat = matrix.flatten(1);
    const [rows, columns] = flat.shape as [number, number];
    return rows <= columns ? flat.matmul(flat.transpose()) : flat.transpose().matmul(flat);
  };

  test.each([[[6, 6]], [[3, 8]], [[9, 4]], [[4, 3, 2, 2]], [[20, 2, 3]], [[1, 5]]])(
    'gives orthonormal rows or columns: %j',
    (shape) => {
      for (const [dtype, tolerance] of [
        ['f64', 1e-14],
        ['f32', 1e-6],
      ] as const) {
        const variable = fresh(shape, dtype);
        expect(init.orthogonal(variable, { gain: 3 })).toBe(variable);
        const count = Math.min(shape[0]!, variable.size / shape[0]!);
        const identity = tensor(
          Array.from({ length: count }, (_, i) =>
            Array.from({ length: count }, (__, j) => (i === j ? 9 : 0)),
          ),
          { dtype },
        );
        expectClose(gram(variable), identity, tolerance * 10);
      }
    },
  );

  test('gives every rotation and reflection with the same probability', () => {
    const generator = new Generator(4);
    const entries = Array.from({ length: 600 }, () => {
      const [a, b, c, d] = init.orthogonal(fresh([2, 2], 'f64'), { generator }).data() as Float64Array;
      return { angle: Math.atan2(b!, a!), determinant: a! * d! - b! * c! };
    });
    expectDistribution(
      entries.map(({ angle }) => angle),
      evenly(-Math.PI, Math.PI),
    );
    const reflections = entries.filter(({ determinant }) => determinant < 0).length;
    expect(Math.abs(reflections - 300)).toBeLessThan(50);
  });

  test('is the same for the same seed', () => {
    const make = (): Tensor => init.orthogonal(fresh([3, 4]), { generator: new Generator(1) });
    expect(make().data()).toEqual(make().data());
  });

  test('leaves what has no elements alone', () => {
    expect(init.orthogonal(fresh([0, 3])).shape).toEqual([0, 3]);
    expect(init.kaimingUniform(fresh([2, 0])).shape).toEqual([2, 0]);
    expect(init.xavierNormal(fresh([0, 0])).shape).toEqual([0, 0]);
  });
});

test('constant, zeros, ones and eye fill buffers as well as parameters', () => {
  expect(init.constant(fresh([2]), 2.5).toArray()).toEqual([2.5, 2.5]);
  expect(init.constant(new BufferVariable(zeros([2], { dtype: 'i32' })), 3).toArray()).toEqual([3, 3]);
  expect(init.ones(fresh([1, 2])).toArray()).toEqual([[1, 1]]);
  expect(init.zeros(init.ones(fresh([2]))).toArray()).toEqual([0, 0]);
  expect(init.eye(fresh([2, 3])).toArray()).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ]);
});

const refusals: [message: string, call: () => unknown][] = [
  [
    'init.uniform: fills a parameter or another variable, not an object of class Tensor',
    () => init.uniform(zeros([2]) as any),
  ],
  ['init.normal: fills a parameter or another variable, not null', () => init.normal(null as any)],
  [
    'init.uniform: random values are f32 or f64, but the variable is i32',
    () => init.uniform(new BufferVariable(zeros([1], { dtype: 'i32' }))),
  ],
  ['init.uniform: a is at most b, but they are 2 and 1', () => init.uniform(fresh([1]), { a: 2 })],
  [
    "init.uniform: has no option 'low'; its options are a, b, generator",
    () => init.uniform(fresh([1]), { low: 1 } as any),
  ],
  ['init.normal: std is a finite number ≥ 0, not -1', () => init.normal(fresh([1]), { std: -1 })],
  ['init.constant: the value is a finite number, not undefined', () => (init as any).constant(fresh([1]))],
  ['init.eye: fills a matrix, not [2]', () => init.eye(fresh([2]))],
  [
    'init.xavierUniform: fans need a weight [outputs, inputs, …window], not [3]',
    () => init.xavierUniform(fresh([3])),
  ],
  ['init.xavierNormal: gain is a finite number ≥ 0', () => init.xavierNormal(fresh([3, 3]), { gain: -1 })],
  [
    "init.kaimingUniform: mode is 'fanIn' or 'fanOut', not the string \"fan_in\"",
    () => init.kaimingUniform(fresh([3, 3]), { mode: 'fan_in' as any }),
  ],
  [
    'init.kaimingNormal: nonlinearity is one of linear, conv1d',
    () => init.kaimingNormal(fresh([3, 3]), { nonlinearity: 'leaky_relu' as any }),
  ],
  ['init.calculateGain: the negative slope is a finite number', () => init.calculateGain('leakyRelu', NaN)],
  ['init.calculateGain: nonlinearity is one of', () => init.calculateGain('toString' as any)],
  [
    'init.calculateFanInAndFanOut: the weight is a tensor, not 3',
    () => init.calculateFanInAndFanOut(3 as any),
  ],
  ['init.orthogonal: fills a weight with at least two axes, not [3]', () => init.orthogonal(fresh([3]))],
  ['init.truncNormal: std is above 0, not 0', () => init.truncNormal(fresh([3]), { std: 0 })],
  [
    'init.truncNormal: a is less than b, but they are 1 and 1',
    () => init.truncNormal(fresh([3]), { a: 1, b: 1 }),
  ],
];

test.each(refusals)('%s', (message, call) => {
  expect(call).toThrow(message);
});

describe('a fresh layer is filled as PyTorch fills it', () => {
  const even = (fanIn: number): [Distribution, number] => [
    evenly(-1 / root(fanIn), 1 / root(fanIn)),
    1 / root(fanIn),
  ];
  const layers: [
    name: string,
    make: (options: InitializationOptions) => Module & { weight: Parameter; bias: Parameter | null },
    fanIn: number,
  ][] = [
    ['Linear', (options) => new Linear(60, 1000, options), 60],
    ['Conv1d', (options) => new Conv1d(6, 600, 5, { groups: 2, ...options }), 15],
    ['Conv2d', (options) => new Conv2d(3, 600, [2, 3], options), 18],
    ['ConvTranspose1d', (options) => new ConvTranspose1d(4, 1200, 3, { groups: 2, ...options }), 1800],
    ['ConvTranspose2d', (options) => new ConvTranspose2d(6, 600, [2, 3], { groups: 3, ...options }), 1200],
  ];

  test.each(layers)('%s', (_name, make, fanIn) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const { weight, bias } = make({ dtype, generator: new Generator(2) });
      const [distribution, bound] = even(fanIn);
      for (const parameter of [weight, bias!]) {
        expect(parameter.dtype).toBe(dtype);
        expectDistribution(parameter.data(), distribution);
        const largest = Math.max(...Array.from(parameter.data(), Math.abs));
        expect(largest).toBeLessThanOrEqual(Math.fround(bound));
      }
    }
  });

  test.each(layers)('%s is the same for the same seed, given or global', (_name, make) => {
    const values = (options: InitializationOptions): ArrayLike<number>[] =>
      make(options)
        .parameters()
        .map((parameter) => parameter.data());
    const given = values({ generator: new Generator(6) });
    expect(values({ generator: new Generator(6) })).toEqual(given);
    manualSeed(6);
    expect(values({})).toEqual(given);
    expect(values({})).not.toEqual(given);
  });

  test('PReLU', () => {
    expect(new PReLU(3).weight.toArray()).toEqual([0.25, 0.25, 0.25]);
    expect(new PReLU(1, { init: 0.5, dtype: 'f64' }).weight.toArray()).toEqual([0.5]);
  });
});
