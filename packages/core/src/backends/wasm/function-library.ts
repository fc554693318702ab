/**
 * @file Every scalar function on four elements: an instruction where there is one, else a formula, written in place or
 * once into the module and called, or a call per lane of the table's own evaluation.
 */
import { type DType, isFloat } from '../../dtype.ts';
import { invariant } from '../../errors.ts';
import { type ScalarName, scalarFunction, scalarFunctions } from '../../graph/scalar-functions.ts';
import { FunctionBuilder, type Code, type ModuleBuilder } from './assembler.ts';
import { cosh, exp, expm1, sigmoid, sinh, tanh } from './exponential.ts';
import { type Formula, FormulaWriter, type LaneType, type SharedFunction } from './formula-writer.ts';
import { directCode, keep, type Lanes, register, splatConstant } from './lanes.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4 } from './instructions.ts';
import { log, log1p, softplus } from './logarithm.ts';

/** The name under which a function on 32-bit integers is imported. */
function integerName(name: ScalarName): string {
  return `${name}-i32`;
}

/** What modules import: the scalar table by name, on float64 numbers; integers have functions of their own. */
export const importedFunctions: Readonly<Record<string, (a: number, b: number, c: number) => number>> =
  Object.fromEntries(
    (Object.keys(scalarFunctions) as ScalarName[]).flatMap((name) => {
      const { evaluate, integer = evaluate } = scalarFunction(name);
      return [
        [name, evaluate],
        [integerName(name), (a: number, b: number, c: number) => integer(a, b, c) | 0],
      ];
    }),
  );

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

const functions = {
  exp: inPlace(exp),
  expm1: inPlace(expm1),
  log: inPlace(log),
  log1p: inPlace(log1p),
  tanh: inPlace(tanh),
  sigmoid: inPlace(sigmoid),
  softplus: inPlace(softplus),
  reciprocal: inPlace(($, x) => $.div(1, x)),
  rsqrt: inPlace(($, x) => $.div(1, $.sqrt(x))),
  sinh: inPlace(sinh),
  cosh: inPlace(cosh),
} satisfies Partial<Record<ScalarName, FunctionEntry>>;

/** The functions that are not called lane by lane. */
export const vectorized = Object.keys(functions) as (keyof typeof functions)[];

function entryOf(name: ScalarName): FunctionEntry | undefined {
  return Object.hasOwn(functions, name) ? functions[name as keyof typeof functions] : undefined;
}

/** The functions of one module. */
export class FunctionLibrary {
  readonly #module: ModuleBuilder;
  readonly #shared = new Map<string, FunctionBuilder>();

  constructor(module: ModuleBuilder) {
    this.#module = module;
  }

  /** The code of a function, for the first `count` lanes. Operands are cheap to repeat. */
  apply(
    fn: FunctionBuilder,
    name: ScalarName,
    operands: readonly Lanes[],
    dtype: DType,
    count: number,
  ): Lanes {
    const direct = directCode(name, operands);
    if (direct !== null) return direct;
    const entry = entryOf(name);
    const formula = isFloat(dtype) ? entry?.float : entry?.integer;
    if (formula === undefined) return this.#callTable(fn, name, operands, dtype, count);
    invariant(dtype !== 'bool', `${name} is not computed in bool`);
    const $ = new FormulaWriter(fn, dtype, this);
    const [first, second = first] = operands.map(({ parts }) => parts);
    const parts = first!.map((a, part) => {
      const registers = [a, second![part]!].slice(0, operands.length);
      return entry?.isCalled === true
        ? $.call(sharedFormula(name, dtype, formula, operands.length), registers)
        : formula($, a, second![part]!);
    });
    return { dtype, parts };
  }

  #callTable(
    fn: FunctionBuilder,
    name: ScalarName,
    operands: readonly Lanes[],
    dtype: DType,
    count: number,
  ): Lanes {
    const result = register(fn, dtype);
    fn.emit(result.set(splatConstant(0, dtype)));
    for (let lane = 0; lane < count; lane++) {
      const numbers = [0, 1, 2].map((k) =>
        operands[k] === undefined ? f64.const(0) : laneNumber(operands[k], lane),
      );
      const value = this.#module.callImport(
        {
          name: dtype === 'i32' ? integerName(name) : name,
          parameters: ['f64', 'f64', 'f64'],
          result: 'f64',
        },
        numbers,
      );
      const part = dtype === 'f64' ? lane >> 1 : 0;
      const local = result.locals[part]!;
      fn.emit(local.set(replaceLane(local.get, dtype, lane, value)));
    }
    return keep(fn, result.value);
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

/** One lane as an f64 number. */
function laneNumber({ dtype, parts }: Lanes, lane: number): Code {
  switch (dtype) {
    case 'f64':
      return f64x2.extractLane(lane % 2, parts[lane >> 1]!);
    case 'f32':
      return f64.promoteF32(f32x4.extractLane(lane, parts[0]!));
    case 'i32':
      return f64.convertI32S(i32x4.extractLane(lane, parts[0]!));
    case 'bool':
      return f64.convertI32S(i32.and(i32x4.extractLane(lane, parts[0]!), i32.const(1)));
  }
}

function replaceLane(vector: Code, dtype: DType, lane: number, value: Code): Code {
  switch (dtype) {
    case 'f64':
      return f64x2.replaceLane(lane % 2, vector, value);
    case 'f32':
      return f32x4.replaceLane(lane, vector, f32.demoteF64(value));
    default:
      return i32x4.replaceLane(lane, vector, i32.truncSatF64S(value));
  }
}
