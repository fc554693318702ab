/**
 * @file Makes a kernel's loops few and long: drops loops that run once and merges neighbours that every index walks as one.
 */
import {
  type Expression,
  expressionsOf,
  type Index,
  type LoopKernel,
  mapExpression,
  type Store,
  subexpressions,
} from './kernel.ts';

/** An equivalent kernel with as few loops as its indices allow. */
export function collapse(kernel: LoopKernel): LoopKernel {
  const extents = [...kernel.kept, ...kernel.reduced];
  const indices = indicesOf(kernel);
  // groups[g] lists the old loops that form new loop g, outermost first.
  const groups: { loops: number[]; reduced: boolean }[] = [];
  extents.forEach((extent, loop) => {
    if (extent === 1) return;
    const reduced = loop >= kernel.kept.length;
    const previous = groups.at(-1);
    const neighbour = previous?.reduced === reduced ? previous.loops.at(-1) : undefined;
    const asOne = ({ strides }: Index): boolean => strides[neighbour!] === strides[loop]! * extent;
    if (previous !== undefined && neighbour !== undefined && indices.every(asOne)) previous.loops.push(loop);
    else groups.push({ loops: [loop], reduced });
  });
  const extentOf = ({ loops }: { loops: number[] }): number =>
    loops.reduce((product, loop) => product * extents[loop]!, 1);
  const mapIndex = ({ offset, strides }: Index): Index => ({
    offset,
    strides: groups.map(({ loops }) => strides[loops.at(-1)!]!),
  });
  const done = new Map<Expression, Expression>();
  const map = (expression: Expression): Expression => mapExpression(expression, mapIndex, done);
  return {
    kind: 'loop',
    kept: groups.filter(({ reduced }) => !reduced).map(extentOf),
    reduced: groups.filter(({ reduced }) => reduced).map(extentOf),
    reductions: kernel.reductions.map((reduction) => ({ ...reduction, value: map(reduction.value) })),
    stores: kernel.stores.map(
      (store): Store => ({
        ...store,
        index: mapIndex(store.index),
        value: map(store.value),
        row: store.row && { ...store.row, row: map(store.row.row) },
      }),
    ),
  };
}

/** Every index a kernel uses. */
export function indicesOf(kernel: LoopKernel): Index[] {
  const inside = subexpressions(expressionsOf(kernel)).flatMap((expression): Index[] => {
    switch (expression.kind) {
      case 'load':
      case 'coordinate':
        return [expression.index];
      case 'random':
        return [expression.position];
      case 'guard':
        return expression.bounds.map(({ index }) => index);
      default:
        return [];
    }
  });
  return [...inside, ...kernel.stores.map(({ index }) => index)];
}
