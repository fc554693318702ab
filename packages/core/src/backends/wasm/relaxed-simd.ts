/**
 * @file Whether products are added in one rounding: where the engine has relaxed SIMD, unless that is not wanted.
 */
import { FunctionBuilder, ModuleBuilder } from './assembler.ts';
import { f32x4, v128 } from './instructions.ts';
import { webAssembly } from './web-assembly.ts';

let isWanted = true;
let isKnown: boolean | undefined;

/** Chooses whether products are added in one rounding where that is possible. */
export function wantFusedMultiplyAdd(wanted: boolean): void {
  isWanted = wanted;
}

/** Whether modules multiply and add in one instruction. */
export function fusesMultiplyAdd(): boolean {
  return isWanted && hasFusedMultiplyAdd();
}

/** Whether the engine can. */
export function hasFusedMultiplyAdd(): boolean {
  isKnown ??= validates();
  return isKnown;
}

function validates(): boolean {
  const module = new ModuleBuilder({ minimumPages: 0, maximumPages: 1, shared: false });
  const fn = new FunctionBuilder('fused', []);
  const zero = v128.const(new Array<number>(16).fill(0));
  const sum = fn.local('v128');
  fn.emit(sum.set(f32x4.relaxedMadd(zero, zero, zero)));
  module.add(fn);
  return webAssembly.validate(module.encode());
}
