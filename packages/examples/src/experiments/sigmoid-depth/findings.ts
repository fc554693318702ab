/**
 * @file What was found about sigmoid networks and their depth: claims, figures and a table.
 */
import { type LinePoint, linesFigure } from '../../lines-figure.ts';
import { meanPoint } from '../../mean-line.ts';
import { percentText } from '../../measured.ts';
import { accuracyAxis, pairedLines, percentPoint } from '../compared-lines.ts';
import type { Findings, Part } from '../experiment.ts';
import { atEnd, atStart, bestRuns, claimsFrom, deepest, rules } from './claims.ts';
import { mean } from '../../mean.ts';
import { depths, rates, type Run, type WeightsName, weightsNames } from './trials.ts';

function accuracyPart(runs: readonly Run[]): Part {
  const points = (weights: WeightsName, normalize: boolean): LinePoint[] =>
    depths.map((depth) => percentPoint(depth, bestRuns(runs, depth, weights, normalize).map(atEnd)));
  const cell = (depth: number, weights: WeightsName, normalize: boolean): string => {
    const best = bestRuns(runs, depth, weights, normalize);
    return `${percentText(best.map(atEnd))} at ${best[0]!.rate}`;
  };
  return {
    title: 'How well',
    text: [
      `Every network is trained at the rates ${rates.join(' and ')}; what counts is the one at which it ends better.`,
    ],
    figures: [
      {
        svg: linesFigure(
          pairedLines(weightsNames, (weights) => weights, points),
          { x: { label: 'hidden layers' }, y: accuracyAxis },
          { dots: true },
        ),
        label: 'Test accuracy at the end over the number of hidden layers, with and without BN',
        caption:
          'Test accuracy after the last step over the number of hidden layers of 100 sigmoids, with 95 % confidence bands if there are several seeds.',
      },
    ],
    tables: [
      {
        head: [
          'hidden layers',
          ...weightsNames.flatMap((weights) => [`${weights}, without BN`, `${weights}, with BN`]),
        ],
        rows: depths.map((depth) => [
          String(depth),
          ...weightsNames.flatMap((weights) =>
            [false, true].map((normalize) => cell(depth, weights, normalize)),
          ),
        ]),
        caption: 'Test accuracy at the end, and the learning rate at which it is best.',
      },
    ],
  };
}

function curvesPart(runs: readonly Run[]): Part {
  const points = (weights: WeightsName, normalize: boolean): LinePoint[] => {
    const best = bestRuns(runs, deepest, weights, normalize);
    return best[0]!.looks.map(({ step }, look) =>
      percentPoint(
        step,
        best.map(({ looks }) => looks[look]!.accuracy),
      ),
    );
  };
  return {
    title: 'How fast',
    text: [`Learning curves of the networks with ${deepest} hidden layers, each at its better rate.`],
    figures: [
      {
        svg: linesFigure(
          pairedLines(weightsNames, (weights) => weights, points),
          { x: { label: 'training steps', scale: 'log' }, y: accuracyAxis },
        ),
        label: `Test accuracy over training steps, ${deepest} hidden layers, with and without BN`,
        caption: `Test accuracy of ${deepest} hidden layers while training, with 95 % confidence bands if there are several seeds.`,
      },
    ],
  };
}

function gradientsPart(runs: readonly Run[]): Part {
  const points = (weights: WeightsName, normalize: boolean): LinePoint[] => {
    const start = atStart(runs, weights, normalize);
    return start[0]!.gradients.map((_, layer) => {
      const norms = start.map(({ gradients }) => gradients[layer]!);
      const middle = mean(norms);
      return norms.every((norm) => norm > 0)
        ? meanPoint(layer + 1, norms, { least: middle / 10, most: 10 * middle })
        : { x: layer + 1, y: null };
    });
  };
  return {
    title: 'What gradients reach the first layer',
    text: [
      'The derivative of a sigmoid is at most 1/4, and nearly 0 where the sigmoid is saturated, so gradients shrink from layer to layer on their way back unless weights make up for it. With BN the scale of the weights before it does not matter, and each layer’s inputs are in the range where a sigmoid has a slope.',
    ],
    figures: [
      {
        svg: linesFigure(
          pairedLines(weightsNames, (weights) => weights, points),
          {
            x: { label: 'layer, from the first to the last' },
            y: { label: '‖∂ℓ/∂W‖ at the start', scale: 'log' },
          },
          { dots: true },
        ),
        label: 'Norm of the gradient of each layer’s weights at the start, with and without BN',
        caption: `Norm of the gradient of each layer’s weights before the first step, on a mini-batch of 60, ${deepest} hidden layers.`,
      },
    ],
  };
}

export const findings = (runs: readonly Run[]): Findings => ({
  claims: claimsFrom(runs),
  parts: [
    accuracyPart(runs),
    curvesPart(runs),
    gradientsPart(runs),
    { title: 'How the verdicts follow', text: rules },
  ],
});
