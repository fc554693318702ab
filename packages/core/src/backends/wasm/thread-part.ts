/**
 * @file How a loop is shared among threads: in parts of whole units, as equal as that allows, one after the other.
 */
import { type Code, type Local, type PairFunction, select } from './assembler.ts';
import { i32 } from './instructions.ts';

/** A part of a loop. */
export interface Part {
  /** Its first point, and the one behind its last. */
  readonly start: Local;
  readonly end: Local;
  /** Whether no part comes after it. */
  readonly isLast: Code;
}

/**
 * The part of this thread. It may be empty.
 * @param fn a function of a thread's number and the number of threads
 * @param units how many there are
 * @param unit how many points each has
 */
export function threadPart(fn: PairFunction, units: number, unit = 1): Part {
  const [thread, threads] = fn.parameters;
  const [part, start, end] = fn.locals('i32', 3);
  const next = i32.add(thread.get, i32.const(1));
  const each = i32.divU(i32.add(i32.const(units - 1), threads.get), threads.get);
  /** The first point behind so many parts. */
  const behind = (parts: Code): Code => [
    part.set(i32.mul(each, parts)),
    i32.mul(select(i32.ltU(part.get, i32.const(units)), part.get, i32.const(units)), i32.const(unit)),
  ];
  fn.emit(start.set(behind(thread.get)), end.set(behind(next)));
  return { start, end, isLast: i32.eq(next, threads.get) };
}
