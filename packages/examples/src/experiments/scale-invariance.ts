/**
 * @file Scale invariance (section 3.3 of the paper): the scale of the weights before batch normalization changes neither what
 * comes out nor the gradient that goes further back, and larger weights get smaller gradients.
 */
import { Generator as RandomGenerator, gradient, normal, type Tensor } from '@windfall/core';
import { functional } from '@windfall/nn';
import { linesFigure } from '../lines-figure.ts';
import { type Experiment, type Findings, seedsOf, type Trial } from './experiment.ts';

/** What a layer gives for weights a·W, in float64. */
interface Scaled {
  readonly layer: LayerName;
  readonly scale: number;
  /** ‖y(a·W) − y(W)‖ / ‖y(W)‖ */
  readonly output: number;
  /** The same of ∂ℓ/∂u, the gradient with respect to the layer's input. */
  readonly inputGradient: number;
  /** ‖∂ℓ/∂(a·W)‖ / ‖∂ℓ/∂W‖ */
  readonly weightGradient: number;
}

const norm = (x: Tensor): number => Math.sqrt(x.square().sum().item());

const distance = (x: Tensor, from: Tensor): number => norm(x.sub(from)) / norm(from);

/** From inputs [batch, 784] and weights [100, 784]. */
type Layer = (input: Tensor, weight: Tensor) => Tensor;

const layers = {
  'without BN': functional.linear,
  // ε = 0, because that is what the paper's formulas speak of.
  'with BN': (input, weight) =>
    functional.batchNorm(functional.linear(input, weight), { training: true, eps: 0 }).output,
} satisfies Record<string, Layer>;

type LayerName = keyof typeof layers;

/** The scales a = 10^(k/4), the one in the middle, or just above it, 1. Powers of two would change no bit. */
const scalesFor = (count: number): number[] =>
  Array.from({ length: count }, (_, k) => 10 ** ((k - Math.floor(count / 2)) / 4));

function* compareScales(seed: number, count: number): Generator<undefined, Scaled[], void> {
  const generator = new RandomGenerator(seed);
  const input = normal([60, 784], { dtype: 'f64', generator });
  const weight = normal([100, 784], { dtype: 'f64', std: 0.05, generator });
  const cotangent = normal([60, 100], { dtype: 'f64', generator });
  const look = (name: LayerName, weights: Tensor): [y: Tensor, du: Tensor, dw: Tensor] => {
    const y = layers[name](input, weights).tanh();
    const [du, dw] = gradient(y, [input, weights], { cotangent });
    return [y, du, dw];
  };
  const results: Scaled[] = [];
  for (const scale of scalesFor(count)) {
    for (const layer of Object.keys(layers) as LayerName[]) {
      const [y, du, dw] = look(layer, weight);
      const [scaledY, scaledDu, scaledDw] = look(layer, weight.mul(scale));
      results.push({
        ...{ layer, scale, output: distance(scaledY, y), inputGradient: distance(scaledDu, du) },
        weightGradient: norm(scaledDw) / norm(dw),
      });
    }
    yield;
  }
  return results;
}

const scientific = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** The largest of a quantity over all trials. */
const largest = (rows: readonly Scaled[], quantity: (row: Scaled) => number): number =>
  Math.max(...rows.map(quantity));

function findings(rows: readonly Scaled[]): Findings {
  const of = (name: LayerName): Scaled[] => rows.filter(({ layer }) => layer === name);
  const [normalized, plain] = [of('with BN'), of('without BN')];
  const output = largest(normalized, (row) => row.output);
  const inputGradient = largest(normalized, (row) => row.inputGradient);
  const fromInverse = largest(normalized, ({ scale, weightGradient }) =>
    Math.abs(scale * weightGradient - 1),
  );
  const holds = (error: number) => (error < 1e-9 ? 'holds' : 'does not hold');
  const [smallest, greatest] = [normalized[0]!.scale, normalized.at(-1)!.scale];
  const range = `for all a from ${smallest.toPrecision(2)} to ${greatest.toPrecision(2)}`;
  return {
    claims: [
      {
        claim: 'Ioffe & Szegedy 2015, 3.3: BN(Wu) = BN((aW)u) for a scalar a',
        measured: `relative difference at most ${scientific(output)} ${range}, in float64; without BN up to ${scientific(largest(plain, (row) => row.output))}`,
        verdict: holds(output),
      },
      {
        claim: '3.3: ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u: the scale does not affect what is propagated back',
        measured: `relative difference at most ${scientific(inputGradient)}; without BN up to ${scientific(largest(plain, (row) => row.inputGradient))}`,
        verdict: holds(inputGradient),
      },
      {
        claim: '3.3: ∂BN((aW)u)/∂(aW) = 1/a · ∂BN(Wu)/∂W: larger weights lead to smaller gradients',
        measured: `a times the ratio of the gradients' norms is within ${scientific(fromInverse)} of 1`,
        verdict: holds(fromInverse),
      },
    ],
    parts: [
      {
        title: 'The gradient of the weights',
        text: [
          'With BN the gradient of the weights shrinks as the weights grow, exactly in proportion. Steps of one size then turn large weights less than small ones: the scale of the weights settles by itself.',
        ],
        figures: [
          {
            svg: linesFigure(
              [
                { name: 'without BN', rows: plain },
                { name: 'with BN', rows: normalized },
              ].map((line) => ({
                name: line.name,
                points: meansByScale(line.rows),
              })),
              {
                x: { label: 'a, the scale of the weights', scale: 'log' },
                y: { label: '‖∂ℓ/∂(aW)‖ / ‖∂ℓ/∂W‖', scale: 'log' },
              },
              { dots: true },
            ),
            label: 'Norm of the gradient of the weights over the scale of the weights, without and with BN',
            caption:
              'Norm of the gradient of the weights a·W relative to that at a = 1. With BN it is 1/a. Without, the tanh behind the layer saturates for large weights.',
          },
        ],
      },
    ],
  };
}

/** The geometric mean over seeds at each scale. */
function meansByScale(rows: readonly Scaled[]): { x: number; y: number }[] {
  const scales = [...new Set(rows.map(({ scale }) => scale))];
  return scales.map((x) => {
    const logs = rows.filter(({ scale }) => scale === x).map((row) => Math.log(row.weightGradient));
    return { x, y: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) };
  });
}

export const scaleInvariance: Experiment<readonly Scaled[]> = {
  name: 'scale-invariance',
  title: 'Scale invariance',
  question: 'Does the scale of the weights matter before batch normalization?',
  setup: [
    'A linear layer of 784 inputs and 100 outputs, batch normalization with ε = 0, then tanh, on 60 random inputs in float64. Its weights W are multiplied by a; gradients are those of a random linear functional of the output.',
  ],
  defaults: { steps: 13, seeds: 3 },
  full: { steps: 21, seeds: 10 },
  trials: (settings): Trial<readonly Scaled[]>[] =>
    seedsOf(settings).map((seed) => ({
      name: `seed ${seed}`,
      steps: settings.steps,
      run: () => compareScales(seed, settings.steps),
    })),
  findings: (results) => findings(results.flat()),
};
