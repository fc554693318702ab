/**
 * @file The loss landscape (Santurkar et al. 2018, figure 4): how loss and gradient change along the gradient while the network
 * of section 4.1 learns, with and without batch normalization, and how curved the loss is.
 */
import { batchSize } from '../paper-batches.ts';
import { deviation, learningRate } from '../watched-training.ts';
import { type Line, type LineAxis, linesFigure } from '../lines-figure.ts';
import type { FigureContent } from '../report/figure.ts';
import {
  type Comparison,
  compareAlong,
  comparisonText,
  type Curve,
  meanPoints,
  meanText,
  quotientCells,
  rangePoints,
  verdictThatSmaller,
} from './compare-along.ts';
import { type Claim, type Experiment, type Findings, seedsOf, type Trial } from './experiment.ts';
import { verdictOfBoth } from './verdicts.ts';
import {
  convergence,
  type Landscape,
  looks,
  makeViewpoint,
  type Moment,
  stepSizes,
  watchLandscape,
} from './watch-landscape.ts';
import { mean } from '../mean.ts';

/** A number of a moment; null where something that it takes is not finite. */
type Quantity = (moment: Moment) => number | null;

const quantities = {
  lossRange: ({ lowestLoss, highestLoss }) =>
    lowestLoss === null || highestLoss === null ? null : highestLoss - lowestLoss,
  largestChange: (moment) => moment.largestChange,
  relativeChange: (moment) => moment.relativeChange,
  smoothness: (moment) => moment.smoothness,
  curvature: (moment) => moment.curvature,
  scaledCurvature: (moment) => moment.scaledCurvature,
} satisfies Record<string, Quantity>;

const labels: Readonly<Record<keyof typeof quantities, string>> = {
  lossRange: 'range of L(θ − αg) over α',
  largestChange: 'largest ‖∇L(θ − αg) − g‖',
  relativeChange: `‖∇L(θ − αg) − g‖/‖g‖ for α = ${learningRate}`,
  smoothness: 'effective smoothness, largest ‖∇L(θ − αg) − g‖/‖αg‖',
  curvature: 'largest |λ| of the Hessian',
  scaledCurvature: '|λ|·‖W‖²',
};

const networks = [
  { name: 'without BN', normalize: false },
  { name: 'with BN', normalize: true },
] as const;

const stepAxis = { label: 'training steps' };

function findings(results: readonly Landscape[]): Findings {
  const of = (wanted: boolean): Landscape[] => results.filter(({ normalize }) => normalize === wanted);
  const lookedAt = results[0]!.moments.map(({ step }) => step);
  const curves = (normalize: boolean, quantity: Quantity): (number | null)[][] =>
    of(normalize).map(({ moments }) => moments.map(quantity));
  const compare = (name: keyof typeof quantities): Comparison => {
    const [plain, normalized] = [curves(false, quantities[name]), curves(true, quantities[name])];
    return compareAlong(normalized.map((curve, seed) => [curve, plain[seed]!]));
  };
  const claimThatSmaller = (claim: string, name: keyof typeof quantities, also = ''): Claim => {
    const comparison = compare(name);
    const measured = `${labels[name]}: with BN ${comparisonText(comparison)}${also}`;
    return { claim, measured, verdict: verdictThatSmaller(comparison) };
  };
  const lines = (low: Quantity, middle: Quantity, high: Quantity): Line[] =>
    networks.map(({ name, normalize }) => {
      const of = (quantity: Quantity): Curve[] => curves(normalize, quantity);
      return { name, points: rangePoints(lookedAt, { low: of(low), middle: of(middle), high: of(high) }) };
    });
  const banded = (quantity: Quantity): Line[] =>
    networks.map(({ name, normalize }) => ({
      name,
      points: meanPoints(lookedAt, curves(normalize, quantity), { positive: true }),
    }));
  const figureOf = (drawn: readonly Line[], y: LineAxis, caption: string): FigureContent => ({
    svg: linesFigure(drawn, { x: stepAxis, y }),
    label: `${y.label} over training steps, without and with batch normalization`,
    caption,
  });
  const ofSeeds = `Means over ${of(true).length === 1 ? 'one seed' : `${of(true).length} seeds`}`;
  const withBands = `${ofSeeds}${of(true).length === 1 ? '' : ', with 95 % confidence intervals'}.`;
  const row = (name: keyof typeof quantities): string[] => [
    labels[name],
    ...networks.map(({ normalize }) => meanText(curves(normalize, quantities[name]))),
    ...quotientCells(compare(name)),
  ];
  const all = results.flatMap(({ moments }) => moments);
  const converged = all.filter(({ residual }) => residual !== null && residual <= convergence.tolerance);
  const names = Object.keys(quantities) as (keyof typeof quantities)[];
  return {
    claims: [
      claimThatSmaller(
        'Santurkar et al. 2018, 3.1, figure 4a: with BN the loss varies less along its gradient',
        'lossRange',
      ),
      claimThatSmaller(
        'Figure 4b: with BN the gradient changes less along itself: it predicts better',
        'largestChange',
        `. Relative to the length of the gradient, for the step that is taken: ${comparisonText(compare('relativeChange'))}`,
      ),
      claimThatSmaller('Figure 4c: with BN the effective smoothness β is better (smaller)', 'smoothness'),
      {
        claim:
          'Section 4, theorem 4.2 (there along the gradient, here in the direction where it is largest): BN lowers the curvature of the loss',
        measured: `${labels.curvature}: with BN ${comparisonText(compare('curvature'))}. Freed from the scale of the weights, as ${labels.scaledCurvature}: ${comparisonText(compare('scaledCurvature'))}`,
        verdict: verdictOfBoth(
          verdictThatSmaller(compare('curvature')),
          verdictThatSmaller(compare('scaledCurvature')),
        ),
      },
    ],
    parts: [
      {
        title: 'Loss and gradient along the gradient',
        text: [
          'The three measures of figure 4. The networks differ in the length of g, too, so equal α are not equal distances; effective smoothness divides by the distance.',
        ],
        figures: [
          figureOf(
            lines(
              (moment) => moment.lowestLoss,
              (moment) => moment.loss,
              (moment) => moment.highestLoss,
            ),
            { label: 'L(θ − αg)' },
            `(a) Line: the loss L(θ) of the next mini-batch. Band: from the least to the largest L(θ − αg). ${ofSeeds}.`,
          ),
          figureOf(
            lines(
              (moment) => moment.leastChange,
              (moment) => moment.changeByStep,
              (moment) => moment.largestChange,
            ),
            { label: '‖∇L(θ − αg) − g‖' },
            `(b) Line: how much the gradient is changed by the step that training takes, α = ${learningRate}. Band: from the least to the largest of all α. ${ofSeeds}.`,
          ),
          figureOf(
            banded(quantities.smoothness),
            { label: 'effective smoothness' },
            `(c) The largest ‖∇L(θ − αg) − g‖/‖αg‖ over all α. ${withBands}`,
          ),
        ],
        tables: [
          {
            head: ['', ...networks.map(({ name }) => name), 'quotient', 'smaller with BN'],
            rows: names.map(row),
            caption:
              'Means over all moments, with 95 % confidence intervals over the seeds; the geometric mean of the quotients with BN / without, and at how many moments it is smaller with BN.',
          },
        ],
      },
      {
        title: 'The largest eigenvalue of the Hessian',
        text: [
          'Curvature is only half comparable: with BN the loss does not depend on the scale of the weights before it, and where those are a times as large, gradients are 1/a and second derivatives 1/a² as large. Part of what is seen at |λ| is then the growth of the weights. |λ|·‖W‖², with all weights of the hidden layers in W, does not change with their scale. Before training both networks have the same weights.',
          `Power iteration converged at ${converged.length} of ${all.length} moments, after ${iterationsText(all)} products.`,
        ],
        figures: [
          figureOf(
            banded(quantities.curvature),
            { label: '|λ|' },
            `(d) The largest eigenvalue of the Hessian by magnitude. ${withBands}`,
          ),
          figureOf(
            banded(quantities.scaledCurvature),
            { label: '|λ|·‖W‖²', scale: 'log' },
            `(e) The same times the sum of the squared weights of the hidden layers. ${withBands}`,
          ),
        ],
      },
    ],
  };
}

function iterationsText(moments: readonly Moment[]): string {
  const counts = moments.map(({ iterations }) => iterations).filter((count) => count !== null);
  return `${Math.min(...counts)} to ${Math.max(...counts)} (on average ${Math.round(mean(counts))})`;
}

export const lossLandscape: Experiment<Landscape> = {
  name: 'loss-landscape',
  title: 'The loss landscape',
  question: 'Does batch normalization make the loss smoother along the way that training takes?',
  setup: [
    `The network of section 4.1 (784-100-100-100-10, sigmoid, binary images), with and without BN, from the same weights N(0, ${deviation}²) on the same mini-batches of ${batchSize} digits, by plain gradient descent with learning rate ${learningRate}.`,
    `Before training, and up to ${looks} times on the way, everything is measured on the mini-batch from which the next step learns, with that mini-batch’s statistics, in float64, as a function of all parameters θ: weights and biases, and with BN also γ and β. With g = ∇L(θ), the loss and its gradient are taken at θ − αg for α = ${stepSizes.join(', ')}; the step that training takes is α = ${learningRate}. Santurkar et al. look as far as α = 0.4, on VGG and CIFAR-10.`,
    `The eigenvalue of largest magnitude of the Hessian comes from power iteration on Hessian-vector products, gradients of gradients through batch normalization, from a seeded random vector. It ends when ‖Hv − λv‖ ≤ ${convergence.tolerance}·|λ|, or after ${convergence.mostIterations} products.`,
    'That something is smaller with BN is said to hold if its geometric mean over the seeds is smaller at nine of ten moments, and to hold in part if at one of ten; of curvature, if that is so with and without regard to the scale of the weights.',
  ],
  defaults: { steps: 2000, seeds: 2 },
  full: { steps: 5000, seeds: 5 },
  trials(settings, { training }): Trial<Landscape>[] {
    const { steps } = settings;
    // Its compiled functions serve all seeds.
    const viewpoints = networks.map(({ name, normalize }) => ({ name, ...makeViewpoint(normalize) }));
    return seedsOf(settings).flatMap((seed) =>
      viewpoints.map(({ name, ...viewpoint }) => ({
        name: `${name}, seed ${seed}`,
        steps,
        run: () => watchLandscape(training, viewpoint, { seed, steps }),
      })),
    );
  },
  findings,
};
