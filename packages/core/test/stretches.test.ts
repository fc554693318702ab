/**
 * @file Where sums are cut into stretches: none so long that rounding adds up, none so short that ending them costs much.
 */
import fc from 'fast-check';
import { cutOf } from '../src/backends/wasm/stretches.ts';
import { laneSweep, rowSweep, type Sweep } from '../src/backends/wasm/sweep.ts';
import { sizeOf } from '../src/shape.ts';

const extent = fc.integer({ min: 1, max: 3000 });
const repeated = fc.integer({ min: 1, max: 4 });
const sweeps: fc.Arbitrary<Sweep> = fc.oneof(
  fc.tuple(extent, repeated).map(([points, perPass]) => laneSweep(0, points, perPass)),
  fc
    .tuple(extent, repeated, fc.boolean())
    .map(([points, rows, isApart]) => rowSweep(0, points, rows, { sums: isApart ? rows : 1, count: 4 })),
);
const plain = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 3 });

/** How many elements the longest sum takes up: in all, in a stretch, and in one of what the last pass leaves. */
function lengths(sweep: Sweep, extents: readonly number[]): { all: number; stretch: number; rest: number } {
  const { depth, passes, counts } = cutOf(sweep, extents);
  const longest = (elements: readonly number[]): number => Math.max(...elements) / sweep.sums;
  const passesOfSweep = sweep.end / sweep.step;
  const inSweep = sweep.counts.map((count, lane) => count * passesOfSweep + sweep.restCounts[lane]!);
  return {
    all: longest(inSweep.map((count) => count * sizeOf(extents))),
    stretch: longest(counts) * (passes ?? 1),
    rest: depth === extents.length && passes !== null ? longest(sweep.restCounts) : 0,
  };
}

test('no sum takes up more than 256 elements in a stretch', () => {
  fc.assert(
    fc.property(sweeps, plain, (sweep, extents) => {
      const { stretch, rest } = lengths(sweep, extents);
      expect(Math.max(stretch, rest)).toBeLessThanOrEqual(256);
    }),
  );
});

test('a sum takes up 64 elements in a stretch, or all if there are fewer', () => {
  fc.assert(
    fc.property(sweeps, plain, (sweep, extents) => {
      const { all, stretch } = lengths(sweep, extents);
      expect(stretch).toBeGreaterThanOrEqual(Math.min(64, all));
    }),
  );
});
