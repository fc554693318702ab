/**
 * @file Internal covariate shift: how the inputs of the sigmoids of the network of section 4.1 drift while it learns (figure 1b
 * and c of the paper), and how much the gradient of a layer depends on the updates of those before it (Santurkar et al. 2018).
 */
import { type Line, linesFigure } from '../lines-figure.ts';
import type { FigureContent } from '../report/figure.ts';
import { batchSize } from '../paper-batches.ts';
import { deviation, learningRate } from '../watched-training.ts';
import {
  type Comparison,
  compareAlong,
  comparisonText,
  type Curve,
  meanPoints,
  meanText,
  quotientCells,
  rangePoints,
  verdictThatNotSmaller,
  verdictThatSmaller,
} from './compare-along.ts';
import { type Experiment, type Findings, seedsOf, type Trial } from './experiment.ts';
import { looks, type ShiftMoment, type ShiftResult, watchedDigits, watchShift } from './watch-shift.ts';

const networks = [
  { name: 'without BN', normalize: false, color: 'series-1' },
  { name: 'with BN', normalize: true, color: 'series-2' },
] as const;

const dashes = [undefined, '6 4', '2 3'] as const;

/** A number of a moment for each of three layers. */
interface Quantity {
  readonly label: string;
  /** The number of the first of the layers. */
  readonly firstLayer: number;
  /** Of the layer at that place; null where there is none. */
  readonly at: (moment: ShiftMoment, place: number) => number | null;
}

const places = [0, 1, 2];

const quantities = {
  mean: {
    label: 'drift of the mean, |Δμ|/σ',
    firstLayer: 1,
    at: ({ drift }, place) => drift?.[place]?.mean ?? null,
  },
  deviation: {
    label: 'drift of the deviation, |Δσ|/σ',
    firstLayer: 1,
    at: ({ drift }, place) => drift?.[place]?.deviation ?? null,
  },
  distance: { label: '‖G − G′‖', firstLayer: 2, at: ({ shift }, place) => shift[place]?.distance ?? null },
  relative: {
    label: '‖G − G′‖/‖G‖',
    firstLayer: 2,
    at: ({ shift }, place) => shift[place]?.relative ?? null,
  },
  angle: {
    label: '1 − cos(G, G′)',
    firstLayer: 2,
    at: ({ shift }, place) => {
      const cosine = shift[place]?.cosine ?? null;
      return cosine === null ? null : 1 - cosine;
    },
  },
} satisfies Record<string, Quantity>;

type Name = keyof typeof quantities;

/** The trials of all seeds, by network. */
class Results {
  readonly #results: readonly ShiftResult[];

  constructor(results: readonly ShiftResult[]) {
    this.#results = results;
  }

  get steps(): number[] {
    return this.#results[0]!.moments.map(({ step }) => step);
  }

  get seeds(): number {
    return this.#results.length / networks.length;
  }

  /** For each seed. */
  curves(normalize: boolean, at: (moment: ShiftMoment) => number | null): Curve[] {
    return this.#results
      .filter((result) => result.normalize === normalize)
      .map(({ moments }) => moments.map(at));
  }

  /** With BN against without, over all moments of the layers at these places. */
  compare(name: Name, which: readonly number[] = places): Comparison {
    const { at } = quantities[name];
    const joined = (normalize: boolean): Curve[] => {
      const byPlace = which.map((place) => this.curves(normalize, (moment) => at(moment, place)));
      return byPlace[0]!.map((_, seed) => byPlace.flatMap((curves) => curves[seed]!));
    };
    const plain = joined(false);
    return compareAlong(joined(true).map((curve, seed) => [curve, plain[seed]!]));
  }
}

/** All layers together, and then one by one. */
function comparisonsText(results: Results, name: Name): string {
  const { label, firstLayer } = quantities[name];
  const one = (place: number): string =>
    `layer ${firstLayer + place} ${quotientCells(results.compare(name, [place]))[0]}`;
  return `${label}: with BN ${comparisonText(results.compare(name))} and layers (${places.map(one).join(', ')})`;
}

function layersFigure(results: Results, name: Name, caption: string): FigureContent {
  const { label, firstLayer, at } = quantities[name];
  const lines = places.flatMap((place) =>
    networks.map(({ name: network, normalize, color }): Line => {
      const dash = dashes[place];
      const curves = results.curves(normalize, (moment) => at(moment, place));
      // A logarithmic axis has no place for 0.
      const points = meanPoints(results.steps, curves).map(({ x, y }) => ({ x, y: y === 0 ? null : y }));
      return {
        name: `layer ${firstLayer + place} ${network}`,
        points,
        color,
        ...(dash === undefined ? {} : { dash }),
      };
    }),
  );
  const axes = { x: { label: 'training steps' }, y: { label, scale: 'log' } } as const;
  return {
    svg: linesFigure(lines, axes),
    label: `${label} of three layers over training steps, without and with batch normalization`,
    caption,
  };
}

function percentilesFigure(results: Results, layer: number, ofSeeds: string): FigureContent {
  const lines = networks.map(({ name, normalize, color }): Line => {
    const of = (k: number): Curve[] =>
      results.curves(normalize, ({ percentiles }) => percentiles[layer]?.[k] ?? null);
    const points = rangePoints(results.steps, { low: of(0), middle: of(1), high: of(2) });
    return { name, color, points };
  });
  return {
    svg: linesFigure(lines, { x: { label: 'training steps' }, y: { label: 'input of a sigmoid' } }),
    label: `Percentiles of the inputs of hidden layer ${layer + 1} over training steps, without and with batch normalization`,
    caption: `Hidden layer ${layer + 1}: the median (line) and the 15th to the 85th percentile (band) of a sigmoid’s input over the digits, on average over its units. ${ofSeeds}.`,
  };
}

function findings(trials: readonly ShiftResult[]): Findings {
  const results = new Results(trials);
  const ofSeeds = `Means over ${results.seeds === 1 ? 'one seed' : `${results.seeds} seeds`}`;
  const [mean, spread, distance, angle] = (['mean', 'deviation', 'distance', 'angle'] as const).map((name) =>
    results.compare(name),
  ) as [Comparison, Comparison, Comparison, Comparison];
  const names = Object.keys(quantities) as Name[];
  const rows = names.flatMap((name) =>
    places.map((place) => {
      const { label, firstLayer, at } = quantities[name];
      const cell = (normalize: boolean): string =>
        meanText(results.curves(normalize, (moment) => at(moment, place)));
      const quotient = quotientCells(results.compare(name, [place]));
      return [`${label}, layer ${firstLayer + place}`, cell(false), cell(true), ...quotient];
    }),
  );
  return {
    claims: [
      {
        claim:
          'Ioffe & Szegedy 2015, 4.1, figure 1b and c: with BN the distribution of a sigmoid’s input is more stable as training goes on: its mean',
        measured: comparisonsText(results, 'mean'),
        verdict: verdictThatSmaller(mean),
      },
      {
        claim: 'The same of its variance',
        measured: comparisonsText(results, 'deviation'),
        verdict: verdictThatSmaller(spread),
      },
      {
        claim:
          'Ioffe & Szegedy 2015, 2: BN reduces internal covariate shift, here as Santurkar et al. define it: how much the updates of the layers before change a layer’s gradient G',
        measured: `${comparisonsText(results, 'distance')}. Relative to ‖G‖: ${comparisonText(results.compare('relative'))}`,
        verdict: verdictThatSmaller(distance),
      },
      {
        claim:
          'Santurkar et al. 2018, 2.2, figure 2: by this measure BN does not reduce internal covariate shift: ‖G − G′‖ is not smaller',
        measured: comparisonsText(results, 'distance'),
        verdict: verdictThatNotSmaller(distance),
      },
      {
        claim: 'The same: nor is the angle between G and G′ smaller',
        measured: comparisonsText(results, 'angle'),
        verdict: verdictThatNotSmaller(angle),
      },
    ],
    parts: [
      {
        title: 'What the sigmoids are fed',
        text: [
          'With BN the input of a sigmoid is γ·x̂ + β: while a mini-batch is learned from it has mean β and deviation γ over that mini-batch, whatever the layers before do. Here it is seen with the statistics of inference, which start from mean 0 and variance 1 and follow the mini-batches: what moves in the first steps with BN is these, too. What the next layer is fed is the sigmoid of it.',
        ],
        figures: [
          ...places.map((layer) => percentilesFigure(results, layer, ofSeeds)),
          layersFigure(
            results,
            'mean',
            `From one moment to the next: how far the mean of a sigmoid’s input moves, relative to its deviation before, on average over the units of a layer. ${ofSeeds}.`,
          ),
          layersFigure(results, 'deviation', `The same of its deviation. ${ofSeeds}.`),
        ],
      },
      {
        title: 'How updates of the layers before change a gradient',
        text: [
          'G is the gradient of the weights of a layer, G′ that after the layers before have made the step that training makes (Santurkar et al. 2018, definition 2.1). Layer 4 is the last one, which gives the logits. Were there no covariate shift in this sense, both would be the same: distance 0, cosine 1.',
        ],
        figures: [
          layersFigure(results, 'distance', `The distance of the two gradients. ${ofSeeds}.`),
          layersFigure(results, 'relative', `The same relative to the length of G. ${ofSeeds}.`),
          layersFigure(results, 'angle', `One minus the cosine of their angle. ${ofSeeds}.`),
        ],
      },
      {
        title: 'All numbers',
        text: [],
        tables: [
          {
            head: ['', ...networks.map(({ name }) => name), 'quotient', 'smaller with BN'],
            rows,
            caption:
              'Means over all moments, with 95 % confidence intervals over the seeds; the geometric mean of the quotients with BN / without; at how many moments it is smaller with BN.',
          },
        ],
      },
    ],
  };
}

export const covariateShift: Experiment<ShiftResult> = {
  name: 'covariate-shift',
  title: 'Internal covariate shift',
  question:
    'Does batch normalization keep the distributions inside a network, and its gradients, from shifting?',
  setup: [
    `The network of section 4.1 (784-100-100-100-10, sigmoid, binary images), with and without BN, from the same weights N(0, ${deviation}²) on the same mini-batches of ${batchSize} digits, by plain gradient descent with learning rate ${learningRate}. It is looked at before training and up to ${looks} times on the way.`,
    `Distributions are those over the first ${watchedDigits.toLocaleString('en')} test digits, unit by unit. Gradients are those of the mini-batch from which the next step learns, with its statistics, in float64; the layers before are updated with all their parameters, γ and β among them.`,
    'That something is smaller with BN is said to hold if its geometric mean over the seeds is smaller at nine of ten moments of all three layers, and to hold in part if at one of ten. That something is not smaller is judged by the same rule.',
  ],
  defaults: { steps: 2000, seeds: 2 },
  full: { steps: 5000, seeds: 5 },
  trials: (settings, digits): Trial<ShiftResult>[] =>
    seedsOf(settings).flatMap((seed) =>
      networks.map(({ name, normalize }) => ({
        name: `${name}, seed ${seed}`,
        steps: settings.steps,
        run: () => watchShift(digits, { seed, normalize, steps: settings.steps }),
      })),
    ),
  findings,
};
