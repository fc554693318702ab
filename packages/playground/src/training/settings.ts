/**
 * @file What can be set: of each of the two networks, and of the training that they share. Settings have a short text, which
 * stands in the page's address.
 */

/** What is applied to the results of every hidden layer. */
export const activationNames = ['sigmoid', 'tanh', 'relu'] as const;
export type ActivationName = (typeof activationNames)[number];

export interface NetworkSettings {
  /** How many hidden layers there are, */
  readonly layers: number;
  /** and how many units each has. */
  readonly width: number;
  readonly activation: ActivationName;
  /** Whether the input of every activation is batch-normalized. */
  readonly normalize: boolean;
  readonly learningRate: number;
  /** The standard deviation of the initial weights. */
  readonly deviation: number;
}

export interface Settings {
  /** What initial weights and batches follow from. */
  readonly seed: number;
  readonly batchSize: number;
  readonly networks: readonly [NetworkSettings, NetworkSettings];
}

/** What there is to choose from. */
export const choices: Readonly<
  Record<'layers' | 'width' | 'learningRate' | 'deviation' | 'batchSize', readonly number[]>
> = {
  layers: [1, 2, 3, 4, 5, 6],
  width: [10, 20, 50, 100, 200],
  learningRate: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  deviation: [0.01, 0.03, 0.1, 0.3, 1],
  batchSize: [10, 30, 60, 120, 240],
};

export const largestSeed = 999_999;

/** The network of section 4.1 of the batch normalization paper. */
const papers: NetworkSettings = {
  ...{ layers: 3, width: 100, activation: 'sigmoid' },
  ...{ normalize: false, learningRate: 0.1, deviation: 0.1 },
};

/** The comparison of that section: the same network without and with batch normalization. */
export const defaultSettings: Settings = {
  seed: 1,
  batchSize: 60,
  networks: [papers, { ...papers, normalize: true }],
};

function textOfNetwork(network: NetworkSettings): string {
  const { layers, width, activation, normalize, learningRate, deviation } = network;
  return [`${layers}x${width}`, activation, normalize ? 'bn' : 'plain', learningRate, deviation].join(',');
}

/**
 * Settings as a short text that can stand in an address.
 * @example settingsText(defaultSettings); // 'seed=1&batch=60&a=3x100,sigmoid,plain,0.1,0.1&b=3x100,sigmoid,bn,0.1,0.1'
 */
export function settingsText({ seed, batchSize, networks: [a, b] }: Settings): string {
  return `seed=${seed}&batch=${batchSize}&a=${textOfNetwork(a)}&b=${textOfNetwork(b)}`;
}

/** The choice that a text stands for, or else what is given. */
function chosen(choices: readonly number[], text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return choices.includes(value) ? value : otherwise;
}

function networkFrom(text: string | undefined, otherwise: NetworkSettings): NetworkSettings {
  if (text === undefined) return otherwise;
  const [shape, activation, normalize, learningRate, deviation] = text.split(',');
  const [layers, width] = (shape ?? '').split('x');
  return {
    layers: chosen(choices.layers, layers, otherwise.layers),
    width: chosen(choices.width, width, otherwise.width),
    activation: activationNames.find((name) => name === activation) ?? otherwise.activation,
    normalize: normalize === 'bn' || (normalize !== 'plain' && otherwise.normalize),
    learningRate: chosen(choices.learningRate, learningRate, otherwise.learningRate),
    deviation: chosen(choices.deviation, deviation, otherwise.deviation),
  };
}

/** The settings that a text stands for; what it does not say, or what cannot be chosen, is as by default. */
export function settingsFrom(text: string): Settings {
  const entries = new Map(text.split('&').map((entry) => entry.split('=') as [string, string | undefined]));
  const seed = Number(entries.get('seed') ?? NaN);
  const isSeed = Number.isInteger(seed) && seed >= 0 && seed <= largestSeed;
  const [a, b] = defaultSettings.networks;
  return {
    seed: isSeed ? seed : defaultSettings.seed,
    batchSize: chosen(choices.batchSize, entries.get('batch'), defaultSettings.batchSize),
    networks: [networkFrom(entries.get('a'), a), networkFrom(entries.get('b'), b)],
  };
}
