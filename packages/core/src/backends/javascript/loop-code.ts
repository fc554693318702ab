/**
 * @file A loop kernel as the source text of a JavaScript function: plain nested loops over typed arrays. Sums run in
 * float64 whatever the dtype; every other f32 result is rounded where it is computed, so fusing changes no bit.
 */
import type { DType } from '../../dtype.ts';
import { type ScalarName, scalarFunction } from '../../graph/scalar-functions.ts';
import {
  type DynamicRow,
  type Expression,
  expressionsOf,
  type Index,
  type LoopKernel,
  type Reduction,
  subexpressions,
} from '../../compile/kernel.ts';
import { scalarCode } from './scalar-code.ts';

/** Source text of a number, −0 and the non-finite ones included. */
function literal(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Object.is(value, -0)) return '-0';
  return value < 0 ? `(${value})` : String(value);
}

/** Rounds the source text of a value to a dtype. */
function rounded(dtype: DType, code: string): string {
  switch (dtype) {
    case 'f32':
      return `Math.fround(${code})`;
    case 'f64':
      return code;
    case 'i32':
      return `(${code} | 0)`;
    case 'bool':
      return `(${code} === 0 ? 0 : 1)`;
  }
}

function indexCode({ offset, strides }: Index): string {
  const terms = strides.flatMap((stride, loop) =>
    stride === 0 ? [] : [stride === 1 ? `i${loop}` : `i${loop} * ${literal(stride)}`],
  );
  if (offset !== 0 || terms.length === 0) terms.push(literal(offset));
  return terms.join(' + ');
}

function applyCode(name: ScalarName, dtype: DType, operands: readonly string[]): string {
  const row = scalarFunction(name);
  if (dtype === 'i32' && row.integer !== undefined) return `h.integer.${name}(${operands.join(', ')})`;
  const [a = '', b = '', c = ''] = operands;
  const code = scalarCode[name]?.(a, b, c) ?? `h.evaluate.${name}(${operands.join(', ')})`;
  // Comparisons, logic and selections give one of the values they were given.
  const exact = dtype === 'bool' || row.dtypes === 'selection';
  return exact ? code : rounded(dtype, code);
}

/** Emits statements into nested scopes; an expression is computed once in the outermost scope that needs it. */
class Emitter {
  readonly lines: string[] = [];
  readonly #scopes = [new Map<Expression, string>()];
  #names = 0;
  /** The source text of a finished reduction. */
  readonly #reduced: (reduction: number) => string;

  constructor(reduced: (reduction: number) => string) {
    this.#reduced = reduced;
  }

  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Runs `emit` in a scope of its own, whose values are forgotten after it. */
  scoped(emit: () => void): void {
    this.#scopes.push(new Map());
    emit();
    this.#scopes.pop();
  }

  /** A name or literal for the value of an expression, after the statements that compute it. */
  value(expression: Expression): string {
    for (const scope of this.#scopes) {
      const known = scope.get(expression);
      if (known !== undefined) return known;
    }
    if (expression.kind === 'constant') return literal(expression.value);
    if (expression.kind === 'reduced') return this.#reduced(expression.reduction);
    const name = expression.kind === 'guard' ? this.#guard(expression) : this.name('v');
    if (expression.kind !== 'guard') this.lines.push(`const ${name} = ${this.#code(expression)};`);
    this.#scopes.at(-1)!.set(expression, name);
    return name;
  }

  /** The start of a row that is known only now. */
  row({ row, rows, rowSize }: DynamicRow): string {
    return `h.row(${this.value(row)}, ${rows}) * ${rowSize}`;
  }

  #code(expression: Exclude<Expression, { kind: 'constant' | 'reduced' | 'guard' }>): string {
    switch (expression.kind) {
      case 'load': {
        const within = indexCode(expression.index);
        return `b${expression.buffer}[${expression.row === null ? within : `${this.row(expression.row)} + ${within}`}]`;
      }
      case 'coordinate':
        return indexCode(expression.index);
      case 'random':
        return `h.threefry(b${expression.key}[0], b${expression.key}[1], ${indexCode(expression.position)}, 0, ${expression.word})`;
      case 'apply':
        return applyCode(
          expression.function,
          expression.dtype,
          expression.operands.map((operand) => this.value(operand)),
        );
      case 'cast': {
        const { operand, dtype } = expression;
        return rounded(dtype, this.value(operand));
      }
    }
  }

  #guard(expression: Expression & { kind: 'guard' }): string {
    const name = this.name('v');
    const condition = expression.bounds
      .map(({ index, extent }) => `${indexCode(index)} >= 0 && ${indexCode(index)} < ${extent}`)
      .join(' && ');
    this.lines.push(`let ${name} = ${literal(expression.outside)};`, `if (${condition}) {`);
    this.scoped(() => {
      const inside = this.value(expression.inside);
      this.lines.push(`${name} = ${inside};`);
    });
    this.lines.push('}');
    return name;
  }
}

/** The running state of a reduction: variable names, initial values, one step, and the final value. */
interface Accumulator {
  readonly variables: Readonly<Record<string, string>>;
  readonly step: (value: string, isFirst: string) => string[];
  readonly result: (count: number) => string;
}

/** `at` turns a variable's name into the place that holds it: the name itself, or an element of an array of that name. */
function accumulator({ kind, dtype }: Reduction, id: number, at: (name: string) => string): Accumulator {
  const name = (part: string): string => at(`${part}${id}`);
  switch (kind) {
    case 'sum': {
      const total = name('sum');
      const step = (value: string): string[] => [
        dtype === 'i32' ? `${total} = (${total} + ${value}) | 0;` : `${total} += ${value};`,
      ];
      return { variables: { [`sum${id}`]: '0' }, step, result: () => rounded(dtype, total) };
    }
    case 'max':
    case 'min': {
      const best = name('best');
      const better = kind === 'max' ? '>' : '<';
      // A NaN replaces every number and is replaced by none.
      const step = (value: string): string[] => [
        `if (${value} ${better} ${best} || ${value} !== ${value}) ${best} = ${value};`,
      ];
      return {
        variables: { [`best${id}`]: kind === 'max' ? '-Infinity' : 'Infinity' },
        step,
        result: () => best,
      };
    }
    // Distances from the first element: exact where values are close together, however large they are.
    case 'variance': {
      const [pivot, first, second] = [name('pivot'), name('first'), name('second')];
      const step = (value: string, isFirst: string): string[] => [
        `if (${isFirst}) ${pivot} = ${value};`,
        `const distance${id} = ${value} - ${pivot};`,
        `${first} += distance${id};`,
        `${second} += distance${id} * distance${id};`,
      ];
      const result = (count: number): string =>
        rounded(dtype, `Math.max(0, (${second} - ${first} * ${first} / ${count}) / ${count})`);
      return { variables: { [`pivot${id}`]: '0', [`first${id}`]: '0', [`second${id}`]: '0' }, step, result };
    }
  }
}

function openLoop(loop: number, extent: number): string {
  return `for (let i${loop} = 0; i${loop} < ${extent}; i${loop}++) {`;
}

/** How many loads walk memory along a loop with stride 1. */
function contiguousLoads(expressions: readonly Expression[], loop: number): number {
  return expressions.filter(
    (expression) => expression.kind === 'load' && Math.abs(expression.index.strides[loop]!) === 1,
  ).length;
}

/** A block of kept points is reduced together when memory is contiguous along the last kept loop. */
const blockSize = 512;

/** The body of a function of the array of buffers `b` and the helpers `h`. Loop counters are `i0`, `i1` …, buffers `b0` …. */
export function loopCode(kernel: LoopKernel): string {
  const { kept, reduced, reductions, stores } = kernel;
  const values = subexpressions(reductions.map(({ value }) => value));
  const last = kept.length - 1;
  const blocked =
    reduced.length > 0 &&
    last >= 0 &&
    contiguousLoads(values, last) > contiguousLoads(values, kept.length + reduced.length - 1);
  const at = (name: string): string => (blocked ? `${name}[j]` : name);
  const accumulators = reductions.map((reduction, id) => accumulator(reduction, id, at));
  const count = reduced.reduce((product, extent) => product * extent, 1);
  const emitter = new Emitter((reduction) => accumulators[reduction]!.result(count));
  const { lines } = emitter;

  const body: string[] = [];
  const outer = blocked ? kept.slice(0, -1) : kept;
  lines.push(...outer.map((extent, loop) => openLoop(loop, extent)));
  const openReduced = reduced.map((extent, loop) => openLoop(kept.length + loop, extent));
  const isFirst = reduced.map((_, loop) => `i${kept.length + loop} === 0`).join(' && ') || 'true';
  const steps = (): void =>
    reductions.forEach((reduction, id) => {
      const value = emitter.value(reduction.value);
      lines.push(...accumulators[id]!.step(value, isFirst));
    });
  const emitStores = (): void => {
    // All values are computed before any is stored, so a buffer may be read and overwritten at the same place.
    const targets = stores.map(({ buffer, index, row, accumulate, value }) => {
      const place = row === null ? indexCode(index) : `${emitter.row(row)} + ${indexCode(index)}`;
      return `b${buffer}[${place}] ${accumulate ? '+=' : '='} ${emitter.value(value)};`;
    });
    lines.push(...targets);
  };

  if (blocked) {
    const extent = kept[last]!;
    const width = Math.min(blockSize, extent);
    for (const { variables } of accumulators)
      for (const variable of Object.keys(variables))
        body.push(`const ${variable} = new Float64Array(${width});`);
    lines.push(
      `for (let start = 0; start < ${extent}; start += ${width}) {`,
      `const width = Math.min(${width}, ${extent} - start);`,
    );
    for (const { variables } of accumulators)
      for (const [variable, initial] of Object.entries(variables))
        lines.push(`${variable}.fill(${initial});`);
    const openBlock = (): number =>
      lines.push('for (let j = 0; j < width; j++) {', `const i${last} = start + j;`);
    lines.push(...openReduced);
    openBlock();
    emitter.scoped(steps);
    lines.push('}', ...reduced.map(() => '}'));
    openBlock();
    emitter.scoped(emitStores);
    lines.push('}', '}');
  } else {
    for (const { variables } of accumulators)
      for (const [variable, initial] of Object.entries(variables))
        lines.push(`let ${variable} = ${initial};`);
    lines.push(...openReduced);
    emitter.scoped(steps);
    lines.push(...reduced.map(() => '}'));
    emitter.scoped(emitStores);
  }
  lines.push(...outer.map(() => '}'));
  const bindings = Array.from(buffersOf(kernel), (buffer) => `const b${buffer} = b[${buffer}];`);
  return [...bindings, ...body, ...lines].join('\n');
}

/** The numbers of all buffers a kernel touches. */
function buffersOf(kernel: LoopKernel): Set<number> {
  const read = subexpressions(expressionsOf(kernel)).flatMap((expression) =>
    expression.kind === 'load' ? [expression.buffer] : expression.kind === 'random' ? [expression.key] : [],
  );
  return new Set([...read, ...kernel.stores.map(({ buffer }) => buffer)]);
}
