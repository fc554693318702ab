/**
 * @file How often each class was taken for each other one, and what follows from that.
 */
import { Tensor } from '@windfall/core';
import { check, describe, formatShape } from '@windfall/core/extension';
import { checkWhole } from '../arguments.ts';

/** What the counts say about one class. */
export interface ClassReport {
  /** Which share of what was taken for the class belongs to it; NaN if nothing was. */
  readonly precision: number;
  /** Which share of the class was recognized; NaN if there was none of it. */
  readonly recall: number;
  /** Their harmonic mean; NaN if there was none of the class, and none was taken for it. */
  readonly f1: number;
  /** How many samples the class had. */
  readonly support: number;
}

/** Class numbers as they are, or those of the largest scores. */
function classesIn(values: Tensor, operation: string): Tensor {
  check(
    values.rank === 1 ? values.dtype === 'i32' : values.rank === 2 && values.dtype !== 'bool',
    operation,
    () =>
      `predictions are class numbers [N] of dtype i32, or scores [N, C], not ${values.dtype} ${formatShape(values.shape)}`,
  );
  return values.rank === 1 ? values : values.argmax(1);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * Counts of true and predicted classes, and precision, recall and F1 of each class.
 * @example
 * const matrix = new ConfusionMatrix(['cat', 'dog']);
 * matrix.update(tensor([0, 1, 1], { dtype: 'i32' }), tensor([0, 0, 1], { dtype: 'i32' }));
 * [matrix.accuracy, matrix.of(1).precision, matrix.of(1).recall]; // [0.6666…, 0.5, 1]
 */
export class ConfusionMatrix {
  /** What the classes are called. */
  readonly names: readonly string[];
  readonly #counts: number[][];

  /**
   * @param classes how many there are, or what each is called
   * @throws if there is none
   */
  constructor(classes: number | readonly string[]) {
    const given: unknown = classes;
    if (typeof given === 'number') {
      checkWhole(given, 'ConfusionMatrix', 'the number of classes');
      // There is a count for every two of them.
      check(given < 2 ** 16, 'ConfusionMatrix', () => `there are at most 65,535 classes, not ${given}`);
    } else
      check(
        Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === 'string'),
        'ConfusionMatrix',
        () => `classes are a number, or an array of names, not ${describe(given)}`,
      );
    this.names =
      typeof classes === 'number' ? Array.from({ length: classes }, (_, k) => String(k)) : [...classes];
    this.#counts = this.names.map(() => this.names.map(() => 0));
  }

  /** How often samples of the first class (row) were taken for the second (column). */
  get counts(): readonly (readonly number[])[] {
    return this.#counts.map((row) => [...row]);
  }

  /**
   * Counts a batch.
   * @param predictions [N] class numbers of dtype i32, or scores [N, C], whose largest is the prediction
   * @param target [N] class numbers, i32
   * @throws if the shapes do not fit or a class number is out of range; then nothing was counted
   */
  update(predictions: Tensor, target: Tensor): this {
    const operation = 'ConfusionMatrix';
    check(
      predictions instanceof Tensor,
      operation,
      () => `predictions are a tensor, not ${describe(predictions)}`,
    );
    check(target instanceof Tensor, operation, () => `the target is a tensor, not ${describe(target)}`);
    const { length } = this.names;
    check(
      predictions.rank !== 2 || predictions.shape[1] === length,
      operation,
      () => `expected scores of ${length} classes, got ${formatShape(predictions.shape)}`,
    );
    check(
      target.rank === 1 && target.dtype === 'i32' && target.shape[0] === predictions.shape[0],
      operation,
      () =>
        `predictions ${formatShape(predictions.shape)} need a target [${predictions.shape[0] ?? ''}] of dtype i32, got ${target.dtype} ${formatShape(target.shape)}`,
    );
    const predicted = classesIn(predictions, operation).data();
    const wanted = target.data();
    for (const [name, values] of [['the target', wanted] as const, ['a prediction', predicted] as const]) {
      const wrong = values.findIndex((value) => value < 0 || value >= length);
      check(
        wrong < 0,
        operation,
        () => `${name} is a class number from 0 to ${length - 1}, not ${values[wrong]} (sample ${wrong})`,
      );
    }
    wanted.forEach((truth, sample) => {
      this.#counts[truth]![predicted[sample]!]! += 1;
    });
    return this;
  }

  /** Forgets all counts. */
  reset(): void {
    for (const row of this.#counts) row.fill(0);
  }

  /** How many samples were counted. */
  get total(): number {
    return sumOf(this.#counts.flat());
  }

  /** Which share of all samples was recognized; NaN before the first. */
  get accuracy(): number {
    return sumOf(this.#counts.map((row, k) => row[k]!)) / this.total;
  }

  /**
   * Precision, recall and F1 of a class.
   * @param which its number, or its name
   * @throws if there is no such class
   */
  of(which: number | string): ClassReport {
    const k = typeof which === 'string' ? this.names.indexOf(which) : which;
    check(
      Number.isInteger(k) && k >= 0 && k < this.names.length,
      'ConfusionMatrix',
      () => `there is no class ${describe(which)} among ${this.names.join(', ')}`,
    );
    const right = this.#counts[k]![k]!;
    const support = sumOf(this.#counts[k]!);
    const predicted = sumOf(this.#counts.map((row) => row[k]!));
    return {
      precision: right / predicted,
      recall: right / support,
      f1: (2 * right) / (predicted + support),
      support,
    };
  }

  /** The mean of each class's precision, recall and F1, all classes counting the same; what is NaN counts as 0, as in scikit-learn. */
  get macro(): Omit<ClassReport, 'support'> {
    const reports = this.names.map((_, k) => this.of(k));
    const average = (name: 'precision' | 'recall' | 'f1'): number =>
      sumOf(reports.map((report) => report[name] || 0)) / reports.length;
    return { precision: average('precision'), recall: average('recall'), f1: average('f1') };
  }

  /**
   * The counts as a table, true classes downwards, with precision, recall and F1 of each.
   * @example
   * String(new ConfusionMatrix(['no', 'yes']).update(tensor([0, 1, 1], { dtype: 'i32' }), tensor([0, 0, 1], { dtype: 'i32' })));
   * //      no  yes  precision  recall     f1
   * // no    1    1      1.000   0.500  0.667
   * // yes   0    1      0.500   1.000  0.667
   * // accuracy 0.667 of 3
   */
  toString(): string {
    const share = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));
    const rows = this.names.map((name, k) => {
      const { precision, recall, f1 } = this.of(k);
      return [name, ...this.#counts[k]!.map(String), share(precision), share(recall), share(f1)];
    });
    const table = [['', ...this.names, 'precision', 'recall', 'f1'], ...rows];
    const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
    const lines = table.map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    );
    return [...lines, `accuracy ${share(this.accuracy)} of ${this.total}`].join('\n');
  }

  /** What Node prints for console.log(matrix). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
