/**
 * @file Elementary functions of real numbers, as whole multiples of 2⁻ᵇ in BigInt, for as large a b as an answer needs. A
 * reference that shares nothing with floating-point arithmetic but its arguments.
 */
import type { ScalarName } from '../src/graph/scalar-functions.ts';

/** A number as mantissa · 2^exponent. */
function decompose(x: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  const magnitude = field === 0 ? fraction : fraction + 2n ** 52n;
  return { mantissa: x < 0 ? -magnitude : magnitude, exponent: Math.max(field, 1) - 1075 };
}

const shifted = (value: bigint, places: number): bigint =>
  places >= 0 ? value << BigInt(places) : value >> BigInt(-places);

/** x·2ᵇ without its fraction. */
function scaled(x: number, b: number): bigint {
  const { mantissa, exponent } = decompose(x);
  return shifted(mantissa, exponent + b);
}

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(16).length * 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Σ terms, each made from the one before it, until they vanish. */
function series(first: bigint, next: (term: bigint, k: number) => bigint): bigint {
  let sum = 0n;
  for (let [term, k] = [first, 1]; term !== 0n && term !== -1n; term = next(term, k++)) sum += term;
  return sum;
}

/** The inverse tangent or hyperbolic tangent of 1/n. */
function inverseTangent(n: bigint, sign: 1n | -1n, b: number): bigint {
  let sum = 0n;
  for (let [power, k] = [(1n << BigInt(b)) / n, 1n]; power !== 0n; power = (sign * power) / (n * n), k += 2n)
    sum += power / k;
  return sum;
}

const constantBits = 4000;
const piBits = 4n * (4n * inverseTangent(5n, -1n, constantBits) - inverseTangent(239n, -1n, constantBits));
const ln2Bits = 2n * inverseTangent(3n, 1n, constantBits);

/** Functions of numbers scaled by 2ᵇ. */
class Scale {
  readonly b: number;
  readonly one: bigint;
  readonly ln2: bigint;
  readonly pi: bigint;

  constructor(b: number) {
    this.b = b;
    this.one = 1n << BigInt(b);
    this.ln2 = ln2Bits >> BigInt(constantBits - b);
    this.pi = piBits >> BigInt(constantBits - b);
  }

  mul(x: bigint, y: bigint): bigint {
    return (x * y) >> BigInt(this.b);
  }

  div(x: bigint, y: bigint): bigint {
    return (x << BigInt(this.b)) / y;
  }

  sqrt(x: bigint): bigint {
    return squareRoot(x << BigInt(this.b));
  }

  exp(x: bigint): bigint {
    const n = x / this.ln2;
    const r = x - n * this.ln2;
    return shifted(
      series(this.one, (term, k) => this.mul(term, r) / BigInt(k)),
      Number(n),
    );
  }

  log(x: number): bigint {
    const { mantissa, exponent } = decompose(x);
    return this.logOf(mantissa) + BigInt(exponent) * this.ln2;
  }

  /** ln of a whole number. */
  logOf(whole: bigint): bigint {
    const digits = whole.toString(2).length;
    const m = shifted(whole, this.b - digits + 1);
    const s = this.div(m - this.one, m + this.one);
    const square = this.mul(s, s);
    let sum = 0n;
    for (let [power, k] = [s, 1n]; power !== 0n; power = this.mul(power, square), k += 2n) sum += power / k;
    return 2n * sum + BigInt(digits - 1) * this.ln2;
  }

  /** ln(1 + x) of a number that is scaled. */
  log1p(x: bigint): bigint {
    return this.logOf(this.one + x) - BigInt(this.b) * this.ln2;
  }

  /** The angle of a point. */
  angle(y: bigint, x: bigint): bigint {
    if (y < 0n) return -this.angle(-y, x);
    if (x < 0n) return this.pi - this.angle(y, -x);
    if (y > x) return this.pi / 2n - this.angle(x, y);
    let t = this.div(y, x);
    for (let k = 0; k < 3; k++) t = this.div(t, this.one + this.sqrt(this.one + this.mul(t, t)));
    const square = this.mul(t, t);
    let sum = 0n;
    for (let [power, k] = [t, 1n]; power !== 0n && power !== -1n; power = -this.mul(power, square), k += 2n)
      sum += power / k;
    return 8n * sum;
  }

  sinAndCos(x: number): [bigint, bigint] {
    const { exponent } = decompose(x);
    const more = Math.max(0, exponent + 64);
    const halfPi = piBits >> BigInt(constantBits - this.b - more + 1);
    const exact = scaled(x, this.b + more);
    const quadrant = exact / halfPi;
    const r = (exact - quadrant * halfPi) >> BigInt(more);
    const square = this.mul(r, r);
    const sum = (first: bigint, offset: number): bigint =>
      series(first, (term, k) => -this.mul(term, square) / BigInt((2 * k + offset) * (2 * k + offset - 1)));
    const [sin, cos] = [sum(r, 1), sum(this.one, 0)];
    const turns: [bigint, bigint][] = [
      [sin, cos],
      [cos, -sin],
      [-sin, -cos],
      [-cos, sin],
    ];
    return turns[Number(((quadrant % 4n) + 4n) % 4n)]!;
  }

  /** 2/√π · e^(−x²) · Σ 2ⁿ·x²ⁿ⁺¹/(2n+1)!! */
  erf(x: bigint): bigint {
    const square = this.mul(x, x);
    const sum = series(x, (term, k) => (2n * this.mul(term, square)) / BigInt(2 * k + 1));
    return this.div(2n * this.mul(this.exp(-square), sum), this.sqrt(this.pi));
  }

  scaled(x: number): bigint {
    return scaled(x, this.b);
  }
}

/** Two numbers as whole multiples of a common unit. */
function commonUnit(x: number, y: number): [bigint, bigint] {
  const [a, b] = [decompose(x), decompose(y)];
  const least = Math.min(a.exponent, b.exponent);
  return [shifted(a.mantissa, a.exponent - least), shifted(b.mantissa, b.exponent - least)];
}

const functions: Partial<Record<ScalarName, (s: Scale, x: number, y: number) => bigint>> = {
  rsqrt: (s, x) => s.div(s.one, s.sqrt(s.scaled(x))),
  exp: (s, x) => s.exp(s.scaled(x)),
  expm1: (s, x) => s.exp(s.scaled(x)) - s.one,
  log: (s, x) => s.log(x),
  log1p: (s, x) => s.log1p(s.scaled(x)),
  sin: (s, x) => s.sinAndCos(x)[0],
  cos: (s, x) => s.sinAndCos(x)[1],
  tan: (s, x) => s.div(...s.sinAndCos(x)),
  asin: (s, x) => {
    const sine = s.scaled(x);
    return s.angle(sine, s.sqrt(s.mul(s.one - sine, s.one + sine)));
  },
  acos: (s, x) => {
    const cosine = s.scaled(x);
    return s.angle(s.sqrt(s.mul(s.one - cosine, s.one + cosine)), cosine);
  },
  atan: (s, x) => s.angle(...commonUnit(x, 1)),
  atan2: (s, y, x) => s.angle(...commonUnit(y, x)),
  sinh: (s, x) => (s.exp(s.scaled(x)) - s.exp(-s.scaled(x))) / 2n,
  cosh: (s, x) => (s.exp(s.scaled(x)) + s.exp(-s.scaled(x))) / 2n,
  tanh: (s, x) => {
    const e = s.exp(s.scaled(-2 * Math.abs(x)));
    return (x < 0 ? -1n : 1n) * s.div(s.one - e, s.one + e);
  },
  sigmoid: (s, x) => s.div(s.one, s.one + s.exp(s.scaled(-x))),
  softplus: (s, x) => s.log1p(s.exp(s.scaled(x))),
  erf: (s, x) => (Math.abs(x) > 8 ? (x < 0 ? -s.one : s.one) : s.erf(s.scaled(x))),
  pow: (s, x, y) => {
    const exponent = decompose(y);
    const magnitude = s.exp(shifted(s.log(Math.abs(x)) * exponent.mantissa, exponent.exponent));
    return x < 0 && y % 2 !== 0 ? -magnitude : magnitude;
  },
};

/** Whether the exact value of a function is known here. */
export function hasExactValue(name: ScalarName): boolean {
  return functions[name] !== undefined;
}

/**
 * How far a number is from the exact value of a function, in multiples of a unit that is a power of two.
 * @param near a number of the exact value's magnitude
 */
export function distance(
  result: number,
  name: ScalarName,
  [x, y = 0]: readonly number[],
  near: number,
  unit: number,
): number {
  const b = 160 + Math.max(0, -Math.floor(Math.log2(Math.abs(near))));
  const exact = functions[name]!(new Scale(b), x!, y);
  const difference = scaled(result, b + 20) - (exact << 20n);
  return Number(difference < 0n ? -difference / scaled(unit, b) : difference / scaled(unit, b)) / 2 ** 20;
}
