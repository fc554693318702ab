/**
 * @file A loop kernel as the source text of a JavaScript function: plain nested loops over typed arrays. Sums run in
 * float64 whatever the dtype; every other f32 result is rounded where it is computed, so fusing changes no bit.
 */
import { type DType, isFloat } from '../../dtype.ts';
import { type ScalarName, scalarFunction } from '../../graph/scalar-functions.ts';
import {
  buffersTouched,
  type ContractKernel,
  type DynamicRow,
  type Expression,
  expressionsOf,
  type Index,
  type Kernel,
  type LoopKernel,
  type Phase,
  type Reduction,
  type Store,
  subexpressions,
} from '../../compile/kernel.ts';
import { sizeOf } from '../../shape.ts';
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
  reduced: (reduction: number) => string = () => '';

  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Emits lines between braces, in a scope of their own. */
  nested(headers: readonly string[], emit: () => void): void {
    this.lines.push(...headers);
    this.#scopes.push(new Map());
    emit();
    this.#scopes.pop();
    this.lines.push(...headers.map(() => '}'));
  }

  /** Emits stores. All values are computed before any is stored. */
  stores(stores: readonly Store[]): void {
    const targets = stores.map(({ buffer, index, row, accumulate, value }) => {
      const place = row === null ? indexCode(index) : `${this.row(row)} + ${indexCode(index)}`;
      return `b${buffer}[${place}] ${accumulate ? '+=' : '='} ${this.value(value)};`;
    });
    this.lines.push(...targets);
  }

  /** A name or literal for the value of an expression, after the statements that compute it. */
  value(expression: Expression): string {
    for (const scope of this.#scopes) {
      const known = scope.get(expression);
      if (known !== undefined) return known;
    }
    if (expression.kind === 'constant') return literal(expression.value);
    if (expression.kind === 'reduced') return this.reduced(expression.reduction);
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
        const value = this.value(operand);
        return dtype === 'i32' && isFloat(operand.dtype)
          ? `h.castToInteger(${value})`
          : rounded(dtype, value);
      }
    }
  }

  #guard(expression: Expression & { kind: 'guard' }): string {
    const name = this.name('v');
    const condition = expression.bounds
      .map(({ index, extent }) => `${indexCode(index)} >= 0 && ${indexCode(index)} < ${extent}`)
      .join(' && ');
    this.lines.push(`let ${name} = ${literal(expression.outside)};`);
    this.nested([`if (${condition}) {`], () => {
      const inside = this.value(expression.inside);
      this.lines.push(`${name} = ${inside};`);
    });
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
function accumulator({ kind, dtype }: Reduction, id: string, at: (name: string) => string): Accumulator {
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
      // A NaN replaces every number and is replaced by none; 0 is greater than −0, though no comparison says so.
      const step = (value: string): string[] => [
        `if (${value} ${better} ${best} || ${value} !== ${value}) ${best} = ${value};`,
        `else if (${value} === 0) ${best} = Math.${kind}(${best}, ${value});`,
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

/** Outer points that are reduced together when memory is contiguous along the last outer loop. */
const blockSize = 512;

/** Whether the last outer loop should run innermost, over a block of outer points at once. */
function runsInBlocks(kernel: LoopKernel): boolean {
  const { outer, inner } = kernel;
  if (outer.length === 0 || inner.length === 0) return false;
  const values = subexpressions(expressionsOf(kernel));
  const along = (loop: number): number => contiguousLoads(values, loop);
  return along(outer.length - 1) > along(outer.length + inner.length - 1);
}

/** The body of a function of the array of buffers `b` and the helpers `h`. Loop counters are `i0`, `i1` …, buffers `b0` …. */
export function loopCode(kernel: LoopKernel): string {
  const { outer, inner, phases } = kernel;
  const emitter = new Emitter();
  const blocked = runsInBlocks(kernel);
  const last = outer.length - 1;
  const extent = outer[last] ?? 1;
  const width = Math.min(blockSize, extent);
  const openInner = inner.map((size, loop) => openLoop(outer.length + loop, size));
  const isFirst = inner.map((_, loop) => `i${outer.length + loop} === 0`).join(' && ') || 'true';
  const count = sizeOf(inner);
  const arrays: string[] = [];

  const emitPhase = (phase: Phase, number: number): void => {
    const at = (name: string): string => (blocked ? `${name}[j]` : name);
    const accumulators = phase.reductions.map((reduction, id) =>
      accumulator(reduction, `${number}_${id}`, at),
    );
    const states = accumulators.flatMap(({ variables }) => Object.entries(variables));
    const sweeps = phase.reductions.length + phase.stores.length > 0;
    const sweep = (): void => {
      phase.reductions.forEach(({ value }, id) => {
        emitter.lines.push(...accumulators[id]!.step(emitter.value(value), isFirst));
      });
      emitter.stores(phase.stores);
    };
    emitter.reduced = (reduction) => accumulators[reduction]!.result(count);
    if (blocked) {
      const openBlock = ['for (let j = 0; j < width; j++) {', `const i${last} = start + j;`];
      const overBlock = (emit: () => void): void => emitter.nested(['{', openBlock.join(' ')], emit);
      arrays.push(...states.map(([name]) => `const ${name} = new Float64Array(${width});`));
      emitter.lines.push(...states.map(([name, initial]) => `${name}.fill(${initial});`));
      if (sweeps) emitter.nested(openInner, () => overBlock(sweep));
      if (phase.results.length > 0) overBlock(() => emitter.stores(phase.results));
    } else {
      emitter.nested(['{'], () => {
        emitter.lines.push(...states.map(([name, initial]) => `let ${name} = ${initial};`));
        if (sweeps) emitter.nested(openInner, sweep);
        emitter.stores(phase.results);
      });
    }
  };

  const openOuter = outer.slice(0, blocked ? last : outer.length).map((size, loop) => openLoop(loop, size));
  const openBlocks = `for (let start = 0; start < ${extent}; start += ${width}) { const width = Math.min(${width}, ${extent} - start);`;
  emitter.nested(blocked ? [...openOuter, openBlocks] : openOuter, () => phases.forEach(emitPhase));
  return [...bindings(kernel), ...arrays, ...emitter.lines].join('\n');
}

function bindings(kernel: Kernel): string[] {
  return Array.from(buffersTouched(kernel), (buffer) => `const b${buffer} = b[${buffer}];`);
}

/**
 * The body of a function of `b` and `h`, the counters of a contraction's batch loops `i0`, `i1` …, and the products
 * `sums` of all rows and columns: applies the stores to them.
 */
export function epilogueCode(kernel: ContractKernel): string {
  const emitter = new Emitter();
  const first = kernel.batch.length;
  const extents = [...kernel.rows, ...kernel.columns];
  emitter.lines.push('let position = 0;');
  emitter.nested(
    extents.map((extent, loop) => openLoop(first + loop, extent)),
    () => {
      emitter.lines.push(`const sum = ${rounded(kernel.dtype, 'sums[position++]')};`);
      emitter.reduced = () => 'sum';
      emitter.stores(kernel.stores);
    },
  );
  return [...bindings(kernel), ...emitter.lines].join('\n');
}
