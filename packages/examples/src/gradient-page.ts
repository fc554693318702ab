/**
 * @file Where the gradient of batch normalization comes from, step by step: what `npm run gradient` prints and draws. It knows
 * neither terminal nor file.
 */
import { explain, Generator, gradient, printGraph, type Tensor, toDot } from '@windfall/core';
import { summaryFile } from './experiments/results-file.ts';
import { type Comparison, smallBatchNorm } from './gradient-comparison.ts';
import { figure, type FigureContent } from './report/figure.ts';
import { link, paragraph } from './report/html.ts';
import { listing } from './report/listing.ts';
import { page, section } from './report/page.ts';
import { textTable } from './text-table.ts';

const scientific = (error: number): string => (error === 0 ? '0' : error.toExponential(1));

/** A part of the page. */
export interface Part {
  readonly title: string;
  /** One paragraph. */
  readonly text: string;
  readonly drawing?: FigureContent;
  /** What is printed, in a terminal too. */
  readonly listing: string;
}

const comparisonTable = (comparisons: readonly Comparison[]): string =>
  textTable([
    ['order', 'with respect to', 'closed form', 'finite differences'],
    ...comparisons.map(({ order, input, fromClosedForm, fromFiniteDifferences }) => [
      String(order),
      input,
      scientific(fromClosedForm),
      scientific(fromFiniteDifferences),
    ]),
  ]);

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
export function gradientParts(draw: (dot: string) => string, comparisons: readonly Comparison[]): Part[] {
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
  const drawing = (dot: string, label: string, caption: string): FigureContent => ({
    ...{ svg: draw(dot), label, caption, keepsSize: true },
  });
  return [
    {
      title: 'y = BatchNorm(x), a composition of primitives',
      text: 'The layer computes nothing when it is called: it builds this graph. The first row is subtracted from all of them so that a mean far from 0 costs no precision; it cancels, and no gradient flows through it.',
      drawing: drawing(
        toDot({ y }, { inputs: { x, gamma, beta } }),
        'The graph of batch normalization',
        'Boxes are operations, with constants written into them; ellipses are values that are there; arrows lead to what uses them.',
      ),
      listing: printGraph({ y }, { x, gamma, beta }),
    },
    {
      title: 'Its gradient, derived from that graph, for the cotangent dy',
      text: 'Walking backwards from y, each operation adds its own derivative. Nobody wrote this graph.',
      drawing: drawing(
        toDot({ ...gradients, y }, drawn),
        'The derived graph of the gradient',
        'Gray is what was there before.',
      ),
      listing: printGraph(gradients, { ...given, y }),
    },
    {
      title: 'The same, simplified',
      text: 'Before it is computed, what is there twice is merged, and factors that are the same for all summands are moved out of sums: fewer operations go through all of x, and more through a number per feature. A sum is never −0, but its product with a negative factor may be; the 0 that is added then keeps the sign as it was.',
      drawing: drawing(
        toDot(gradients, { ...drawn, simplified: true }),
        'The graph of the gradient, simplified',
        'Gray is what was there before.',
      ),
      listing: sweepTable(
        toDot(gradients, { inputs: given }),
        toDot(gradients, { inputs: given, simplified: true }),
      ),
    },
    {
      title: 'The kernels that compute y and the gradients, with their memory traffic',
      text: 'What the graphs are fused into: loops over arrays b0, b1, …. The arrays that are listed first are all that is stored.',
      listing: `${costTable({ y, dx, 'dx, dGamma, dBeta': [dx, dGamma, dBeta], 'all with y': all })}\n\n${String(explain(all))}`,
    },
    {
      title: 'Relative differences between the derived gradient and two others, in float64',
      text: 'The paper derives the gradient by hand; finite differences need no calculus. Order 2 is the gradient of the gradient in a random direction, order 3 the gradient of that.',
      listing: comparisonTable(comparisons),
    },
  ];
}

/** The text of an HTML file. */
export function gradientPage(title: string, parts: readonly Part[]): string {
  return page(title, [
    link('All claims', summaryFile),
    ...parts.map(({ title, text, drawing, listing: printed }) =>
      section(title, [
        paragraph(text),
        ...(drawing === undefined ? [] : [figure(drawing)]),
        listing(printed),
      ]),
    ),
  ]);
}
