/**
 * @file What the paper derives about the gradient of batch normalization, beside the gradient that comes from the graph.
 */
import type { Claim } from './experiments/experiment.ts';
import type { Contribution } from './experiments/summary-page.ts';
import type { Comparison } from './gradient-comparison.ts';

export const gradientContribution: Contribution = {
  name: 'batch-norm-gradient',
  title: 'Where the gradient of batch normalization comes from',
  question:
    'Does the gradient that falls out of the graph agree with the one that the paper derives by hand?',
  command: 'npm run gradient',
};

/** The largest relative differences that rounding explains, in float64. */
const [roundingOfFormulas, roundingOfDifferences] = [1e-12, 1e-9];

/** Of each order the largest relative difference, over all inputs. */
const largest = (comparisons: readonly Comparison[], by: (comparison: Comparison) => number): number[] =>
  [...new Set(comparisons.map(({ order }) => order))].map((order) =>
    Math.max(...comparisons.filter((comparison) => comparison.order === order).map(by)),
  );

export function gradientClaims(comparisons: readonly Comparison[]): Claim[] {
  const closedForm = largest(comparisons, ({ fromClosedForm }) => fromClosedForm);
  const differences = largest(comparisons, ({ fromFiniteDifferences }) => fromFiniteDifferences);
  const listed = (errors: readonly number[]): string =>
    errors.map((error) => error.toExponential(1)).join(', ');
  const agrees =
    Math.max(...closedForm) < roundingOfFormulas && Math.max(...differences) < roundingOfDifferences;
  return [
    {
      claim: 'Ioffe & Szegedy 2015, 3: the gradients of ℓ with respect to x, γ and β, by the chain rule',
      measured: `the gradient derived from the graph, its gradient, and the gradient of that differ from the paper's formulas by at most ${listed(closedForm)}, and from finite differences by at most ${listed(differences)}, relatively, in float64`,
      verdict: agrees ? 'holds' : 'does not hold',
    },
  ];
}
