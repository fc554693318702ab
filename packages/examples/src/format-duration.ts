/**
 * @file Durations for people.
 */

/** @example formatDuration(75.2); // '1 min 15 s' */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
