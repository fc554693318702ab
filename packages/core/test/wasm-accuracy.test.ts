/**
 * @file How exact every function of the table is in WebAssembly: units in the last place over dense samples, in f32 from
 * the table's float64 value and in f64 from the exact one, and the table's own values at all special numbers.
 */
import {
  type ScalarFunction,
  type ScalarName,
  scalarFunction,
  scalarFunctions,
} from '../src/graph/scalar-functions.ts';
import { FunctionBuilder, ModuleBuilder } from '../src/backends/wasm/assembler.ts';
import { FunctionLibrary } from '../src/backends/wasm/function-library.ts';
import { splatConstant } from '../src/backends/wasm/lanes.ts';
import { hasFusedMultiplyAdd } from '../src/backends/wasm/relaxed-simd.ts';
import { webAssembly } from '../src/backends/wasm/web-assembly.ts';
import { type DType, dtypes as allDTypes, isFloat, roundTo } from '../src/dtype.ts';
import * as core from '../src/index.ts';
import { randomNumbers } from '../src/testing/sample.ts';
import { distance, hasExactValue } from './real-numbers.ts';
import { withBackend } from './with-backend.ts';

type FloatType = 'f32' | 'f64';

const names = Object.keys(scalarFunctions) as ScalarName[];
const floatNames = names.filter((name) => ['arithmetic', 'float'].includes(scalarFunction(name).dtypes));

const functions: Readonly<Record<string, (...operands: core.Tensor[]) => core.Tensor>> = core as never;

/** The results of a function on tuples of operands. */
function compute(
  name: ScalarName,
  tuples: readonly (readonly number[])[],
  dtypes: readonly DType[],
): number[] {
  const operands = dtypes.map((dtype, k) =>
    core.tensor(
      tuples.map((tuple) => tuple[k]!),
      { dtype },
    ),
  );
  return withBackend('wasm', () => Array.from(functions[name]!(...operands).data()));
}

/** The distance from a number to the next one in the dtype. */
function unitInLastPlace(value: number, dtype: FloatType): number {
  const [digits, lowest] = dtype === 'f32' ? [23, -149] : [52, -1074];
  const exponent = value === 0 ? lowest : Math.floor(Math.log2(Math.abs(value)));
  return 2 ** Math.max(exponent - digits, lowest);
}

/** How many units a result is from the value, which it equals where that is 0, ∞ or NaN in the dtype. */
function error(name: ScalarName, operands: readonly number[], result: number, dtype: FloatType): number {
  const [a, b = 0, c = 0] = operands;
  const expected = scalarFunction(name).evaluate(a!, b, c);
  const rounded = roundTo(dtype, expected);
  if (Object.is(result, rounded)) return 0;
  if (!Number.isFinite(rounded) || !Number.isFinite(result) || expected === 0) return Infinity;
  const unit = unitInLastPlace(expected, dtype);
  return dtype === 'f32' || !hasExactValue(name) || !operands.every(Number.isFinite)
    ? Math.abs(result - expected) / unit
    : distance(result, name, operands, expected, unit);
}

/** Numbers of every magnitude and sign, dense around 0 and 1, and random ones from a millionth to a hundred. */
function denseSamples(): number[] {
  const samples: number[] = [];
  const random = randomNumbers(7);
  for (let k = 0; k < 40_000; k++) samples.push((random() < 0.5 ? -1 : 1) * 10 ** (8 * random() - 6));
  for (let k = -4000; k <= 4000; k++) samples.push(k / 500, 1 + k / 40_000, k / 37);
  for (let exponent = -322; exponent <= 308; exponent++) {
    for (const factor of [1, 1.37, 2.9, 7.1]) samples.push(factor * 10 ** exponent, -factor * 10 ** exponent);
  }
  return samples;
}

/** Operands of a function: each dense sample alone, or with others of its own magnitude and of any. */
function tuples(arity: number, dtype: FloatType): number[][] {
  const samples = denseSamples().map((value) => roundTo(dtype, value));
  if (arity === 1) return samples.map((value) => [value]);
  const random = randomNumbers(arity);
  const drawn = (): number => samples[Math.floor(random() * samples.length)]!;
  return samples
    .filter((_, k) => k % 7 === 0)
    .flatMap((value) => [
      [value, drawn()],
      [value, roundTo(dtype, value * (random() - 0.5) * 8)],
      [roundTo(dtype, random() * 8), roundTo(dtype, (random() - 0.5) * 40)],
    ]);
}

describe.each<FloatType>(['f32', 'f64'])('in %s', (dtype) => {
  test.each(floatNames)('%s is within 2 units in the last place', (name) => {
    const { arity } = scalarFunction(name);
    const all = tuples(arity, dtype);
    // Exact values take long.
    const operands = dtype === 'f64' && hasExactValue(name) ? all.filter((_, k) => k % 67 === 0) : all;
    const results = compute(name, operands, new Array<DType>(arity).fill(dtype));
    let worst: { at: readonly number[]; result: number; units: number } = { at: [], result: 0, units: 0 };
    for (const [k, result] of results.entries()) {
      const units = error(name, operands[k]!, result, dtype);
      if (!(units <= worst.units)) worst = { at: operands[k]!, result, units };
    }
    if (!(worst.units <= 2))
      throw new Error(`${worst.units} units at ${worst.at.join(', ')}: ${worst.result}`);
  });
});

const specialNumbers: Readonly<Record<DType, readonly number[]>> = {
  f32: [
    0,
    1,
    2,
    3,
    0.5,
    2 ** 31,
    1.5 * 2 ** 100,
    2 ** 127 * (2 - 2 ** -23),
    2 ** -126,
    2 ** -149,
    Infinity,
  ].flatMap((value) => [value, -value]),
  f64: [0, 1, 2, 3, 0.5, 2 ** 31, 1.5 * 2 ** 800, Number.MAX_VALUE, 2 ** -1022, 2 ** -1074, Infinity].flatMap(
    (value) => [value, -value],
  ),
  i32: [0, 1, -1, 2, -2, 3, -3, 7, -7, 31, 32, 46_341, -46_341, 2 ** 31 - 1, 1 - 2 ** 31, -(2 ** 31)],
  bool: [0, 1],
};

/** The dtypes of the operands, for every dtype that a function is defined for. */
function operandDTypes({ arity, dtypes }: ScalarFunction): DType[][] {
  const same = (dtype: DType): DType[] => new Array<DType>(arity).fill(dtype);
  switch (dtypes) {
    case 'logical':
      return [same('bool')];
    case 'float':
      return (['f32', 'f64'] as const).map(same);
    case 'arithmetic':
      return (['f32', 'f64', 'i32'] as const).map(same);
    case 'comparison':
      return allDTypes.map(same);
    case 'selection':
      return allDTypes.map((dtype) => ['bool', dtype, dtype]);
  }
}

/** All tuples of one element from each list. */
const product = (lists: readonly (readonly number[])[]): number[][] =>
  lists.reduce<number[][]>(
    (all, list) => all.flatMap((tuple) => list.map((value) => [...tuple, value])),
    [[]],
  );

test.each(
  names.flatMap((name) => operandDTypes(scalarFunction(name)).map((dtypes) => [name, dtypes] as const)),
)('%s of special values of %j is the table’s', (name, dtypes) => {
  const { evaluate, integer = evaluate, dtypes: rule } = scalarFunction(name);
  const operands = product(
    dtypes.map((dtype) => (isFloat(dtype) ? [...specialNumbers[dtype], NaN] : specialNumbers[dtype])),
  );
  const results = compute(name, operands, dtypes);
  const dtype = rule === 'comparison' ? 'bool' : dtypes.at(-1)!;
  for (const [k, result] of results.entries()) {
    const [a, b = 0, c = 0] = operands[k]!;
    const isExact =
      dtype === 'f32' || dtype === 'f64'
        ? error(name, operands[k]!, result, dtype) <= 2
        : Object.is(result, roundTo(dtype, dtype === 'i32' ? integer(a!, b, c) : evaluate(a!, b, c)));
    if (!isExact) throw new Error(`${name}(${operands[k]!.join(', ')}) is ${result}`);
  }
});

test('a module of all functions runs with nothing but the memory', () => {
  const module = new ModuleBuilder({ minimumPages: 1, maximumPages: 1, shared: false });
  const library = new FunctionLibrary(module, hasFusedMultiplyAdd());
  const fn = new FunctionBuilder('all', []);
  for (const name of names) {
    for (const dtypes of operandDTypes(scalarFunction(name)))
      library.apply(
        fn,
        name,
        dtypes.map((dtype) => splatConstant(1, dtype)),
        dtypes.at(-1)!,
      );
  }
  module.add(fn);
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new webAssembly.Instance(new webAssembly.Module(module.encode()), {
    windfall: { memory },
  });
  (exports['all'] as () => void)();
});
