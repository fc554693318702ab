/**
 * @file One network while it learns, tested with one kind of statistics after another. What comes of it is
 * inference-statistics.ts.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { DataLoader, type Module, SGD, updateBatchNorm } from '@windfall/nn';
import { DigitNetwork, drawWeights } from '../digit-network.ts';
import { FollowedStatistics, type Momentum, normalizationsOf } from '../followed-statistics.ts';
import { growingSteps } from '../look-steps.ts';
import { type Batch, DigitDataset, type Digits, pixels } from '../digits.ts';
import { type Quality, qualityOf } from '../quality.ts';
import { trainingStep, withoutEnd } from '../training-step.ts';
import type { DigitSets } from './experiment.ts';
import { mean } from '../mean.ts';

export const batchSizes = [4, 60] as const;
/** Of batches of 60; that of others is proportional to their size. */
export const learningRate = 0.5;
export const weightDeviation = 0.1;
/** Over how many training batches Algorithm 2 averages. */
export const populationBatches = 200;
const looks = 9;

/** The statistics that a digit is normalized by when the network is tested, in the order of tables and legends. */
export const momenta = {
  'momentum 0.5': 0.5,
  'momentum 0.1': 0.1,
  'momentum 0.01': 0.01,
  'average of all': null,
} satisfies Record<string, Momentum>;

export type Running = keyof typeof momenta;
export type Statistics = Running | 'population' | 'test batches';
export const runnings = Object.keys(momenta) as Running[];
export const allStatistics: readonly Statistics[] = ['test batches', 'population', ...runnings];

/** How far statistics are from those of the population. */
export interface Distance {
  /** The root mean square over all features of (μ − μ of the population)/σ of the population. */
  readonly mean: number;
  /** The geometric mean over all features of σ/σ of the population. */
  readonly deviation: number;
}

export interface Look {
  readonly step: number;
  readonly quality: Readonly<Record<Statistics, Quality>>;
  readonly distance: Readonly<Record<Running, Distance>>;
}

export interface Watched {
  readonly batchSize: number;
  readonly looks: readonly Look[];
  /** At the end, with the statistics of test batches that are sorted by class. */
  readonly sorted: Quality;
}

/** The digits in the order of their classes. */
function sortedByClass({ count, ink, labels }: Digits): Digits {
  const order = Array.from({ length: count }, (_, k) => k).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const sorted = new Uint8Array(ink.length);
  for (const [place, from] of order.entries())
    sorted.set(ink.subarray(from * pixels, (from + 1) * pixels), place * pixels);
  return { count, ink: sorted, labels: Uint8Array.from(order, (from) => labels[from]!) };
}

/** The running statistics of all features. */
function statisticsOf(network: Module): { means: number[]; deviations: number[] } {
  const layers = normalizationsOf(network);
  return {
    means: layers.flatMap(({ runningMean }) => [...runningMean!.data()] as number[]),
    deviations: layers.flatMap(({ runningVar, eps }) =>
      Array.from(runningVar!.data(), (variance) => Math.sqrt(variance + eps)),
    ),
  };
}

function distanceOf(
  { means, deviations }: ReturnType<typeof statisticsOf>,
  population: ReturnType<typeof statisticsOf>,
): Distance {
  const shifts = means.map((mean, k) => (mean - population.means[k]!) / population.deviations[k]!);
  const logs = deviations.map((deviation, k) => Math.log(deviation / population.deviations[k]!));
  return {
    mean: Math.sqrt(mean(shifts.map((shift) => shift ** 2))),
    deviation: Math.exp(mean(logs)),
  };
}

/** Looks at a network with all statistics, and leaves it with those of some batch. */
function testerFor(
  network: Module,
  followed: FollowedStatistics,
  data: { test: readonly Batch[]; inBatches: readonly Batch[]; population: () => Iterable<Batch> },
): (step: number) => Look {
  const inference = qualityOf(network);
  const inTraining = qualityOf(network, { training: true });
  return (step) => {
    updateBatchNorm(network, data.population());
    const population = statisticsOf(network);
    const ofPopulation = inference(data.test);
    const running = runnings.map((name) => {
      followed.use(momenta[name]);
      return {
        name,
        quality: inference(data.test),
        distance: distanceOf(statisticsOf(network), population),
      };
    });
    const by = <Value>(value: (entry: (typeof running)[number]) => Value): Record<Running, Value> =>
      Object.fromEntries(running.map((entry) => [entry.name, value(entry)])) as Record<Running, Value>;
    return {
      step,
      quality: {
        ...by(({ quality }) => quality),
        population: ofPopulation,
        'test batches': inTraining(data.inBatches),
      },
      distance: by(({ distance }) => distance),
    };
  };
}

export function* watchStatistics(
  batchSize: number,
  { training, test }: DigitSets,
  { seed, steps }: { seed: number; steps: number },
): Generator<string | undefined, Watched, void> {
  const generator = new RandomGenerator(seed);
  const weights = drawWeights(generator, { deviation: weightDeviation });
  const network = new DigitNetwork(weights, { normalize: true });
  const followed = new FollowedStatistics(network, Object.values(momenta));
  const rate = (learningRate * batchSize) / Math.max(...batchSizes);
  const optimizer = new SGD(network.parameters(), { learningRate: rate });
  const step = trainingStep(network, optimizer, () => followed.follow());
  const dataset = new DigitDataset(training, 'f32');
  const whole = { batchSize, dropLast: true };
  const batches = withoutEnd(new DataLoader(dataset, { ...whole, shuffle: true, seed }));
  const testBatches = (digits: Digits, options: { batchSize: number; dropLast: boolean }): Batch[] => [
    ...new DataLoader(new DigitDataset(digits, 'f32'), options),
  ];
  // The same training digits at each look, in batches of the same size as in training.
  const some = Math.min(populationBatches, Math.floor(training.count / batchSize));
  function* population(): Generator<Batch, void, void> {
    for (let k = 0; k < some; k++)
      yield dataset.getBatch(Array.from({ length: batchSize }, (_, place) => k * batchSize + place));
  }
  const look = testerFor(network, followed, {
    test: testBatches(test, { batchSize: 1000, dropLast: false }),
    inBatches: testBatches(test, whole),
    population,
  });
  const lookAt = new Set(growingSteps(steps, looks));
  const seen: Look[] = [];
  for (let k = 1; k <= steps; k++) {
    const loss = step(batches.next().value);
    if (lookAt.has(k)) seen.push(look(k));
    yield `loss ${loss.toFixed(2)}`;
  }
  const sorted = qualityOf(network, { training: true })(testBatches(sortedByClass(test), whole));
  return { batchSize, looks: seen, sorted };
}
