/**
 * @file Comparisons that are worth a look: the same network without and with batch normalization, under conditions that
 * tell something about it.
 */
import { defaultSettings, type NetworkSettings, type Settings } from './settings.ts';

export interface Preset {
  readonly name: string;
  /** What there is to see. */
  readonly lesson: string;
  readonly settings: Settings;
}

/** @param changes to both networks of the default */
function preset(name: string, lesson: string, changes: Partial<NetworkSettings>): Preset {
  const [plain, normalized] = defaultSettings.networks;
  const networks = [
    { ...plain, ...changes },
    { ...normalized, ...changes },
  ] as const;
  return { name, lesson, settings: { ...defaultSettings, networks } };
}

export const presets: readonly Preset[] = [
  preset(
    'The paper',
    'Three layers of sigmoids. Without batch normalization nothing seems to happen for hundreds of steps.',
    {},
  ),
  preset(
    'A good learning rate',
    'Where the plain network learns best, batch normalization helps little, and only at the beginning.',
    { learningRate: 1 },
  ),
  preset(
    'Tiny weights',
    'With initial weights a third as large the plain network does not begin to learn; the normalized one does not care.',
    { deviation: 0.03 },
  ),
  preset('Six layers', 'The gradient of the first plain layer is lost on its way through the sigmoids.', {
    layers: 6,
    learningRate: 0.3,
  }),
  preset(
    'ReLU, too fast',
    'At this learning rate the plain network diverges at once, the normalized one learns.',
    { activation: 'relu', learningRate: 3 },
  ),
];
