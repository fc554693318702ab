/**
 * @file Formulas that are exact enough for f32 lanes only if computed in f64 lanes.
 */
import type { Formula } from './formula-writer.ts';
import { demote, promote } from './lanes.ts';

/** The same formula on f64 lanes, and on f32 lanes by way of f64. */
export function throughDouble(formula: Formula): Formula {
  return ($, a, b) => {
    if ($.type === 'f64') return formula($, a, b);
    const $double = $.as('f64');
    const [first, second] = [promote(a), promote(b)];
    const [low, high] = [0, 1].map((half) =>
      formula($double, $double.keep(first[half]!), $double.keep(second[half]!)),
    );
    return $.keep(demote([low!, high!]));
  };
}
