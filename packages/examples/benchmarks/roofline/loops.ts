/**
 * @file Loops that do nothing but multiply and add in registers, or copy memory: what the machine's WebAssembly can do at
 * most. Their source is WebAssembly text, so that one can see that there is nothing else in them.
 */
import wabt from 'wabt';

export interface MultiplyAddOptions {
  readonly lanes: 'f32x4' | 'f64x2';
  /** Whether one instruction multiplies and adds: relaxed SIMD. */
  readonly fused: boolean;
}

/** Enough to keep every multiplier and adder busy while results are on their way, and few enough for 16 registers. */
const accumulators = 12;

/** Multiplications and additions of one turn of the loop. */
export const flopsPerTurn = ({ lanes }: MultiplyAddOptions): number =>
  2 * accumulators * (lanes === 'f32x4' ? 4 : 2);

/** `run(turns)`: a ← a·x + y for every accumulator a, so many times; the result is only there to be needed. */
export function multiplyAddText({ lanes, fused }: MultiplyAddOptions): string {
  const scalar = lanes.slice(0, 3);
  const names = Array.from({ length: accumulators }, (_, k) => `$a${k}`);
  const next = (a: string): string =>
    fused
      ? `(${lanes}.relaxed_madd (local.get ${a}) (local.get $x) (local.get $y))`
      : `(${lanes}.add (${lanes}.mul (local.get ${a}) (local.get $x)) (local.get $y))`;
  const sum = names.map((a) => `(local.get ${a})`).reduce((left, right) => `(${lanes}.add ${left} ${right})`);
  return `
(module
  (func (export "run") (param $turns i32) (result ${scalar})
    (local $x v128) (local $y v128) ${names.map((a) => `(local ${a} v128)`).join(' ')}
    (local.set $x (${lanes}.splat (${scalar}.const 0.75)))
    (local.set $y (${lanes}.splat (${scalar}.const 0.5)))
    (loop $again
      ${names.map((a) => `(local.set ${a} ${next(a)})`).join('\n      ')}
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    (${lanes}.extract_lane 0 ${sum})))`;
}

/** Bytes moved by one turn of the copying loop are a multiple of this: four vectors. */
export const copyBlock = 64;

/** `run(bytes)`: copies the first half of so many bytes to the second. */
export function copyText(bytes: number): string {
  const vectors = [0, 16, 32, 48];
  return `
(module
  (memory (export "memory") ${Math.ceil(bytes / 65_536)})
  (func (export "run") (param $bytes i32)
    (local $from i32) (local $half i32) (local $to i32)
    (local.set $half (i32.shr_u (local.get $bytes) (i32.const 1)))
    (local.set $to (local.get $half))
    (loop $again
      ${vectors.map((at) => `(v128.store offset=${at} (local.get $to) (v128.load offset=${at} (local.get $from)))`).join('\n      ')}
      (local.set $to (i32.add (local.get $to) (i32.const ${copyBlock})))
      (br_if $again (i32.lt_u
        (local.tee $from (i32.add (local.get $from) (i32.const ${copyBlock})))
        (local.get $half))))))`;
}

/** The module of a text, in bytes. */
export async function binaryOf(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const assembler = await wabt();
  const module = assembler.parseWat('loop.wat', text, { simd: true, relaxed_simd: true });
  return new Uint8Array(module.toBinary({}).buffer);
}

/** The loop of a text, ready to run. Its memory, if any, is in use: a page never written to would not be in memory at all. */
export async function assemble(text: string): Promise<(count: number) => unknown> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(await binaryOf(text)));
  if (exports['memory'] instanceof WebAssembly.Memory) new Uint8Array(exports['memory'].buffer).fill(1);
  return exports['run'] as (count: number) => unknown;
}
