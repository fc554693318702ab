/**
 * @file What all contractions of a module share: a function that packs lines of an operand into panels, and one that
 * multiplies a pair of panels in registers.
 */
import { bytesPerElement } from '../../dtype.ts';
import {
  block,
  branch,
  branchIf,
  type Code,
  FunctionBuilder,
  type Local,
  loop,
  type ModuleBuilder,
  when,
} from './assembler.ts';
import { type ProductType, vectorBytes } from './contract-product.ts';
import { type InnerTile, innerTiles, type OuterTile, outerTiles } from './contract-tiles.ts';
import { f32, f64, i32, i8x16, v128 } from './instructions.ts';

/** Lines that are packed at a time. */
export const panelWidth = 4;

/** The functions that all contractions of a module and dtype share. */
export class ContractFunctions {
  readonly #module: ModuleBuilder;
  readonly #fused: boolean;
  readonly #made = new Map<string, FunctionBuilder>();

  /** @param fused whether products are added in one rounding, where the machine can */
  constructor(module: ModuleBuilder, fused: boolean) {
    this.#module = module;
    this.#fused = fused;
  }

  #once(key: string, make: (name: string) => FunctionBuilder): FunctionBuilder {
    let fn = this.#made.get(key);
    if (fn === undefined) {
      fn = make(`tiles${this.#made.size}`);
      this.#made.set(key, fn);
      this.#module.add(fn);
    }
    return fn;
  }

  /** Calls `outerTiles`. */
  outer(tile: OuterTile, operands: readonly Code[]): Code {
    const name = `outer-${JSON.stringify(tile)}`;
    return this.#module.call(
      this.#once(name, (short) => outerTiles(short, tile, this.#fused)),
      operands,
    );
  }

  /** Calls `innerTiles`. */
  inner(tile: InnerTile, operands: readonly Code[]): Code {
    const name = `inner-${JSON.stringify(tile)}`;
    return this.#module.call(
      this.#once(name, (short) => innerTiles(short, tile, this.#fused)),
      operands,
    );
  }

  /** @param ascends whether positions along the depth only grow, so that the last tells whether they lie in a row */
  pack(dtype: ProductType, ascends: boolean, operands: readonly Code[]): Code {
    const size = bytesPerElement(dtype);
    return this.#module.call(
      this.#once(`pack-${size}-${ascends}`, (name) => packFunction(name, size, ascends)),
      operands,
    );
  }
}

/**
 * (source, positions of 4 lines, how many of them exist, positions along the depth, depth, target, target's step): packs
 * 4 lines side by side, zeros for those that do not exist.
 */
function packFunction(name: string, size: number, ascends: boolean): FunctionBuilder {
  const fn = new FunctionBuilder(name, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [source, lines, count, inner, depth, target, step] = fn.parameters;
  const [load, store] = size === 4 ? [f32.load, f32.store] : [f64.load, f64.store];
  const zero = size === 4 ? f32.const(0) : f64.const(0);
  const k = fn.local('i32');
  const at = fn.local('i32');
  const starts = fn.locals('i32', panelWidth);
  const lineAt = (line: number): Code => i32.add(source.get, i32.load(lines.get, 4 * line));
  const innerAt = (offset: number): Code =>
    i32.load(i32.add(inner.get, i32.shl(k.get, i32.const(2))), offset);
  const advance: Code = [
    target.set(i32.add(target.get, step.get)),
    branchIf(i32.ltS(k.tee(i32.add(k.get, i32.const(1))), depth.get), 0),
  ];
  const eachStep = (body: Code): Code => [k.set(i32.const(0)), loop([at.set(innerAt(0)), body, advance])];
  const adjacent = [1, 2, 3]
    .map((line) => i32.eq(i32.sub(starts[line]!.get, starts[0].get), i32.const(line * size)))
    .reduce((a, b) => i32.and(a, b));
  const copyAdjacent = eachStep(
    Array.from({ length: (panelWidth * size) / vectorBytes }, (_, v) =>
      v128.store(target.get, v * vectorBytes, v128.load(i32.add(starts[0].get, at.get), v * vectorBytes)),
    ),
  );
  const copyEach = eachStep(
    starts.map((start, line) => store(target.get, line * size, load(i32.add(start.get, at.get), 0))),
  );
  const isLast = (line: number): Code => i32.gtS(count.get, i32.const(line));
  const copySome = eachStep(
    starts.map(
      (start, line): Code => [
        store(target.get, line * size, zero),
        when(isLast(line), store(target.get, line * size, load(i32.add(start.get, at.get), 0))),
      ],
    ),
  );
  const lastPosition = i32.load(
    i32.add(inner.get, i32.shl(i32.sub(depth.get, i32.const(1)), i32.const(2))),
    0,
  );
  const span = i32.sub(lastPosition, i32.load(inner.get, 0));
  const isRun = i32.eq(span, i32.mul(i32.sub(depth.get, i32.const(1)), i32.const(size)));
  fn.emit(
    block([
      ...starts.map(
        (start, line): Code => [start.set(source.get), when(isLast(line), start.set(lineAt(line)))],
      ),
      block([branchIf(i32.geS(count.get, i32.const(panelWidth)), 0), copySome, branch(1)]),
      block([branchIf(i32.eqz(adjacent), 0), copyAdjacent, branch(1)]),
      ...(size === 4 && ascends
        ? [
            block([
              branchIf(i32.eqz(i32.and(isRun, i32.geS(depth.get, i32.const(4)))), 0),
              transposeRuns(fn, { starts, inner, depth, target, step, k, at }),
              branch(1),
            ]),
          ]
        : []),
      copyEach,
    ]),
  );
  return fn;
}

interface PackState {
  readonly starts: readonly Local[];
  readonly inner: Local;
  readonly depth: Local;
  readonly target: Local;
  readonly step: Local;
  readonly k: Local;
  readonly at: Local;
}

/** Four lines of 4-byte elements that each lie in a row: four steps at a time by transposing 4 × 4 elements, then the rest. */
function transposeRuns(fn: FunctionBuilder, { starts, inner, depth, target, step, k, at }: PackState): Code {
  const lines = fn.locals('v128', 4);
  const [a, b, c, d] = lines;
  const pairs = fn.locals('v128', 4);
  const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
  const first = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const second = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
  const [ab0, ab1, cd0, cd1] = pairs;
  const steps: Code[] = [
    i8x16.shuffle(first, ab0.get, cd0.get),
    i8x16.shuffle(second, ab0.get, cd0.get),
    i8x16.shuffle(first, ab1.get, cd1.get),
    i8x16.shuffle(second, ab1.get, cd1.get),
  ];
  const position = i32.add(i32.load(inner.get, 0), i32.shl(k.get, i32.const(2)));
  return [
    k.set(i32.const(0)),
    block([
      loop([
        branchIf(i32.gtS(i32.add(k.get, i32.const(4)), depth.get), 1),
        at.set(position),
        ...lines.map((line, index) => line.set(v128.load(i32.add(starts[index]!.get, at.get), 0))),
        ab0.set(i8x16.shuffle(low, a.get, b.get)),
        ab1.set(i8x16.shuffle(high, a.get, b.get)),
        cd0.set(i8x16.shuffle(low, c.get, d.get)),
        cd1.set(i8x16.shuffle(high, c.get, d.get)),
        ...steps.map(
          (vector): Code => [v128.store(target.get, 0, vector), target.set(i32.add(target.get, step.get))],
        ),
        k.set(i32.add(k.get, i32.const(4))),
        branch(0),
      ]),
    ]),
    block([
      loop([
        branchIf(i32.geS(k.get, depth.get), 1),
        at.set(position),
        ...starts.map((start, line) =>
          f32.store(target.get, line * 4, f32.load(i32.add(start.get, at.get), 0)),
        ),
        target.set(i32.add(target.get, step.get)),
        k.set(i32.add(k.get, i32.const(1))),
        branch(0),
      ]),
    ]),
  ];
}
