import { presets } from '../src/training/presets.ts';
import { choices, defaultSettings, settingsFrom, settingsText } from '../src/training/settings.ts';

test('the text of settings stands for these settings', () => {
  for (const { settings } of presets) expect(settingsFrom(settingsText(settings))).toEqual(settings);
  const [a, b] = defaultSettings.networks;
  const changed = {
    seed: 77,
    batchSize: 240,
    networks: [
      { ...a, layers: 6, width: 10, activation: 'relu', normalize: true, learningRate: 10, deviation: 1 },
      { ...b, activation: 'tanh', normalize: false },
    ],
  } as const;
  expect(settingsText(changed)).toBe('seed=77&batch=240&a=6x10,relu,bn,10,1&b=3x100,tanh,plain,0.1,0.1');
  expect(settingsFrom(settingsText(changed))).toEqual(changed);
});

test.each([
  '',
  'nonsense',
  'seed=-1&batch=7',
  'a=&b',
  'a=9x9,step,maybe,fast,none',
  'seed=1e99&a=3x100,__proto__',
])('what "%s" does not say, or what cannot be chosen, is as by default', (text) => {
  expect(settingsFrom(text)).toEqual(defaultSettings);
});

test('presets can be chosen by hand', () => {
  for (const { settings } of presets)
    for (const network of settings.networks)
      for (const name of ['layers', 'width', 'learningRate', 'deviation'] as const)
        expect(choices[name]).toContain(network[name]);
});
