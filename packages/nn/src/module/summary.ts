/**
 * @file What a network consists of, as a table: one forward of zeros, watched by hooks. Nothing is computed for it: shapes
 * are known when a graph is built.
 */
import { assignAll, type DType, noGrad, type Shape, Tensor, zeros } from '@windfall/core';
import { check, describeList, formatShape } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { checkModel, type Module } from './module.ts';
import type { Parameter } from './parameter.ts';

/** For {@link summary}. */
export interface SummaryOptions {
  /** The dtype of the input; by default that of the first parameter, or f32. */
  dtype?: DType;
}

/** One call of one module. */
export interface SummaryRow {
  /** The path from the model, '' for itself. */
  readonly name: string;
  /** The name of the class. */
  readonly kind: string;
  /** How many calls it is inside of. */
  readonly depth: number;
  readonly outputShape: Shape;
  /** How many numbers its own parameters hold, children not counted; 0 where they were counted in a row above. */
  readonly parameters: number;
  /** How many products it adds up, children not counted. */
  readonly multiplyAdds: number;
}

const number = (value: number): string => value.toLocaleString('en-US');

/** Columns side by side, the first two to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * What {@link summary} gives; it prints as a table.
 * @example summary(model, [5, 4]).totalParameters; // 83
 */
export class Summary {
  /** In the order of the calls, a module before those that it calls. */
  readonly rows: readonly SummaryRow[];
  readonly inputShape: Shape;
  /** Of the whole model, each parameter once. */
  readonly totalParameters: number;
  /** Those whose gradient `backward` collects. */
  readonly trainableParameters: number;
  /** Of the whole forward. */
  readonly totalMultiplyAdds: number;

  /** @internal */
  constructor(inputShape: Shape, rows: readonly SummaryRow[], parameters: readonly Parameter[]) {
    const count = (counted: readonly Parameter[]): number => counted.reduce((sum, { size }) => sum + size, 0);
    this.inputShape = inputShape;
    this.rows = rows;
    this.totalParameters = count(parameters);
    this.trainableParameters = count(parameters.filter(({ requiresGrad }) => requiresGrad));
    this.totalMultiplyAdds = rows.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  }

  toString(): string {
    const table = align([
      ['layer', 'output shape', 'parameters', 'multiply-adds'],
      ...this.rows.map(({ name, kind, depth, outputShape, parameters, multiplyAdds }) => [
        `${'  '.repeat(depth)}${name === '' ? kind : `${name}: ${kind}`}`,
        formatShape(outputShape),
        number(parameters),
        number(multiplyAdds),
      ]),
    ]);
    const rule = '─'.repeat(Math.max(...table.map(({ length }) => length)));
    const fixed = this.totalParameters - this.trainableParameters;
    return [
      table[0],
      rule,
      ...table.slice(1),
      rule,
      `input ${formatShape(this.inputShape)}`,
      `parameters: ${number(this.totalParameters)}, ${number(this.trainableParameters)} trainable, ${number(fixed)} fixed`,
      `multiply-adds: ${number(this.totalMultiplyAdds)}`,
    ].join('\n');
  }

  /** What Node prints for console.log(summary). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Runs a function with the model in evaluation and its buffers given back their values afterwards. */
function undisturbed(model: Module, run: () => void): void {
  const modes = model.namedModules().map(([, module]) => [module, module.training] as const);
  const buffers = model.namedBuffers().map(([, buffer]) => [buffer, buffer.detach()] as const);
  try {
    model.eval();
    noGrad(run);
  } finally {
    for (const [module, training] of modes) module.training = training;
    assignAll(buffers);
  }
}

/** The calls that one forward makes. */
function callsOf(model: Module, input: Tensor): SummaryRow[] {
  const rows: SummaryRow[] = [];
  const open: number[] = [];
  const counted = new Set<Parameter>();
  const removals = model.namedModules().flatMap(([name, module]) => {
    const own = module.namedParameters().filter(([parameter]) => !parameter.includes('.'));
    const newParameters = (): number =>
      own
        .filter(([, parameter]) => counted.size < counted.add(parameter).size)
        .reduce((sum, [, { size }]) => sum + size, 0);
    return [
      module.registerForwardPreHook(() => {
        const row = { name, kind: module.constructor.name, depth: open.length };
        open.push(rows.length);
        rows.push({ ...row, outputShape: [], parameters: newParameters(), multiplyAdds: 0 });
      }),
      module.registerForwardHook((_module, { shape }, output) => {
        const position = open.pop()!;
        const multiplyAdds = module.multiplyAdds(shape, output.shape);
        rows[position] = { ...rows[position]!, outputShape: output.shape, multiplyAdds };
      }),
    ];
  });
  try {
    undisturbed(model, () => model.forward(input));
  } finally {
    for (const remove of removals) remove();
  }
  return rows;
}

/**
 * A table of all layers that one forward of the model calls, in evaluation: their output's shape, parameters and
 * multiply-adds. As PyTorch users have it from torchinfo. The model is left as it is.
 *
 * @param inputShape the shape of an input, with the batch; or an input, for models that do not take any floats
 * @throws what the model throws for such an input
 * @example
 * const model = new Sequential(new Linear(784, 100, { bias: false }), new BatchNorm1d(100), new Sigmoid());
 * console.log(summary(model, [60, 784]));
 * // layer             output shape  parameters  multiply-adds
 * // ─────────────────────────────────────────────────────────
 * // Sequential        [60, 100]              0              0
 * //   0: Linear       [60, 100]         78,400      4,704,000
 * //   1: BatchNorm1d  [60, 100]            200         12,000
 * //   2: Sigmoid      [60, 100]              0              0
 * // ─────────────────────────────────────────────────────────
 * // input [60, 784]
 * // parameters: 78,600, 78,600 trainable, 0 fixed
 * // multiply-adds: 4,716,000
 */
export function summary(model: Module, inputShape: Shape | Tensor, options: SummaryOptions = {}): Summary {
  checkModel(model, 'summary');
  const { dtype = model.parameters()[0]?.dtype ?? 'f32' } = optionsOf(options, 'summary', ['dtype']);
  check(
    inputShape instanceof Tensor || Array.isArray(inputShape),
    'summary',
    () => `the input is given by its shape, or is a tensor, not ${describeList(inputShape)}`,
  );
  const input =
    inputShape instanceof Tensor
      ? inputShape
      : inTheNameOf('summary', 'zeros', () => zeros(inputShape as Shape, { dtype }));
  return new Summary(input.shape, callsOf(model, input), model.parameters());
}
