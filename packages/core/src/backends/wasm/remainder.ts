/**
 * @file The remainder a − b·⌊a/b⌋, exact before its sign is that of the divisor.
 */
import { block, branch, branchIf, type Code, loop, when } from './assembler.ts';
import { exactProduct } from './double-double.ts';
import type { FormulaWriter, SharedFunction } from './formula-writer.ts';
import { f64, f64x2, i32x4 } from './instructions.ts';
import { castLanes } from './lanes.ts';
import { throughDouble } from './through-double.ts';

/** a modulo b for 0 ≤ a < ∞ and 0 < b, by subtracting b·2ᵏ, b·2ᵏ⁻¹ … b. */
const longRemainder: SharedFunction = {
  name: 'long-remainder',
  parameters: ['f64', 'f64'],
  result: 'f64',
  write: (fn, [a, b]) => {
    const [rest, multiple] = [fn.local('f64'), fn.local('f64')];
    const double = multiple.set(f64.add(multiple.get, multiple.get));
    const isDivisor = f64.le(multiple.get, b!);
    fn.emit(
      rest.set(a!),
      multiple.set(b!),
      block(loop([branchIf(f64.gt(multiple.get, f64.mul(rest.get, f64.const(0.5))), 1), double, branch(0)])),
      block(
        loop([
          when(f64.ge(rest.get, multiple.get), rest.set(f64.sub(rest.get, multiple.get))),
          branchIf(isDivisor, 1),
          multiple.set(f64.mul(multiple.get, f64.const(0.5))),
          branch(0),
        ]),
      ),
    );
    return rest.get;
  },
};

/** a modulo b of magnitudes; NaN for a = ∞ and b = 0. */
function magnitudeRemainder($: FormulaWriter, a: Code, b: Code): Code {
  const quotient = $.div(a, b);
  // Off by at most 1, and then mended; the product's two parts are subtracted without an error.
  const product = exactProduct($, $.truncate(quotient), b);
  const first = $.sub($.sub(a, product.high), product.low);
  const raised = $.add(first, $.and($.less(first, 0), b));
  const short = $.sub(raised, $.and($.greaterEqual(raised, b), b));
  const result = $.variable(short);
  const isLong = $.or($.greaterEqual(quotient, 2 ** 52), $.greaterEqual(b, 2 ** 900));
  const isDefined = $.and($.less(a, Infinity), $.greater(b, 0));
  const mask = $.and(isLong, isDefined);
  $.when($.any(mask), () => {
    for (const lane of [0, 1]) {
      $.when(i32x4.extractLane(2 * lane, mask), () => {
        const exact = $.call(longRemainder, [f64x2.extractLane(lane, a), f64x2.extractLane(lane, b)]);
        result.set(f64x2.replaceLane(lane, result.get, exact));
      });
    }
  });
  return result.get;
}

/** The remainder towards zero, plus the divisor where their signs differ. */
export const remainder = throughDouble(($, a, b) => {
  const truncated = $.withSign(magnitudeRemainder($, $.abs(a), $.abs(b)), a);
  const differs = $.and($.notEqual(truncated, 0), $.xor($.less(truncated, 0), $.less(b, 0)));
  return $.select(differs, $.add(truncated, b), truncated);
});

/** Of integers, whose quotients in f64 are exact enough; 0 for a divisor of 0. */
export function integerRemainder($: FormulaWriter, a: Code, b: Code): Code {
  const $double = $.as('f64');
  const [dividends, divisors] = [a, b].map((part) => castLanes({ dtype: 'i32', parts: [part] }, 'f64').parts);
  const halves = [0, 1].map((half) => {
    const [dividend, divisor] = [dividends![half]!, divisors![half]!].map((part) => $double.keep(part));
    const quotient = $double.floor($double.div(dividend!, divisor!));
    return $double.sub(dividend!, $double.mul(quotient, divisor!));
  });
  return $.keep(castLanes({ dtype: 'f64', parts: halves }, 'i32').parts[0]!);
}
