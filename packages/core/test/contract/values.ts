/**
 * @file Values: the interpreter's are those of the definition, and those of the other engines are the interpreter's. And
 * the dtypes that have none are refused.
 */
import { assertClose, type DType, tensor, WindfallError } from '../../src/index.ts';
import { allocate } from '../../src/dtype.ts';
import { allDTypes, type OperationSamples } from '../../src/testing/sample.ts';
import { computeEverywhere, messageOf, near } from './agreement.ts';
import { type Engine, type Finding, onAllEngines } from './finding.ts';
import { type Run, runOf } from './runs.ts';

export function valueFindings(runs: readonly Run[]): Finding[] {
  const results = runs.map(({ compute }) => compute());
  const computed = computeEverywhere(results, near);
  return runs.flatMap(({ sample, title, dtype, inputs }, k) => {
    const { shape, dtype: own } = results[k]!;
    const { interpreted, differences } = computed[k]!;
    const elements = allocate(own, interpreted.length);
    elements.set(interpreted);
    const wrong = messageOf(() => {
      assertClose(tensor(elements, { shape }), sample.reference(...inputs.map(({ values }) => values)));
    });
    const all: [string, string | null][] = [['interpreter', wrong], ...Object.entries(differences)];
    return all.map(([engine, difference]) => ({
      dtype,
      order: 0 as const,
      engine: engine as Engine,
      outcome: difference === null ? 'right' : 'wrong',
      text: difference === null ? title : `${title}: ${difference}`,
    }));
  });
}

/** What becomes of the dtypes other than the only one, if there is only one. */
function otherDTypeFindings({ samples }: OperationSamples, onlyDType: DType): Finding[] {
  const results = samples.map((sample, number) => runOf(sample, number, onlyDType).compute());
  const isAlone = results.every(({ dtype }) => dtype === onlyDType);
  return allDTypes
    .filter((dtype) => dtype !== onlyDType)
    .flatMap((dtype) =>
      onAllEngines({
        dtype,
        order: 0,
        outcome: isAlone ? 'another' : 'wrong',
        text: isAlone ? `always gives ${onlyDType}` : `does not always give ${onlyDType}`,
      }),
    );
}

/** What becomes of the dtypes in which no sample runs. */
export function refusalFindings(row: OperationSamples): Finding[] {
  if (row.onlyDType !== null) return otherDTypeFindings(row, row.onlyDType);
  const sampled = new Set(row.samples.flatMap(({ dtypes }) => dtypes));
  const unsampled = allDTypes.filter((dtype) => !sampled.has(dtype));
  const tried = unsampled.flatMap((dtype) =>
    row.samples
      .filter(({ inputs }) => inputs.some((input) => input.dtype === undefined))
      .map((sample, number) => ({ dtype, call: () => runOf(sample, number, dtype).compute() })),
  );
  return [...row.refused, ...tried].flatMap(({ dtype, call }) => {
    const place = { dtype, order: 0 } as const;
    try {
      call();
    } catch (error) {
      const isOurs = error instanceof WindfallError && !error.message.startsWith('internal');
      if (isOurs) return onAllEngines({ ...place, outcome: 'refused', text: error.message });
      return onAllEngines({ ...place, outcome: 'wrong', text: String(error) });
    }
    return onAllEngines({ ...place, outcome: 'wrong', text: `takes ${dtype}, but no sample runs in it` });
  });
}
