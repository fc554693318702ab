/**
 * @file Every sample of an operation in every dtype that it runs in, with its inputs made.
 */
import type { DType, Tensor } from '../../src/index.ts';
import { type MadeInput, makeInputs, type OperationSamples, type Sample } from '../../src/testing/sample.ts';

export interface Run {
  readonly sample: Sample;
  readonly title: string;
  readonly dtype: DType;
  readonly inputs: readonly MadeInput[];
  /** Builds the result anew, of the inputs or of others in their place. */
  readonly compute: (stored?: readonly Tensor[]) => Tensor;
}

export function runOf(sample: Sample, number: number, dtype: DType): Run {
  const inputs = makeInputs(sample, dtype, 1000 * number + 7);
  const compute: Run['compute'] = (stored = inputs.map((input) => input.stored)) =>
    sample.call(...stored.map((tensor, k) => inputs[k]!.view(tensor)));
  return { sample, title: `${sample.title} in ${dtype}`, dtype, inputs, compute };
}

export function runsOf({ samples }: OperationSamples): Run[] {
  return samples.flatMap((sample, number) => sample.dtypes.map((dtype) => runOf(sample, number, dtype)));
}
