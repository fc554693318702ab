/**
 * @file A loop kernel in the making: takes up stored values one by one, as long as they walk the same space and nothing
 * is read before it is written.
 */
import { bytesPerElement } from '../dtype.ts';
import { invariant } from '../errors.ts';
import { isOp, type Node } from '../graph/node.ts';
import { equalShapes, sizeOf, stridesOf } from '../shape.ts';
import { combine, type Coordinates, coordinatesFor, mergedCoordinates, significant } from './coordinates.ts';
import { type Inliner, Scope } from './inline.ts';
import {
  type Expression,
  type Index,
  type LoopKernel,
  mapPhase,
  type Phase,
  type Reduction,
  rewriter,
  sameIndex,
  type Store,
  subexpressions,
} from './kernel.ts';

/** What is stored where: every point of the space, or once per point of the outer loops. */
type Level = 'point' | 'result';

interface Produced {
  readonly phase: number;
  readonly level: Level;
  readonly index: Index;
  readonly value: Expression;
}

interface PhaseInTheMaking {
  readonly reductions: Reduction[];
  readonly stores: Store[];
  readonly results: Store[];
}

/** That a kernel can take up a value. */
export interface Offer {
  /** What it would then read beyond what it reads already. */
  readonly bytes: number;
  readonly take: () => void;
}

/** A value to take up: its expression in the space's loops, what it is folded by, where it goes. */
interface Candidate {
  readonly value: Expression;
  readonly level: Level;
  readonly index: Index;
  readonly buffer: number;
  readonly reduce: Node<'reduce'> | null;
}

/** Fewer outer points than this are not worth giving up the freedom to run the others in parallel. */
const fewestOuterPoints = 16;

/** Larger kernels compile slowly and gain nothing more from sharing their loads. */
const mostOperations = 1000;

/** Spaces up to this size gain more from fewer kernels than from parallel ones. */
const smallSpace = 1 << 14;

export class LoopBuilder {
  /** The extents that every full-size value here has, or that split its own, axes of extent 1 left out. */
  readonly #space: readonly number[];
  /** Which loops the reductions keep; null while there is none. */
  #kept: readonly boolean[] | null = null;
  readonly #phases: PhaseInTheMaking[] = [];
  readonly #produced = new Map<number, Produced>();
  /** Which buffers each phase's sweep reads in full. */
  readonly #largeLoads: Set<number>[] = [];
  #operations = 0;
  readonly #scope: Scope;
  readonly #inliner: Inliner;
  /** The first phase with a sweep: where the kernel was widened, what it held before comes first. */
  readonly #firstSweep: number;
  readonly #taken: { readonly node: Node; readonly buffer: number }[] = [];

  /** @param kept which of the space's loops its reductions will keep, if that is known; axes of extent 1 left out */
  constructor(space: readonly number[], inliner: Inliner, kept: readonly boolean[] | null = null) {
    this.#space = significant(space);
    this.#inliner = inliner;
    this.#kept = kept;
    this.#firstSweep = kept === null ? 0 : 1;
    this.#scope = new Scope(this.#space);
  }

  /** How a stored node can be taken up, if that is possible and saves memory traffic. */
  offer(node: Node, buffer: number): Offer | null {
    if (this.#operations > mostOperations || !this.#keepsParallel(node)) return null;
    const candidate = this.#candidateFor(node, buffer);
    const phase = candidate && this.#phaseFor(candidate);
    if (candidate === null || phase === null) return null;
    return {
      bytes: this.#bytesAdded(candidate, phase),
      take: () => {
        this.#taken.push({ node, buffer });
        this.#take(candidate, phase);
      },
    };
  }

  /**
   * The same kernel with a reduction that keeps just its space, and so with more loops inside its own: what was computed
   * at every point is then computed before the sweep. Null if that is impossible or nothing is gained.
   */
  widened(node: Node, buffer: number): LoopBuilder | null {
    if (this.#kept !== null || !isOp(node, 'reduce')) return null;
    if (!equalShapes(significant(node.shape), this.#space)) return null;
    const { shape } = node.inputs[0]!;
    if (sizeOf(shape) > smallSpace && sizeOf(this.#space) < fewestOuterPoints) return null;
    const wider = new LoopBuilder(shape, this.#inliner, keptMask(node));
    const all = [...this.#taken, { node, buffer }];
    for (const each of all) {
      const offer = wider.offer(each.node, each.buffer);
      if (offer === null) return null;
      offer.take();
    }
    return wider;
  }

  /** Takes up the first node, for whose space this kernel was made. */
  take(node: Node, buffer: number): void {
    const candidate = this.#candidateFor(node, buffer);
    invariant(candidate !== null, 'a kernel rejects the node it was made for');
    this.#taken.push({ node, buffer });
    this.#take(candidate, 0);
  }

  #candidateFor(node: Node, buffer: number): Candidate | null {
    if (isOp(node, 'reduce')) return this.#reduction(node, buffer);
    const space = significant(this.#inliner.spaceOf(node));
    if (mergedCoordinates(space, this.#space) !== null)
      return this.#map(node, buffer, mergedCoordinates(node.shape, this.#space)!, 'point');
    return this.#kept === null ? null : this.#resultFor(node, buffer, space, this.#kept);
  }

  /** A value for each point of the loops that the reductions keep. */
  #resultFor(
    node: Node,
    buffer: number,
    space: readonly number[],
    kept: readonly boolean[],
  ): Candidate | null {
    const keptLoops = this.#space.map((_, loop) => loop).filter((loop) => kept[loop]);
    const extents = keptLoops.map((loop) => this.#space[loop]!);
    const merged = equalShapes(space, extents) ? mergedCoordinates(node.shape, extents) : null;
    if (merged === null) return null;
    const coordinates = merged.map(({ offset, strides }) => ({
      offset,
      strides: this.#space.map((_, loop) => strides[keptLoops.indexOf(loop)] ?? 0),
    }));
    return this.#map(node, buffer, coordinates, 'result');
  }

  #map(node: Node, buffer: number, coordinates: Coordinates, level: Level): Candidate {
    const value = this.#inliner.compute(node, coordinates, this.#scope);
    const index = combine(coordinates, stridesOf(node.shape), this.#space.length);
    return { value, level, index, buffer, reduce: null };
  }

  #reduction(node: Node<'reduce'>, buffer: number): Candidate | null {
    const [input] = node.inputs as [Node];
    if (!equalShapes(significant(input.shape), this.#space)) return null;
    const kept = keptMask(node);
    if (this.#kept !== null && !this.#kept.every((keep, loop) => keep === kept[loop])) return null;
    const loops = this.#space.map((_, loop) => loop);
    const coordinates = coordinatesFor(input.shape, loops, this.#space.length);
    // A reduction over nothing reads nothing.
    const value: Expression =
      sizeOf(this.#space) === 0
        ? { kind: 'constant', value: 0, dtype: node.dtype }
        : this.#inliner.read(input, coordinates, this.#scope);
    const keptLoops = loops.filter((loop) => kept[loop]);
    const result = coordinatesFor(node.shape, keptLoops, this.#space.length);
    const index = combine(result, stridesOf(node.shape), this.#space.length);
    return { value, level: 'result', index, buffer, reduce: node };
  }

  /** Whether taking up a node leaves enough outer points to share among threads. */
  #keepsParallel(node: Node): boolean {
    if (!isOp(node, 'reduce') || this.#kept !== null || sizeOf(this.#space) <= smallSpace) return true;
    const kept = keptMask(node);
    return sizeOf(this.#space.filter((_, loop) => kept[loop])) >= fewestOuterPoints;
  }

  /** The phase in which a candidate can run and reads least, or null if it cannot run or nothing is gained. */
  #phaseFor({ value, level, reduce }: Candidate): number | null {
    const perPoint = level === 'point' || reduce !== null;
    let phase = perPoint ? this.#firstSweep : 0;
    let depends = false;
    const others = new Set<number>();
    for (const load of subexpressions([value])) {
      if (load.kind === 'random' && this.#produced.has(load.key)) return null;
      if (load.kind !== 'load') continue;
      const produced = this.#produced.get(load.buffer);
      if (produced === undefined) {
        others.add(load.buffer);
        continue;
      }
      if (load.row !== null || !sameIndex(load.index, produced.index)) return null;
      if (produced.level === 'point' && !perPoint) return null;
      depends = true;
      phase = Math.max(phase, produced.level === 'result' && perPoint ? produced.phase + 1 : produced.phase);
    }
    const sharedIn = this.#largeLoads.map(
      (loads) => Array.from(others).filter((load) => loads.has(load)).length,
    );
    const shares = sharedIn.some((count) => count > 0);
    // What reads little costs next to nothing here, and saves a kernel.
    const isSmall =
      (level === 'result' && reduce === null) ||
      sizeOf(this.#space) <= smallSpace ||
      this.#largeLoads.every((loads) => loads.size === 0);
    if (!depends && !shares && !isSmall) return null;
    if (!perPoint) return phase;
    return sharedIn.reduce(
      (best, count, later) => (later > phase && count > (sharedIn[best] ?? 0) ? later : best),
      phase,
    );
  }

  /** How many bytes the sweep of a phase would read for a candidate, and does not read yet. */
  #bytesAdded({ value, level, reduce }: Candidate, phase: number): number {
    if (level === 'result' && reduce === null) return 0;
    const added = new Map<number, number>();
    for (const load of subexpressions([value])) {
      if (
        load.kind !== 'load' ||
        !this.#isLarge(load.index) ||
        this.#largeLoads[phase]?.has(load.buffer) === true
      )
        continue;
      if (this.#produced.get(load.buffer)?.phase === phase) continue;
      added.set(load.buffer, sizeOf(this.#space) * bytesPerElement(load.dtype));
    }
    return Array.from(added.values()).reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Whether a load reads another element at every point. */
  #isLarge({ strides }: Index): boolean {
    return strides.every((stride, loop) => stride !== 0 || this.#space[loop] === 1);
  }

  #take(candidate: Candidate, number: number): void {
    const { level, index, buffer, reduce } = candidate;
    this.#phases[number] ??= { reductions: [], stores: [], results: [] };
    const phase = this.#phases[number];
    this.#largeLoads[number] ??= new Set();
    const perPoint = level === 'point' || reduce !== null;
    const value = this.#substitute(candidate.value, number, perPoint ? 'point' : 'result');
    let stored = value;
    if (reduce !== null) {
      this.#kept ??= keptMask(reduce);
      const { dtype } = reduce;
      const reduction = phase.reductions.push({ kind: reduce.attributes.kind, value, dtype }) - 1;
      stored = { kind: 'reduced', reduction, dtype };
    }
    const store: Store = { buffer, index, row: null, accumulate: false, value: stored };
    (level === 'point' ? phase.stores : phase.results).push(store);
    this.#produced.set(buffer, { phase: number, level, index, value: stored });
    const inside = subexpressions([value]);
    this.#operations += inside.length;
    for (const load of inside) {
      if (load.kind === 'load' && perPoint && this.#isLarge(load.index))
        this.#largeLoads[number].add(load.buffer);
    }
  }

  /** The same value with loads of what this very sweep produces replaced by the produced values. */
  #substitute(value: Expression, phase: number, level: Level): Expression {
    if (this.#phases[phase]!.stores.length + this.#phases[phase]!.results.length === 0) return value;
    return rewriter((expression) => {
      if (expression.kind !== 'load') return expression;
      const produced = this.#produced.get(expression.buffer);
      return produced?.phase === phase && produced.level === level ? produced.value : expression;
    })(value);
  }

  /** The finished kernel. Outer loops are those that all reductions keep, or all loops. */
  build(): LoopKernel {
    const loops = this.#space.map((_, loop) => loop);
    const outer = loops.filter((loop) => this.#kept === null || this.#kept[loop] === true);
    const inner = loops.filter((loop) => !outer.includes(loop));
    const order = [...outer, ...inner];
    const reorder = ({ offset, strides }: Index): Index => ({
      offset,
      strides: order.map((loop) => strides[loop]!),
    });
    const phases = Array.from(this.#phases, (phase): Phase => mapPhase(phase, reorder));
    const extentsOf = (some: readonly number[]): number[] => some.map((loop) => this.#space[loop]!);
    return { kind: 'loop', outer: extentsOf(outer), inner: extentsOf(inner), phases };
  }
}

/** For each axis of extent > 1 of a reduction's input: whether the result keeps it. */
function keptMask(node: Node<'reduce'>): boolean[] {
  const { axes } = node.attributes;
  return node.inputs[0]!.shape.flatMap((extent, axis) => (extent === 1 ? [] : [!axes.includes(axis)]));
}
