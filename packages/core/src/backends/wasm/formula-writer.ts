/**
 * @file The language in which formulas are written: arithmetic on one vector register, whose results are kept in locals,
 * so that code reads as the maths does. It knows no function by name.
 */
import { branchIf, type Code, type FunctionBuilder, loop, type ValueType, when } from './assembler.ts';
import { multiplyAdd } from './multiply-add.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4, i64, i64x2, v128 } from './instructions.ts';

/** What the lanes of a register hold: four f32 or i32, or two f64. */
export type LaneType = 'f32' | 'f64' | 'i32';

/** A register that is cheap to repeat, or one number for all lanes. */
export type Operand = Code | number;

/** The value of a function on one register of each operand. */
export type Formula = ($: FormulaWriter, a: Code, b: Code) => Code;

/** A function that is written once into a module, when first called. */
export interface SharedFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
  /** Emits the body and gives its value. */
  readonly write: (fn: FunctionBuilder, parameters: readonly Code[], functions: SharedFunctions) => Code;
}

/** The functions of a module. */
export interface SharedFunctions {
  /** Whether products are added in one rounding. */
  readonly isFused: boolean;
  /** The code of a call. */
  readonly call: (shared: SharedFunction, operands: readonly Code[]) => Code;
}

/** A value that changes where control flow splits. */
export interface Variable {
  readonly get: Code;
  readonly set: (value: Code) => void;
}

/** How the numbers of a float type are made: sign, exponent plus bias, fraction of so many digits. */
interface FloatFormat {
  readonly digits: number;
  readonly bias: number;
  readonly smallestNormal: number;
  /** A number below which 1 + x is 1. */
  readonly negligible: number;
}

const floatFormats: Readonly<Record<'f32' | 'f64', FloatFormat>> = {
  f32: { digits: 23, bias: 127, smallestNormal: 2 ** -126, negligible: 2 ** -26 },
  f64: { digits: 52, bias: 1023, smallestNormal: 2 ** -1022, negligible: 2 ** -55 },
};

const floatInstructions = { f32: f32x4, f64: f64x2 } as const;
const bitInstructions = { f32: i32x4, i32: i32x4, f64: i64x2 } as const;

/** Appends a formula's instructions to a function. Every method gives a local, unless it says otherwise. */
export class FormulaWriter {
  readonly type: LaneType;
  readonly fn: FunctionBuilder;
  readonly functions: SharedFunctions;

  constructor(fn: FunctionBuilder, type: LaneType, functions: SharedFunctions) {
    this.fn = fn;
    this.type = type;
    this.functions = functions;
  }

  /** The same place in the code, for registers of another type. */
  as(type: LaneType): FormulaWriter {
    return new FormulaWriter(this.fn, type, this.functions);
  }

  /** One of several things by the type of the lanes, which is a float. */
  choose<T>(choices: Readonly<Record<'f32' | 'f64', T>>): T {
    return choices[this.#float];
  }

  get format(): FloatFormat {
    return floatFormats[this.#float];
  }

  get #float(): 'f32' | 'f64' {
    return this.type === 'f64' ? 'f64' : 'f32';
  }

  get #instructions(): typeof f32x4 | typeof f64x2 {
    return floatInstructions[this.#float];
  }

  get #bits(): typeof i32x4 | typeof i64x2 {
    return bitInstructions[this.type];
  }

  keep(value: Code, type: ValueType = 'v128'): Code {
    const local = this.fn.local(type);
    this.fn.emit(local.set(value));
    return local.get;
  }

  variable(initial: Code): Variable {
    const local = this.fn.local('v128');
    this.fn.emit(local.set(initial));
    return {
      get: local.get,
      set: (value) => {
        this.fn.emit(local.set(value));
      },
    };
  }

  /** Runs what `body` emits only where a condition on the stack is not 0. */
  when(condition: Code, body: () => void): void {
    const start = this.fn.body.length;
    body();
    this.fn.emit(when(condition, this.fn.body.splice(start)));
  }

  /** Repeats what `body` emits while its condition, on the stack, is not 0. */
  loop(body: () => Code): void {
    const start = this.fn.body.length;
    const condition = body();
    this.fn.emit(loop([this.fn.body.splice(start), branchIf(condition, 0)]));
  }

  call(shared: SharedFunction, operands: readonly Code[]): Code {
    return this.keep(this.functions.call(shared, operands), shared.result);
  }

  /** Code that pushes an operand. */
  #push(operand: Operand): Code {
    if (typeof operand !== 'number') return operand;
    return this.fn.constant(this.type, operand, () => {
      switch (this.type) {
        case 'f32':
          return f32x4.splat(f32.const(operand));
        case 'f64':
          return f64x2.splat(f64.const(operand));
        case 'i32':
          return i32x4.splat(i32.const(operand));
      }
    });
  }

  /** All lanes equal. */
  constant(value: number): Code {
    return this.#push(value);
  }

  /** Lanes of which every bit is given; not a local. */
  bits(value: bigint): Code {
    return this.fn.constant(`bits of ${this.type}`, value, () =>
      this.type === 'f64'
        ? i64x2.splat(i64.const(value))
        : i32x4.splat(i32.const(Number(BigInt.asIntN(32, value)))),
    );
  }

  #binary(instruction: (a: Code, b: Code) => Code, a: Operand, b: Operand): Code {
    return this.keep(instruction(this.#push(a), this.#push(b)));
  }

  add(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.add : this.#instructions.add, a, b);
  }

  sub(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.sub : this.#instructions.sub, a, b);
  }

  mul(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.mul : this.#instructions.mul, a, b);
  }

  div(a: Operand, b: Operand): Code {
    return this.#binary(this.#instructions.div, a, b);
  }

  /** The smaller; the first if one is NaN. */
  lower(a: Operand, b: Operand): Code {
    return this.#binary(this.#instructions.pmin, a, b);
  }

  /** The larger; the first if one is NaN. */
  upper(a: Operand, b: Operand): Code {
    return this.#binary(this.#instructions.pmax, a, b);
  }

  sqrt(a: Code): Code {
    return this.keep(this.#instructions.sqrt(a));
  }

  abs(a: Code): Code {
    return this.keep(this.#instructions.abs(a));
  }

  negate(a: Code): Code {
    return this.keep(this.#instructions.neg(a));
  }

  floor(a: Code): Code {
    return this.keep(this.#instructions.floor(a));
  }

  truncate(a: Code): Code {
    return this.keep(this.#instructions.trunc(a));
  }

  less(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.ltS : this.#instructions.lt, a, b);
  }

  greater(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.gtS : this.#instructions.gt, a, b);
  }

  greaterEqual(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.geS : this.#instructions.ge, a, b);
  }

  equal(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.eq : this.#instructions.eq, a, b);
  }

  notEqual(a: Operand, b: Operand): Code {
    return this.#binary(this.type === 'i32' ? i32x4.ne : this.#instructions.ne, a, b);
  }

  and(a: Operand, b: Operand): Code {
    return this.#binary(v128.and, a, b);
  }

  /** The bits of `a` that `b` lacks. */
  without(a: Operand, b: Operand): Code {
    return this.#binary(v128.andnot, a, b);
  }

  or(a: Operand, b: Operand): Code {
    return this.#binary(v128.or, a, b);
  }

  xor(a: Operand, b: Operand): Code {
    return this.#binary(v128.xor, a, b);
  }

  not(a: Code): Code {
    return this.keep(v128.not(a));
  }

  /** Where the mask is set the first, else the second. */
  select(mask: Code, yes: Operand, no: Operand): Code {
    return this.keep(v128.bitselect(this.#push(yes), this.#push(no), mask));
  }

  /** Whether any bit is set, as an i32 on the stack. */
  any(mask: Code): Code {
    return v128.anyTrue(mask);
  }

  /** Sums, differences and equality of whole lanes as integers. */
  addBits(a: Operand, b: Operand): Code {
    return this.#binary(this.#bits.add, a, b);
  }

  subBits(a: Operand, b: Operand): Code {
    return this.#binary(this.#bits.sub, a, b);
  }

  equalBits(a: Operand, b: Operand): Code {
    return this.#binary(this.#bits.eq, a, b);
  }

  /** Whether the sign bit is set, also of zeros and NaN. */
  isSignSet(a: Code): Code {
    return this.keep(this.#bits.ltS(a, this.bits(0n)));
  }

  shiftLeft(a: Code, places: number): Code {
    return this.keep(this.#bits.shl(a, i32.const(places)));
  }

  /** With zeros from the left. */
  shiftRight(a: Code, places: number): Code {
    return this.keep(this.#bits.shrU(a, i32.const(places)));
  }

  /** The sign bit alone. */
  signOf(a: Code): Code {
    return this.and(a, -0);
  }

  /** A number without a sign bit, with that of another. */
  withSign(magnitude: Code, a: Code): Code {
    return this.or(magnitude, this.signOf(a));
  }

  /** Σ coefficients[k]·xᵏ by Horner's rule. */
  polynomial(x: Code, coefficients: readonly number[]): Code {
    const step = multiplyAdd(this.type, this.functions.isFused);
    return coefficients
      .map((coefficient) => this.#push(coefficient))
      .reduceRight((sum, coefficient) => this.keep(step(coefficient, sum, x)));
  }
}
