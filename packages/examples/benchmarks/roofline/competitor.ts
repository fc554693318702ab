/**
 * @file The machine as a competitor: for each benchmark it does as many multiplications and additions, or moves as many
 * bytes, and nothing else.
 */
import { setFlagsFromString } from 'node:v8';
import { type Benchmark, benchmarks, limits, type Work } from '../benchmarks.ts';
import type { Competitor, Step } from '../competitor.ts';
import { assemble, binaryOf, copyBlock, copyText, flopsPerTurn, multiplyAddText } from './loops.ts';

const works: ReadonlyMap<string, Benchmark> = new Map<string, Benchmark>([
  ...Object.entries(benchmarks),
  ...Object.entries(limits),
]);

/** Whether the engine takes relaxed SIMD, as it stands and when told to; Node 20 has to be told. */
async function relaxedSimd(): Promise<{ asItStands: boolean; whenTold: boolean }> {
  const module = await binaryOf(multiplyAddText({ lanes: 'f32x4', fused: true }));
  const isValid = (): boolean => WebAssembly.validate(module);
  const asItStands = isValid();
  // Newer engines know no such flag and complain, but they need none.
  if (!asItStands) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return { asItStands, whenTold: isValid() };
}

async function stepFor(work: Work, fused: boolean): Promise<Step> {
  if (work.unit === 'bytes') {
    const bytes = Math.ceil(work.amount / (2 * copyBlock)) * 2 * copyBlock;
    const run = await assemble(copyText(bytes));
    return () => run(bytes);
  }
  const options = { lanes: work.dtype === 'f32' ? 'f32x4' : 'f64x2', fused } as const;
  const run = await assemble(multiplyAddText(options));
  const turns = Math.ceil(work.amount / flopsPerTurn(options));
  return () => run(turns);
}

export async function load(): Promise<Competitor> {
  const canFuse = await relaxedSimd();
  return {
    version: canFuse.asItStands ? 'fused multiply-add' : 'multiply, then add',
    prepare: async (key) => {
      const work = works.get(key)?.work ?? null;
      if (work === null) throw new Error('nothing but overhead');
      const fused = key.endsWith('-fused');
      if (fused && !canFuse.whenTold) throw new Error('the engine has no relaxed SIMD');
      return stepFor(work, Object.hasOwn(limits, key) ? fused : canFuse.asItStands);
    },
  };
}
