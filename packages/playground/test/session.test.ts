import type { Digits } from '@windfall/examples/digits';
import { loadMnist } from '../../examples/src/mnist.ts';
import { type Notes, Session } from '../src/training/session.ts';
import { defaultSettings, type NetworkSettings, type Settings } from '../src/training/settings.ts';

const pixels = 28 * 28;
const part = ({ ink, labels }: Digits, count: number): Digits => ({
  ...{ count, ink: ink.subarray(0, count * pixels), labels: labels.subarray(0, count) },
});
const mnist = loadMnist();
const digits = { training: part(mnist.training, 3000), test: part(mnist.test, 500) };

const begin = (settings: Settings): Session => new Session(settings, digits);
function notesAfter(steps: number, settings: Settings): Notes {
  const session = begin(settings);
  for (let step = 0; step < steps; step++) session.advance();
  return session.takeNotes();
}

/** The default, with changes to the first network. */
const changed = (changes: Partial<NetworkSettings>): Settings => {
  const [a, b] = defaultSettings.networks;
  return {
    ...defaultSettings,
    networks: [
      { ...a, width: 20, ...changes },
      { ...b, width: 20 },
    ],
  };
};

test('a point is noted every 10 steps, a look every 50 from the beginning on; each once', () => {
  const session = begin(changed({ layers: 2 }));
  expect(session.takeNotes()).toMatchObject({ points: [], looks: [{ step: 0 }] });
  for (let step = 0; step < 60; step++) session.advance();
  const { points, looks } = session.takeNotes();
  expect(session.step).toBe(60);
  expect(points.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(looks.map(({ step }) => step)).toEqual([50]);
  expect(points[0]!.networks.map(({ gradientNorms }) => gradientNorms.length)).toEqual([3, 4]);
  expect(looks[0]!.networks.map(({ layers }) => layers.length)).toEqual([2, 3]);
  for (const { layers } of looks[0]!.networks)
    for (const { inputs, outputs } of layers) {
      expect([...inputs].sort((a, b) => a - b)).toEqual(inputs);
      expect(outputs.counts.reduce((sum, count) => sum + count)).toBe(200 * 20);
      expect(outputs.low).toBeGreaterThanOrEqual(0);
      expect(outputs.high).toBeLessThanOrEqual(1);
    }
  expect(session.takeNotes()).toEqual({ points: [], looks: [] });
});

test('the same settings give the same numbers bit for bit, another seed gives others', () => {
  const settings = changed({});
  expect(notesAfter(20, settings)).toEqual(notesAfter(20, settings));
  expect(notesAfter(20, settings)).not.toEqual(notesAfter(20, { ...settings, seed: 2 }));
});

test('two networks with the same settings are the same network', () => {
  const { points, looks } = notesAfter(50, changed({ normalize: true }));
  for (const { networks } of [...points, ...looks]) expect(networks[0]).toEqual(networks[1]);
});

test('what one network is like does not show in the other', () => {
  const [one, other] = [changed({}), changed({ layers: 1, activation: 'relu', learningRate: 1 })].map(
    (settings) => notesAfter(20, settings).points.map(({ networks }) => networks[1]),
  );
  expect(one).toEqual(other);
});

test('losses are means of the steps since the last point, gradient norms too', () => {
  const settings = changed({ activation: 'tanh' });
  const session = begin(settings);
  for (let step = 0; step < 10; step++) session.advance();
  const [point] = session.takeNotes().points;
  // ln 10 is the loss of who knows nothing.
  for (const { loss, gradientNorms } of point!.networks) {
    expect(loss).toBeGreaterThan(1.5);
    expect(loss).toBeLessThan(2.6);
    for (const norm of gradientNorms) expect(norm).toBeGreaterThan(0);
  }
});

test('the normalized network learns to read within 100 steps', () => {
  const session = begin(defaultSettings);
  for (let step = 0; step < 100; step++) session.advance();
  const [before, , after] = session.takeNotes().looks;
  expect(before!.networks[1].accuracy).toBeLessThan(0.3);
  expect(after!.networks[1].accuracy).toBeGreaterThan(0.7);
  // The first test digit is a seven.
  const [, probabilities] = session.classify(digits.test.ink.subarray(0, pixels));
  expect(probabilities).toHaveLength(10);
  expect(probabilities.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 5);
  expect(probabilities.indexOf(Math.max(...probabilities))).toBe(7);
});
