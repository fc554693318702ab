/**
 * @file Formulas that are exact enough for f32 lanes only if computed in f64 lanes.
 */
import type { Code } from './assembler.ts';
import type { Formula } from './formula-writer.ts';
import { demote, promote } from './lanes.ts';

/** The same formula on f64 lanes, and on f32 lanes by way of f64. */
export function throughDouble(formula: Formula): Formula {
  return ($, a, b) => {
    if ($.type === 'f64') return formula($, a, b);
    const $double = $.as('f64');
    const widened = (part: Code): Code[] => promote(part).map((half) => $double.keep(half));
    const first = widened(a);
    const second = b === a ? first : widened(b);
    const [low, high] = first.map((half, k) => formula($double, half, second[k]!));
    return $.keep(demote([low!, high!]));
  };
}
