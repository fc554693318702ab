/**
 * @file How a claim fares of which there are several cases, or parts.
 */
import type { Verdict } from './experiment.ts';

/** Whether it is so in all cases, in some, or in none: in none, too, if there are none. */
export function verdictOfCases(cases: readonly boolean[]): Verdict {
  if (cases.length > 0 && cases.every(Boolean)) return 'holds';
  return cases.some(Boolean) ? 'holds in part' : 'does not hold';
}

const verdicts: readonly Verdict[] = ['does not hold', 'holds in part', 'holds'];

/** What two verdicts come to, if both have to hold. */
export function verdictOfBoth(one: Verdict, other: Verdict): Verdict {
  return verdicts[Math.min(verdicts.indexOf(one), verdicts.indexOf(other))]!;
}
