/**
 * @file The page: puts its parts together, has the worker train, and shows what it tells.
 */
import './style.css';
import type { FromWorker } from '../worker/messages.ts';
import { type Settings, settingsFrom, settingsText } from '../training/settings.ts';
import { Charts, chartSection } from './charts.ts';
import { element } from './element.ts';
import { button, selection } from './fields.ts';
import { NetworkCard } from './network-card.ts';
import { Pad } from './pad.ts';
import { SessionRecord } from './record.ts';
import { stepText } from './step-chart.ts';
import { Toolbar } from './toolbar.ts';
import { startTrainer } from './trainer.ts';
import { Verdict } from './verdict.ts';

const both = [0, 1] as const;

/** Charts are drawn anew at most so often. */
const leastMillisecondsBetweenDrawings = 100;

const notice = document.getElementById('notice')!;

/** Tells of trouble in one sentence; of none, with null. */
function tell(sentence: string | null): void {
  notice.hidden = sentence === null;
  notice.textContent = sentence ?? '';
}

let settings = settingsFrom(location.hash.slice(1));
let record = new SessionRecord(settings);
let session = 0;
let isLoaded = false;
/** Which hidden layer's activation inputs are shown, from 0. */
let layer = settings.networks[0].layers - 1;

const send = startTrainer(hear);

const toolbar = new Toolbar(settings, {
  run: () => send({ kind: 'run' }),
  pause: () => send({ kind: 'pause' }),
  advance: () => send({ kind: 'advance', steps: 10 }),
  restart: () => begin(settings),
  setSettings: begin,
});
const cards = both.map(
  (network) =>
    new NetworkCard(network, settings.networks[network], (changed) => {
      const [a, b] = settings.networks;
      begin({ ...settings, networks: network === 0 ? [changed, b] : [a, changed] });
    }),
);
const verdicts = both.map((network) => new Verdict(network));
const pad = new Pad((ink) => {
  send({ kind: 'classify', ink });
  if (ink === null) for (const verdict of verdicts) verdict.show(null);
});

const places = {
  results: element('div', { class: 'two' }),
  inputs: element('div', { class: 'two' }),
  norms: element('div', { class: 'two' }),
};
const layerPlace = element('div', { class: 'layer-choice' });
let charts = new Charts(settings, layer, places);

function showLayerChoice(): void {
  const layers = Math.max(...settings.networks.map((network) => network.layers));
  layer = Math.min(layer, layers - 1);
  const choice = selection({
    label: 'Hidden layer',
    values: Array.from({ length: layers }, (_, k) => k),
    text: (value) => `${value + 1}${value === layers - 1 ? ', the last' : ''}`,
    onChange: (value) => {
      layer = value;
      charts.setLayer(layer, record);
    },
  });
  choice.set(layer);
  layerPlace.replaceChildren(choice.element);
}

/** Starts both networks anew; whoever trained goes on to train. */
function begin(wanted: Settings): void {
  const hadLast = layer >= Math.max(...settings.networks.map(({ layers }) => layers)) - 1;
  settings = wanted;
  if (hadLast) layer = Infinity;
  history.replaceState(null, '', `#${settingsText(settings)}`);
  record = new SessionRecord(settings);
  toolbar.setSettings(settings);
  for (const network of both) cards[network]!.setSettings(settings.networks[network]);
  showLayerChoice();
  charts.remove();
  charts = new Charts(settings, layer, places);
  session++;
  if (isLoaded) send({ kind: 'begin', session, settings });
}

let lastDrawing = -Infinity;
let isDrawingPlanned = false;

/** Draws the charts soon, but not too often. */
function planDrawing(): void {
  if (isDrawingPlanned) return;
  isDrawingPlanned = true;
  const wait = Math.max(0, lastDrawing + leastMillisecondsBetweenDrawings - performance.now());
  setTimeout(() => requestAnimationFrame(draw), wait);
}

function draw(): void {
  isDrawingPlanned = false;
  lastDrawing = performance.now();
  charts.show(record);
  const last = record.looks.at(-1);
  if (last !== undefined) toolbar.showAccuracies(last.networks.map(({ accuracy }) => accuracy));
  both.forEach((network) => {
    if (last !== undefined) cards[network]!.setLook(last.networks[network]);
    const point = record.points.at(-1)?.networks[network];
    cards[network]!.setDiverged(point !== undefined && !Number.isFinite(point.loss));
  });
}

function hear(message: FromWorker): void {
  switch (message.kind) {
    case 'loaded':
      isLoaded = true;
      toolbar.setReady(message.training);
      pad.setSamples(message.samples);
      showData(message.training, message.test);
      begin(settings);
      break;
    case 'progress':
      if (message.session !== session) return;
      record.add(message.notes);
      toolbar.show(message);
      planDrawing();
      break;
    case 'classified':
      for (const network of both) verdicts[network]!.show(message.probabilities[network]);
      break;
    case 'failed':
      toolbar.setFailed();
      tell(`This page cannot go on: ${message.message.replace(/[.]$/, '')}. Reload it to try again.`);
      break;
  }
}

function showData(training: number, test: number): void {
  dataPlace.textContent =
    `The digits are MNIST’s in black and white: the first ${stepText(training)} of 60,000 to learn from, ` +
    `the first ${stepText(test)} of 10,000 to be tested on.`;
}

/** Saves all that has been noted as a file. */
function saveNumbers(): void {
  const address = URL.createObjectURL(new Blob([record.text()], { type: 'application/json' }));
  element('a', { href: address, download: `windfall-${record.points.at(-1)?.step ?? 0}-steps.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const dataPlace = element('span', {}, 'The digits are being loaded.');

document
  .getElementById('page')!
  .append(
    toolbar.presets,
    toolbar.element,
    element('div', { class: 'two' }, ...cards.map((card) => card.element)),
    places.results,
    element(
      'section',
      {},
      chartSection('Draw a digit', 'Both networks read it as they are now, and again while they learn.'),
      element('div', { class: 'card reading' }, pad.element, ...verdicts.map((verdict) => verdict.element)),
    ),
    element(
      'section',
      {},
      chartSection(
        'What the activations are fed',
        'Over test digits and all units of a hidden layer. Batch normalization is meant to keep this from drifting.',
        layerPlace,
      ),
      places.inputs,
    ),
    element(
      'section',
      {},
      chartSection(
        'How strongly the loss pulls at the weights',
        'The norm of the gradient of each layer’s weights. A layer whose gradient vanishes does not learn.',
      ),
      places.norms,
    ),
  );
document
  .getElementById('footer')!
  .append(
    element('p', {}, dataPlace, ' Images and weights never leave this page.'),
    element(
      'p',
      {},
      'The same settings give the same numbers in every browser, bit for bit; the address of this page holds them. ',
      button('Save the numbers', saveNumbers, 'link'),
    ),
  );

// An address with other settings has been entered, or a link to one followed.
addEventListener('hashchange', () => begin(settingsFrom(location.hash.slice(1))));

notice.removeAttribute('data-waiting');
showLayerChoice();
send({ kind: 'load', address: new URL('digits/', document.baseURI).href });
