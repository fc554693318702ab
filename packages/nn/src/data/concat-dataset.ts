/**
 * @file Datasets one after another.
 */
import { check, describe } from '@windfall/core/extension';
import { checkIndex, checkSource, Dataset, type SampleSource } from './dataset.ts';

/**
 * The samples of several datasets, those of the first first: PyTorch's `utils.data.ConcatDataset`.
 * @example new ConcatDataset([new TensorDataset(zeros([3])), new TensorDataset(ones([2]))]).length; // 5
 */
export class ConcatDataset<Sample> extends Dataset<Sample> {
  readonly length: number;
  readonly #datasets: readonly SampleSource<Sample>[];
  /** The index behind the last sample of each dataset. */
  readonly #ends: readonly number[];

  /** @throws if there is no dataset */
  constructor(datasets: readonly SampleSource<Sample>[]) {
    super();
    const given: unknown = datasets;
    check(
      Array.isArray(given) && given.length > 0,
      'ConcatDataset',
      () => `expected an array of at least one dataset, not ${describe(given)}`,
    );
    let end = 0;
    this.#ends = datasets.map((dataset) => {
      checkSource(dataset, 'ConcatDataset');
      end += dataset.length;
      return end;
    });
    this.#datasets = [...datasets];
    this.length = end;
  }

  get(index: number): Sample {
    checkIndex(index, this.length, 'ConcatDataset');
    const which = this.#ends.findIndex((end) => index < end);
    return this.#datasets[which]!.get(index - (this.#ends[which - 1] ?? 0));
  }
}
