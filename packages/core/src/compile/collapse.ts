/**
 * @file Makes a kernel's loops few and long: drops loops that run once and merges neighbours that every index walks as one.
 */
import {
  expressionsOf,
  type Index,
  indicesOf,
  type LoopKernel,
  mapPhase,
  storesOf,
  subexpressions,
} from './kernel.ts';

interface Group {
  /** The old loops that form one new loop, outermost first. */
  readonly loops: number[];
  readonly isOuter: boolean;
}

/**
 * An equivalent kernel with as few loops as its indices allow.
 * @param apart loops before this number are not merged with those from it on
 */
export function collapse(kernel: LoopKernel, apart = 0): LoopKernel {
  const extents = [...kernel.outer, ...kernel.inner];
  const inside = subexpressions(expressionsOf(kernel)).flatMap(indicesOf);
  const indices = [...inside, ...storesOf(kernel).map(({ index }) => index)];
  const groups: Group[] = [];
  extents.forEach((extent, loop) => {
    if (extent === 1) return;
    const isOuter = loop < kernel.outer.length;
    const previous = groups.at(-1);
    const last = previous?.isOuter === isOuter ? previous.loops.at(-1) : undefined;
    const neighbour = last !== undefined && last < apart && loop >= apart ? undefined : last;
    const asOne = ({ strides }: Index): boolean => strides[neighbour!] === strides[loop]! * extent;
    if (previous !== undefined && neighbour !== undefined && indices.every(asOne)) previous.loops.push(loop);
    else groups.push({ loops: [loop], isOuter });
  });
  const extentOf = ({ loops }: Group): number => loops.reduce((product, loop) => product * extents[loop]!, 1);
  const mapIndex = ({ offset, strides }: Index): Index => ({
    offset,
    strides: groups.map(({ loops }) => strides[loops.at(-1)!]!),
  });
  return {
    kind: 'loop',
    outer: groups.filter(({ isOuter }) => isOuter).map(extentOf),
    inner: groups.filter(({ isOuter }) => !isOuter).map(extentOf),
    phases: kernel.phases.map((phase) => mapPhase(phase, mapIndex)),
  };
}
