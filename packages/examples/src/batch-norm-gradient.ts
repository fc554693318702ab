/**
 * @file `npm run gradient`: prints the graph of batch normalization, the graph of its gradient, which nobody wrote, and
 * how the derivatives of first, second and third order agree with the paper's formulas and with finite differences.
 */
import { Generator, gradient, printGraph } from '@windfall/core';
import { compareGradients, smallBatchNorm } from './gradient-comparison.ts';
import { textTable } from './text-table.ts';

const { layer, inputs, cotangent } = smallBatchNorm(new Generator(1));
const [x, gamma, beta] = inputs;
const y = layer.forward(x);
const [dx, dGamma, dBeta] = gradient(y, inputs, { cotangent });

console.log('y = BatchNorm(x), a composition of primitives:\n');
console.log(printGraph({ y }, { x, gamma, beta }));
console.log('\nIts gradient, derived from that graph, for the cotangent dy:\n');
console.log(printGraph({ dx, dGamma, dBeta }, { x, gamma, beta, y, dy: cotangent }));

console.log('\nRelative differences between the derived gradient and the two others, in float64:\n');
const scientific = (error: number): string => (error === 0 ? '0' : error.toExponential(1));
console.log(
  textTable([
    ['order', 'with respect to', 'closed form', 'finite differences'],
    ...compareGradients(3, new Generator(1)).map(
      ({ order, input, fromClosedForm, fromFiniteDifferences }) => [
        String(order),
        input,
        scientific(fromClosedForm),
        scientific(fromFiniteDifferences),
      ],
    ),
  ]),
);
