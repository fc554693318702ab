/**
 * @file The table of scalar functions: value, derivative, dtypes and domain of everything that acts element by element.
 * It knows numbers and an abstract algebra only; broadcasting, tensors and machines are other files' business.
 */
import type { DType } from '../dtype.ts';

/** The names of the rows. */
export type ScalarName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'remainder'
  | 'maximum'
  | 'minimum'
  | 'atan2'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'logicalNot'
  | 'where'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'reciprocal'
  | 'sqrt'
  | 'rsqrt'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'erf'; // prettier-ignore

/** A value of whichever algebra a derivative is evaluated in: a number, a tensor. */
export interface Value {
  readonly algebraicValue: unique symbol;
}

/** What a derivative may use: every function of this table, on values and plain numbers. */
export type Algebra = Readonly<Record<ScalarName, (...operands: (Value | number)[]) => Value>>;

/** The cotangent of one operand, from the result's cotangent `g`, the result `y` and the operands `a`, `b`, `c`. */
export type Pullback = ($: Algebra, g: Value, y: Value, a: Value, b: Value, c: Value) => Value;

/**
 * How dtypes pass through a function, after the operands were promoted to one dtype:
 * - `arithmetic`: the dtype stays (two bools count as i32)
 * - `float`: integers become f32
 * - `comparison`: the result is bool
 * - `logical`: operands and result are bool
 * - `selection`: the first operand is bool, the others promote among themselves
 */
export type DTypeRule = 'arithmetic' | 'float' | 'comparison' | 'logical' | 'selection';

/** One row of the table. */
export interface ScalarFunction {
  readonly arity: 1 | 2 | 3;
  readonly dtypes: DTypeRule;
  /** The value, accurate in float64; comparisons give 0 or 1. */
  readonly evaluate: (a: number, b: number, c: number) => number;
  /** The value on 32-bit integers, where rounding the float64 value would lose low bits. */
  readonly integer?: (a: number, b: number) => number;
  /** One pullback per operand; `null` where the derivative is zero or does not exist. */
  readonly pullbacks: readonly (Pullback | null)[];
  /** For generated tests: the interval that each operand is drawn from. */
  readonly domain: readonly (readonly [low: number, high: number])[];
  /** Roughly how many additions the function costs. */
  readonly cost: number;
  readonly commutative?: true;
  /** The operands in which the function is linear, the others held fixed. */
  readonly linearIn?: readonly number[];
  /** The n for which f(x, n) is x, bit for bit, for every x. */
  readonly neutral?: number;
  /** Whether f(x) is x with the other sign. */
  readonly isOpposite?: true;
  /** Whether f(x, y) is x − y. */
  readonly isDifference?: true;
  /** Whether f(x, y) is x·y. */
  readonly isProduct?: true;
  /** The g for which f(x, −y) is g(x, y), bit for bit, for every x and y. */
  readonly withOpposite?: ScalarName;
}

const anywhere = [-3, 3] as const;
const positive = [0.1, 4] as const;
const flag = [0, 1] as const;
const transcendental = 20;
const truth = (condition: boolean): number => (condition ? 1 : 0);

const comparison = (evaluate: (a: number, b: number) => boolean) =>
  ({
    arity: 2,
    dtypes: 'comparison',
    evaluate: (a: number, b: number) => truth(evaluate(a, b)),
    pullbacks: [null, null],
    domain: [anywhere, anywhere],
    cost: 1,
  }) as const;

const logical = (evaluate: (a: number, b: number) => boolean) =>
  ({
    arity: 2,
    dtypes: 'logical',
    evaluate: (a: number, b: number) => truth(evaluate(a, b)),
    pullbacks: [null, null],
    domain: [flag, flag],
    cost: 1,
    commutative: true,
  }) as const;

const step = (evaluate: (a: number) => number) =>
  ({ arity: 1, dtypes: 'arithmetic', evaluate, pullbacks: [null], domain: [anywhere], cost: 1 }) as const;

/** Half of the cotangent where the operands tie, nothing where this operand loses, else (also beside NaN) all of it. */
const extremumPullback = ($: Algebra, g: Value, losing: Value, tied: Value): Value =>
  $.where(tied, $.div(g, 2), $.where(losing, 0, g));

export const scalarFunctions = {
  add: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [anywhere, anywhere],
    cost: 1,
    commutative: true,
    neutral: -0,
    withOpposite: 'sub',
    evaluate: (a, b) => a + b,
    pullbacks: [(_, g) => g, (_, g) => g],
  },
  sub: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [anywhere, anywhere],
    cost: 1,
    neutral: 0,
    isDifference: true,
    withOpposite: 'add',
    evaluate: (a, b) => a - b,
    pullbacks: [(_, g) => g, ($, g) => $.neg(g)],
  },
  mul: {
    arity: 2,
    dtypes: 'arithmetic',
    linearIn: [0, 1],
    isProduct: true,
    domain: [anywhere, anywhere],
    cost: 1,
    commutative: true,
    neutral: 1,
    evaluate: (a, b) => a * b,
    integer: Math.imul,
    pullbacks: [($, g, _y, _a, b) => $.mul(g, b), ($, g, _y, a) => $.mul(g, a)],
  },
  div: {
    arity: 2,
    dtypes: 'float',
    domain: [anywhere, positive],
    cost: 4,
    neutral: 1,
    evaluate: (a, b) => a / b,
    pullbacks: [($, g, _y, _a, b) => $.div(g, b), ($, g, y, _a, b) => $.neg($.div($.mul(g, y), b))],
  },
  // aᵇ: ∂/∂a = b·aᵇ⁻¹, and 0 for b = 0 also at a = 0; ∂/∂b = aᵇ·ln a, and 0 at a = 0 for b ≥ 0.
  pow: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [positive, anywhere],
    cost: 2 * transcendental,
    evaluate: power,
    integer: integerPower,
    pullbacks: [
      ($, g, _y, a, b) => $.mul(g, $.where($.equal(b, 0), 0, $.mul(b, $.pow(a, $.sub(b, 1))))),
      ($, g, y, a, b) =>
        $.mul(g, $.where($.logicalAnd($.equal(a, 0), $.greaterEqual(b, 0)), 0, $.mul(y, $.log(a)))),
    ],
  },
  // a − b·⌊a/b⌋: the result has the sign of the divisor, as in Python and PyTorch.
  remainder: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [anywhere, positive],
    cost: 4,
    evaluate: (a, b) => {
      const truncated = a % b;
      return truncated !== 0 && truncated < 0 !== b < 0 ? truncated + b : truncated;
    },
    // The whole quotient of 1 and 0.1 is 9, as 0.1 is a little more in binary, though 1/0.1 rounds to 10. That of −1 and ∞ is
    // −1: nothing else leaves the divisor itself. That of 1 and 0 is ∞, though nothing is left.
    pullbacks: [
      (_, g) => g,
      ($, g, y, a, b) => {
        const divided = $.where($.equal(b, 0), a, $.sub(a, y));
        return $.mul(g, $.where($.equal(y, b), 1, $.neg($.round($.div(divided, b)))));
      },
    ],
  },
  maximum: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [anywhere, anywhere],
    cost: 1,
    commutative: true,
    evaluate: (a, b) => Math.max(a, b),
    pullbacks: [
      ($, g, _y, a, b) => extremumPullback($, g, $.less(a, b), $.equal(a, b)),
      ($, g, _y, a, b) => extremumPullback($, g, $.less(b, a), $.equal(a, b)),
    ],
  },
  minimum: {
    arity: 2,
    dtypes: 'arithmetic',
    domain: [anywhere, anywhere],
    cost: 1,
    commutative: true,
    evaluate: (a, b) => Math.min(a, b),
    pullbacks: [
      ($, g, _y, a, b) => extremumPullback($, g, $.greater(a, b), $.equal(a, b)),
      ($, g, _y, a, b) => extremumPullback($, g, $.greater(b, a), $.equal(a, b)),
    ],
  },
  // The angle of the point (b, a): ∂/∂a = b/(a²+b²), ∂/∂b = −a/(a²+b²).
  atan2: {
    arity: 2,
    dtypes: 'float',
    domain: [positive, anywhere],
    cost: transcendental,
    evaluate: (a, b) => Math.atan2(a, b),
    pullbacks: [
      ($, g, _y, a, b) => $.div($.mul(g, b), $.add($.mul(a, a), $.mul(b, b))),
      ($, g, _y, a, b) => $.neg($.div($.mul(g, a), $.add($.mul(a, a), $.mul(b, b)))),
    ],
  },

  equal: { ...comparison((a, b) => a === b), commutative: true },
  notEqual: { ...comparison((a, b) => a !== b), commutative: true },
  less: comparison((a, b) => a < b),
  lessEqual: comparison((a, b) => a <= b),
  greater: comparison((a, b) => a > b),
  greaterEqual: comparison((a, b) => a >= b),

  logicalAnd: logical((a, b) => a !== 0 && b !== 0),
  logicalOr: logical((a, b) => a !== 0 || b !== 0),
  logicalXor: logical((a, b) => (a !== 0) !== (b !== 0)),
  logicalNot: {
    arity: 1,
    dtypes: 'logical',
    evaluate: (a) => truth(a === 0),
    pullbacks: [null],
    domain: [flag],
    cost: 1,
  },
  where: {
    arity: 3,
    dtypes: 'selection',
    domain: [flag, anywhere, anywhere],
    cost: 1,
    evaluate: (condition, a, b) => (condition !== 0 ? a : b),
    pullbacks: [
      null,
      ($, g, _y, condition) => $.where(condition, g, 0),
      ($, g, _y, condition) => $.where(condition, 0, g),
    ],
  },

  neg: {
    arity: 1,
    dtypes: 'arithmetic',
    linearIn: [0],
    domain: [anywhere],
    cost: 1,
    isOpposite: true,
    evaluate: (a) => -a,
    pullbacks: [($, g) => $.neg(g)],
  },
  // The subgradient at 0 is 0.
  abs: {
    arity: 1,
    dtypes: 'arithmetic',
    domain: [anywhere],
    cost: 1,
    evaluate: Math.abs,
    pullbacks: [($, g, _y, a) => $.mul(g, $.sign(a))],
  },
  sign: step(Math.sign),
  floor: step(Math.floor),
  ceil: step(Math.ceil),
  round: step(roundHalfToEven),
  trunc: step(Math.trunc),
  // d(1/a) = −1/a²
  reciprocal: {
    arity: 1,
    dtypes: 'float',
    domain: [positive],
    cost: 4,
    evaluate: (a) => 1 / a,
    pullbacks: [($, g, y) => $.neg($.mul(g, $.mul(y, y)))],
  },
  // d√a = 1/(2√a)
  sqrt: {
    arity: 1,
    dtypes: 'float',
    domain: [positive],
    cost: 6,
    evaluate: Math.sqrt,
    pullbacks: [($, g, y) => $.div(g, $.mul(y, 2))],
  },
  // d a^(−½) = −½·a^(−3/2)
  rsqrt: {
    arity: 1,
    dtypes: 'float',
    domain: [positive],
    cost: 10,
    evaluate: (a) => 1 / Math.sqrt(a),
    pullbacks: [($, g, y) => $.mul($.mul(g, -0.5), $.mul(y, $.mul(y, y)))],
  },
  exp: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.exp,
    pullbacks: [($, g, y) => $.mul(g, y)],
  },
  expm1: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.expm1,
    pullbacks: [($, g, y) => $.mul(g, $.add(y, 1))],
  },
  log: {
    arity: 1,
    dtypes: 'float',
    domain: [positive],
    cost: transcendental,
    evaluate: Math.log,
    pullbacks: [($, g, _y, a) => $.div(g, a)],
  },
  log1p: {
    arity: 1,
    dtypes: 'float',
    domain: [positive],
    cost: transcendental,
    evaluate: Math.log1p,
    pullbacks: [($, g, _y, a) => $.div(g, $.add(a, 1))],
  },
  sin: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.sin,
    pullbacks: [($, g, _y, a) => $.mul(g, $.cos(a))],
  },
  cos: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.cos,
    pullbacks: [($, g, _y, a) => $.neg($.mul(g, $.sin(a)))],
  },
  // d tan a = 1 + tan²a
  tan: {
    arity: 1,
    dtypes: 'float',
    domain: [[-1.2, 1.2]],
    cost: transcendental,
    evaluate: Math.tan,
    pullbacks: [($, g, y) => $.mul(g, $.add($.mul(y, y), 1))],
  },
  asin: {
    arity: 1,
    dtypes: 'float',
    domain: [[-0.9, 0.9]],
    cost: transcendental,
    evaluate: Math.asin,
    pullbacks: [($, g, _y, a) => $.mul(g, $.rsqrt($.sub(1, $.mul(a, a))))],
  },
  acos: {
    arity: 1,
    dtypes: 'float',
    domain: [[-0.9, 0.9]],
    cost: transcendental,
    evaluate: Math.acos,
    pullbacks: [($, g, _y, a) => $.neg($.mul(g, $.rsqrt($.sub(1, $.mul(a, a)))))],
  },
  atan: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.atan,
    pullbacks: [($, g, _y, a) => $.div(g, $.add($.mul(a, a), 1))],
  },
  sinh: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.sinh,
    pullbacks: [($, g, _y, a) => $.mul(g, $.cosh(a))],
  },
  cosh: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.cosh,
    pullbacks: [($, g, _y, a) => $.mul(g, $.sinh(a))],
  },
  // d tanh a = 1 − tanh²a
  tanh: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: Math.tanh,
    pullbacks: [($, g, y) => $.mul(g, $.sub(1, $.mul(y, y)))],
  },
  // σ(a) = 1/(1 + e^(−a)), dσ = σ·(1 − σ)
  sigmoid: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: transcendental,
    evaluate: (a) => {
      const decay = Math.exp(-Math.abs(a));
      return (a >= 0 ? 1 : decay) / (1 + decay);
    },
    pullbacks: [($, g, y) => $.mul(g, $.mul(y, $.sub(1, y)))],
  },
  // ln(1 + eᵃ), without overflow; its derivative is σ(a).
  softplus: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: 2 * transcendental,
    evaluate: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    pullbacks: [($, g, _y, a) => $.mul(g, $.sigmoid(a))],
  },
  // d erf(a) = 2/√π · e^(−a²)
  erf: {
    arity: 1,
    dtypes: 'float',
    domain: [anywhere],
    cost: 2 * transcendental,
    evaluate: erf,
    pullbacks: [($, g, _y, a) => $.mul(g, $.mul($.exp($.neg($.mul(a, a))), 2 / Math.sqrt(Math.PI)))],
  },
} satisfies Record<ScalarName, ScalarFunction>; // prettier-ignore

/** The row of a function, seen through the common interface. */
export function scalarFunction(name: ScalarName): ScalarFunction {
  return scalarFunctions[name];
}

/** How a function is evaluated on operands of a dtype; what it gives is still to be rounded to the dtype. */
export function evaluationIn(name: ScalarName, dtype: DType): ScalarFunction['evaluate'] {
  const { integer, evaluate } = scalarFunction(name);
  return dtype === 'i32' && integer !== undefined ? integer : evaluate;
}

/** By squaring, modulo 2³²; a negative exponent gives the reciprocal without its fraction. */
function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return Math.trunc(power(base, exponent)) | 0;
  let result = 1;
  for (
    let [square, rest] = [base | 0, exponent];
    rest > 0;
    rest = Math.floor(rest / 2), square = Math.imul(square, square)
  ) {
    if (rest % 2 === 1) result = Math.imul(result, square);
  }
  return result;
}

/** As C's pow: 1 for (1, anything), (anything, 0) and (−1, ±∞), where JavaScript's `**` gives NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

function roundHalfToEven(a: number): number {
  const rounded = Math.round(a);
  return rounded - a === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * erf a = 2/√π · e^(−a²) · Σ 2ⁿ·a²ⁿ⁺¹/(2n+1)!! for |a| < 3 (all terms of one sign, so nothing cancels), and beyond it
 * 1 − e^(−a²)/(a·√π) · 1/(1 + q/(1 + 2q/(1 + 3q/…))), q = 1/(2a²) (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
function erf(a: number): number {
  const magnitude = Math.abs(a);
  if (!(magnitude < 6)) return Number.isNaN(a) ? NaN : Math.sign(a);
  const square = a * a;
  if (magnitude < 3) {
    let sum = a;
    let term = a;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
  }
  let fraction = 1;
  for (let n = 60; n >= 1; n--) fraction = 1 + n / (2 * square) / fraction;
  return Math.sign(a) * (1 - Math.exp(-square) / (magnitude * Math.sqrt(Math.PI) * fraction));
}
