/**
 * @file Gradients and second gradients: on the interpreter they are those of finite differences in f64, and in f32 those
 * of f64; on the other engines they are the interpreter's. Where there is none, `gradient` says so.
 */
import { assertClose, gradcheck, gradient, type Tensor, tensor, WindfallError } from '../../src/index.ts';
import { isFloat } from '../../src/dtype.ts';
import { interpret } from '../../src/interpret/interpret.ts';
import { withBackend } from '../with-backend.ts';
import { computeEverywhere, messageOf, nearButForRounding } from './agreement.ts';
import { engines, type Finding, onAllEngines } from './finding.ts';
import type { Run } from './runs.ts';

/** x + x²/2: of this even a linear operation has a second gradient. */
const bent = (x: Tensor): Tensor => x.add(x.square().mul(0.5));

/** Numbers of a tensor's shape and dtype without a pattern. */
function weights({ shape, size, dtype }: Tensor, frequency: number): Tensor {
  const numbers = Float64Array.from({ length: size }, (_, k) => Math.cos(frequency * (k + 1)));
  return tensor(numbers, { shape, dtype });
}

/** The gradient of a weighted sum of the bent results, and the gradient of a weighted sum of that. */
function derivatives(result: Tensor, targets: readonly Tensor[]): Readonly<Record<1 | 2, readonly Tensor[]>> {
  const first = gradient(bent(result), targets, { cotangent: weights(result, 0.37) });
  const sum = first
    .map((slope, k) => slope.mul(weights(slope, 0.51 + k)).sum())
    .reduce((before, term) => before.add(term));
  return { 1: first, 2: gradient(sum, targets) };
}

/** The inputs with respect to which a run differentiates, by position. */
function targetsOf({ dtype, inputs }: Run): number[] {
  return inputs.flatMap(({ stored }, k) => (isFloat(dtype) && stored.dtype === dtype ? [k] : []));
}

/** What is to differentiate where neither the result nor an input is a float: nothing, or what `gradient` refuses. */
function withoutGradient(run: Run, result: Tensor): Finding[] {
  const { dtype, title, inputs } = run;
  const stored = inputs.map((input) => input.stored);
  const findings = (outcome: Finding['outcome'], text: string): Finding[] =>
    ([1, 2] as const).flatMap((order) => onAllEngines({ dtype, order, outcome, text }));
  if (inputs.length === 0) return findings('nothing', title);
  try {
    gradient(result.sum(), stored);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isOurs = error instanceof WindfallError && /only f32 and f64 \w+ have gradients/.test(message);
    return findings(isOurs ? 'refused' : 'wrong', message);
  }
  return findings('wrong', `${title}: gradient does not refuse it`);
}

/** What is wrong with the interpreter's gradients of a smooth function; null where nothing is. */
function differenceFromTruth(
  run: Run,
  targets: readonly number[],
  interpreted: readonly Float64Array[],
): string | null {
  const { inputs, compute } = run;
  if (run.dtype === 'f64') {
    const stored = inputs.map((input) => input.stored);
    return messageOf(() =>
      gradcheck((...given) => bent(compute(given)), stored, { order: 2, directions: 1 }),
    );
  }
  const precise = inputs.map(({ stored }, k) => (targets.includes(k) ? stored.cast('f64') : stored));
  const { 1: first, 2: second } = derivatives(
    compute(precise),
    targets.map((k) => precise[k]!),
  );
  const slopes = [...first, ...second];
  const expected = interpret(slopes.map(({ node }) => node));
  return messageOf(() => {
    slopes.forEach(({ shape }, k) => {
      assertClose(tensor(Float32Array.from(interpreted[k]!), { shape }), { shape, values: expected[k]! });
    });
  });
}

function findingsOf(run: Run, zeroGradient: string | null): Finding[] {
  const { dtype, title, sample, inputs, compute } = run;
  const result = compute();
  const positions = targetsOf(run);
  if (positions.length === 0 || !isFloat(result.dtype)) return withoutGradient(run, result);
  const targets = positions.map((k) => inputs[k]!.stored);
  const slopes = derivatives(result, targets);
  const computed = computeEverywhere([...slopes[1], ...slopes[2]], nearButForRounding);
  const interpreted = computed.map((each) => each.interpreted);
  const isEmpty = result.size === 0 || inputs.some(({ stored }) => stored.size === 0);
  // A result that is rounded to f32 is too coarse for the differences that f64 is held against.
  const isPrecise = dtype === 'f32' || result.dtype === 'f64';
  const isCheckable = sample.smooth && isPrecise && !isEmpty && zeroGradient === null;
  const untrue = isCheckable ? differenceFromTruth(run, positions, interpreted) : null;
  return ([1, 2] as const).flatMap((order) => {
    const own = order === 1 ? computed.slice(0, targets.length) : computed.slice(targets.length);
    const isZero = own.every((each) => each.interpreted.every((value) => value === 0));
    const fits = slopes[order].every((slope, k) => slope.dtype === dtype && slope.size === targets[k]!.size);
    const wrongEverywhere = !fits
      ? 'the gradient is not of the dtype and shape of its input'
      : zeroGradient !== null && !isZero
        ? 'the gradient is not zero'
        : null;
    return engines.flatMap((engine): Finding[] => {
      if (engine === 'interpreter' && !isCheckable && zeroGradient === null) return [];
      const difference =
        wrongEverywhere ??
        (engine === 'interpreter'
          ? untrue
          : (own.map(({ differences }) => differences[engine]).find((each) => each !== null) ?? null));
      if (difference !== null)
        return [{ dtype, order, engine, outcome: 'wrong', text: `${title}: ${difference}` }];
      return [{ dtype, order, engine, outcome: isZero ? 'zero' : 'right', text: title }];
    });
  });
}

/** Both orders of all runs of an operation. */
export function gradientFindings(runs: readonly Run[], zeroGradient: string | null): Finding[] {
  return withBackend('interpreter', () => runs.flatMap((run) => findingsOf(run, zeroGradient)));
}
