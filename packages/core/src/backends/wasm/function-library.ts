/**
 * @file Every scalar function on four elements: an instruction where there is one, else a formula, written in place or
 * once into the module and called. A new function is one entry here.
 */
import { type DType, isFloat } from '../../dtype.ts';
import { invariant } from '../../errors.ts';
import type { ScalarName } from '../../graph/scalar-functions.ts';
import { FunctionBuilder, type Code, type ModuleBuilder } from './assembler.ts';
import { erf } from './error-function.ts';
import { cosh, exp, expm1, sigmoid, sinh, tanh } from './exponential.ts';
import { type Formula, FormulaWriter, type LaneType, type SharedFunction } from './formula-writer.ts';
import { acos, asin, atan, atan2 } from './inverse-trigonometric.ts';
import { type DirectName, directCode, type Lanes } from './lanes.ts';
import { log, log1p, softplus } from './logarithm.ts';
import { integerPower, pow } from './power.ts';
import { integerRemainder, remainder } from './remainder.ts';
import { integerSign, sign } from './sign.ts';
import { cos, sin, tan } from './trigonometric.ts';

/** How a function is computed. */
interface FunctionEntry {
  /** For f32 and f64. */
  readonly float: Formula;
  /** For i32, where the function keeps integers. */
  readonly integer?: Formula;
  /** Whether the code is too long to be repeated. */
  readonly isCalled?: true;
}

const inPlace = (float: Formula): FunctionEntry => ({ float });
const called = (float: Formula): FunctionEntry => ({ float, isCalled: true });

const functions = {
  exp: inPlace(exp),
  expm1: inPlace(expm1),
  log: inPlace(log),
  log1p: inPlace(log1p),
  tanh: inPlace(tanh),
  sigmoid: inPlace(sigmoid),
  softplus: inPlace(softplus),
  erf: inPlace(erf),
  reciprocal: inPlace(($, x) => $.div(1, x)),
  rsqrt: inPlace(($, x) => $.div(1, $.sqrt(x))),
  sign: { float: sign, integer: integerSign },
  sin: called(sin),
  cos: called(cos),
  tan: called(tan),
  asin: inPlace(asin),
  acos: inPlace(acos),
  atan: inPlace(atan),
  atan2: called(atan2),
  sinh: inPlace(sinh),
  cosh: inPlace(cosh),
  pow: { float: pow, integer: integerPower, isCalled: true },
  remainder: { float: remainder, integer: integerRemainder, isCalled: true },
} satisfies Record<Exclude<ScalarName, DirectName>, FunctionEntry>;

/** Whether a function is more than an instruction. */
export const hasFormula = (name: ScalarName): boolean => Object.hasOwn(functions, name);

function entryOf(name: ScalarName): FunctionEntry {
  invariant(hasFormula(name), `${name} has no formula`);
  return functions[name as keyof typeof functions];
}

/** The functions of one module. */
export class FunctionLibrary {
  readonly #module: ModuleBuilder;
  readonly #shared = new Map<string, FunctionBuilder>();
  /** Whether products are added in one rounding. */
  readonly isFused: boolean;

  constructor(module: ModuleBuilder, isFused: boolean) {
    this.#module = module;
    this.isFused = isFused;
  }

  /** The code of a function. Operands are cheap to repeat. */
  apply(fn: FunctionBuilder, name: ScalarName, operands: readonly Lanes[], dtype: DType): Lanes {
    return directCode(name, operands) ?? this.applyFormula(fn, name, [operands], dtype)[0]!;
  }

  /** The code of a function that no instruction computes, for one or more lists of operands in turns. */
  applyFormula(
    fn: FunctionBuilder,
    name: ScalarName,
    operands: readonly (readonly Lanes[])[],
    dtype: DType,
  ): Lanes[] {
    const { float, integer, isCalled } = entryOf(name);
    const formula = isFloat(dtype) ? float : integer;
    invariant(formula !== undefined && dtype !== 'bool', `${name} is not computed in ${dtype}`);
    const $ = new FormulaWriter(fn, dtype, this);
    const write = (registers: readonly Code[]): Code => {
      const [a, b = a] = registers;
      return isCalled === true
        ? $.call(sharedFormula(name, dtype, formula, registers.length), registers)
        : formula($, a!, b!);
    };
    const registers = operands.flatMap((each) =>
      each[0]!.parts.map((_, part) => each.map(({ parts }) => parts[part]!)),
    );
    const parts = fn.inTurns(registers.map((each) => () => write(each)));
    const perValue = parts.length / operands.length;
    return operands.map((_, k) => ({ dtype, parts: parts.slice(k * perValue, (k + 1) * perValue) }));
  }

  call(shared: SharedFunction, operands: readonly Code[]): Code {
    let fn = this.#shared.get(shared.name);
    if (fn === undefined) {
      fn = new FunctionBuilder(shared.name, shared.parameters, shared.result);
      this.#shared.set(shared.name, fn);
      fn.emit(
        shared.write(
          fn,
          fn.parameters.map(({ get }) => get),
          this,
        ),
      );
      this.#module.add(fn);
    }
    return this.#module.call(fn, operands);
  }
}

function sharedFormula(name: ScalarName, type: LaneType, formula: Formula, arity: number): SharedFunction {
  return {
    name: `${name}-${type}`,
    parameters: new Array<'v128'>(arity).fill('v128'),
    result: 'v128',
    write: (fn, parameters, functions) => {
      const [a, b = a] = parameters;
      return formula(new FormulaWriter(fn, type, functions), a!, b!);
    },
  };
}
