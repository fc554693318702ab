/**
 * @file Where the gradient of batch normalization comes from, step by step: the sections that `npm run gradient` prints and
 * draws. It knows neither terminal nor file.
 */
import { explain, Generator, gradient, printGraph, type Tensor, toDot } from '@windfall/core';
import { compareGradients, smallBatchNorm } from './gradient-comparison.ts';
import type { Section } from './html-page.ts';
import { textTable } from './text-table.ts';

const scientific = (error: number): string => (error === 0 ? '0' : error.toExponential(1));

function comparisonTable(): string {
  return textTable([
    ['order', 'with respect to', 'closed form', 'finite differences'],
    ...compareGradients(3, new Generator(1)).map(
      ({ order, input, fromClosedForm, fromFiniteDifferences }) => [
        String(order),
        input,
        scientific(fromClosedForm),
        scientific(fromFiniteDifferences),
      ],
    ),
  ]);
}

/** The kernels, and for each tensor that is asked for and for all of them what computing it moves and calculates. */
function costTable(wanted: Readonly<Record<string, Tensor | readonly Tensor[]>>): string {
  return textTable([
    ['', 'kernels', 'bytes', 'operations'],
    ...Object.entries(wanted).map(([name, tensors]) => {
      const { kernels, bytes, operations } = explain(tensors);
      return [name, ...[kernels.length, bytes, operations].map((count) => count.toLocaleString('en'))];
    }),
  ]);
}

/** How many operations of two graphs, as DOT, give something of x's size, and how many give less. */
function sweepTable(before: string, after: string): string {
  const operations = [before, after].map((dot) =>
    dot.split('\n').filter((line) => line.includes('label=') && !line.includes('shape=ellipse')),
  );
  const whole = operations.map((lines) => lines.filter((line) => line.includes('[6, 3]"')).length);
  return textTable([
    ['operations', 'as derived', 'simplified'],
    ['on all of x [6, 3]', ...whole.map(String)],
    ['on [3], a number per feature', ...operations.map(({ length }, i) => String(length - whole[i]!))],
  ]);
}

/** @param draw makes a drawing of a graph in the DOT language */
export function gradientSections(draw: (dot: string, title: string) => string): Section[] {
  const { layer, inputs, cotangent } = smallBatchNorm(new Generator(1));
  const [x, gamma, beta] = inputs;
  const y = layer.forward(x);
  const [dx, dGamma, dBeta] = gradient(y, inputs, { cotangent });
  const [given, gradients] = [
    { x, gamma, beta, dy: cotangent },
    { dx, dGamma, dBeta },
  ];
  const drawn = { inputs: given, earlier: y };
  const all = [y, dx, dGamma, dBeta];
  return [
    {
      heading: 'y = BatchNorm(x), a composition of primitives',
      prose:
        'The layer computes nothing when it is called: it builds this graph. The first row is subtracted from all of them so that a ' +
        'mean far from 0 costs no precision; it cancels, and no gradient flows through it.',
      drawing: draw(toDot({ y }, { inputs: { x, gamma, beta } }), 'The graph of batch normalization'),
      listing: printGraph({ y }, { x, gamma, beta }),
    },
    {
      heading: 'Its gradient, derived from that graph, for the cotangent dy',
      prose:
        'Walking backwards from y, each operation adds its own derivative. Nobody wrote this graph. What was there before is drawn in gray.',
      drawing: draw(toDot({ ...gradients, y }, drawn), 'The derived graph of the gradient'),
      listing: printGraph(gradients, { ...given, y }),
    },
    {
      heading: 'The same, simplified',
      prose:
        'Before it is computed, what is there twice is merged, and factors that are the same for all summands are moved out of sums: fewer operations go through all of x, and more through a number per feature.',
      drawing: draw(
        toDot(gradients, { ...drawn, simplified: true }),
        'The graph of the gradient, simplified',
      ),
      listing: sweepTable(
        toDot(gradients, { inputs: given }),
        toDot(gradients, { inputs: given, simplified: true }),
      ),
    },
    {
      heading: 'The kernels that compute y and the gradients, with their memory traffic',
      prose:
        'What the graphs are fused into: loops over arrays b0, b1, …. The arrays that are listed first are all that is stored.',
      listing: `${costTable({ y, dx, 'dx, dGamma, dBeta': [dx, dGamma, dBeta], 'all with y': all })}\n\n${String(explain(all))}`,
    },
    {
      heading: 'Relative differences between the derived gradient and two others, in float64',
      prose:
        'The paper derives the gradient by hand; finite differences need no calculus. Order 2 is the gradient of the gradient in a ' +
        'random direction, order 3 the gradient of that.',
      listing: comparisonTable(),
    },
  ];
}
