/**
 * @file The laws that every operation obeys, checked for each row of the table of samples.
 */
import * as core from '../src/index.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { makeInputs, type OperationSamples, type Sample } from '../src/testing/sample.ts';
import { samples } from '../src/testing/samples.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const { assertClose, gradcheck, gradient } = core;

/** Every sample in every dtype it runs in, with its inputs made. */
function runs(row: OperationSamples) {
  return row.samples.flatMap((sample, number) =>
    sample.dtypes.map((dtype) => {
      const inputs = makeInputs(sample, dtype, 1000 * number + 7);
      const compute = () => sample.call(...inputs.map(({ stored, view }) => view(stored)));
      return { sample, title: `${sample.title} in ${dtype}`, dtype, inputs, compute };
    }),
  );
}

/** Runs the check for every entry, and names the entry in what it throws. */
function eachOf<T extends { title: string }>(entries: readonly T[], check: (entry: T) => void): void {
  const failures: string[] = [];
  for (const entry of entries) {
    try {
      check(entry);
    } catch (error) {
      failures.push(`${entry.title}: ${(error as Error).message}`);
    }
  }
  expect(failures).toEqual([]);
}

describe.each(Object.entries(samples))('%s', (_name, row) => {
  const entries = runs(row);

  test('the value is that of its definition', () => {
    eachOf(entries, ({ sample, inputs, compute }) => {
      if (sample.reference === null) return;
      const expected = sample.reference(...inputs.map(({ values }) => values));
      assertClose(compute(), expected);
    });
  });

  test.each(compilingBackends)('the interpreter and the %s backend agree on the same graph', (backend) => {
    withBackend(backend, () => {
      eachOf(entries, ({ compute }) => {
        const result = compute();
        const { node } = result;
        const [values] = interpret([node]);
        assertClose(result, { shape: node.shape, values: values! });
      });
    });
  });

  test('reading through the interpreter gives the same', () => {
    const results = entries.map((entry) => ({ ...entry, expected: entry.compute() }));
    for (const { expected } of results) expected.data();
    withBackend('interpreter', () => {
      eachOf(results, ({ compute, expected }) => {
        assertClose(compute(), core.tensor(expected.data(), { shape: expected.shape }));
      });
    });
  });

  if (row.differentiable) {
    test('the first and second derivatives are those of finite differences', () => {
      const checked = entries.filter(
        ({ sample, dtype, inputs }) =>
          dtype === 'f64' && sample.smooth && inputs.every(({ stored }) => stored.size > 0),
      );
      expect(checked.length).toBeGreaterThan(0);
      eachOf(checked, ({ sample, inputs, compute }) => {
        if (compute().size === 0) return;
        gradcheck(
          (...stored) => sample.call(...stored.map((tensor, k) => inputs[k]!.view(tensor))),
          inputs.map(({ stored }) => stored),
          { order: 2, directions: 1 },
        );
      });
    });

    test('in float32 gradients are float32 and near those of float64', () => {
      const gradientsIn = (sample: Sample, number: number, dtype: core.DType) => {
        const stored = makeInputs(sample, 'f32', number).map((input) => ({
          ...input,
          stored: input.stored.dtype === 'f32' ? input.stored.cast(dtype) : input.stored,
        }));
        const targets = stored.map((input) => input.stored).filter((tensor) => tensor.dtype === dtype);
        const value = sample.call(...stored.map((input) => input.view(input.stored)));
        if (value.dtype !== dtype) return [];
        const cotangent = core.iota([value.size]).cast(dtype).mul(0.37).sin().reshape(value.shape);
        return gradient(value, targets, { cotangent });
      };
      const smooth = row.samples.flatMap((sample, number) => (sample.smooth ? [{ ...sample, number }] : []));
      eachOf(smooth, (sample) => {
        const single = gradientsIn(sample, sample.number, 'f32');
        const double = gradientsIn(sample, sample.number, 'f64');
        // Together they are one plan.
        for (const gradients of [single, double]) core.evaluate(gradients);
        single.forEach((tensor, k) => {
          expect(tensor.dtype).toBe('f32');
          assertClose(
            tensor,
            { shape: double[k]!.shape, values: double[k]!.data() },
            {
              tolerance: { absolute: 1e-4, relative: 1e-3 },
            },
          );
        });
      });
    });
  } else {
    test('no gradient flows through', () => {
      eachOf(entries, ({ inputs, compute, sample }) => {
        const floats = inputs.filter(({ stored }) => stored.dtype === 'f64').map(({ stored }) => stored);
        const result = compute();
        if (floats.length === 0 || result.dtype !== 'f64') return;
        const slopes = gradient(sample.call(...inputs.map(({ stored, view }) => view(stored))).sum(), floats);
        for (const slope of slopes) expect(Array.from(slope.data()).every((value) => value === 0)).toBe(true);
      });
    });
  }

  if (row.errors.length > 0) {
    test('wrong arguments are errors that say what is wrong', () => {
      const messages = row.errors.map(({ call }) => {
        try {
          call();
        } catch (error) {
          return error instanceof core.WindfallError
            ? error.message
            : `${String(error)} (not a WindfallError)`;
        }
        return 'nothing was thrown';
      });
      expect(messages).toEqual(row.errors.map(({ message }) => message));
    });
  }
});
