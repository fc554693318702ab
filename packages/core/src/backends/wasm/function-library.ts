/**
 * @file Every scalar function on four elements: an instruction where there is one, a formula where one is
 * written, else a call per lane of the table's own evaluation.
 */
import { type DType, isFloat } from '../../dtype.ts';
import { type ScalarName, scalarFunction, scalarFunctions } from '../../graph/scalar-functions.ts';
import type { Code, FunctionBuilder, ModuleBuilder } from './assembler.ts';
import { elementary } from './elementary.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4 } from './instructions.ts';
import { directCode, keep, type Lanes, register, splatConstant } from './lanes.ts';

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

export class FunctionLibrary {
  readonly #module: ModuleBuilder;

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
    const formula = isFloat(dtype) ? elementary[name] : undefined;
    return formula === undefined ? this.#call(fn, name, operands, dtype, count) : formula(fn, operands[0]!);
  }

  #call(
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
