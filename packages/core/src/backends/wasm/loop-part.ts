/**
 * @file The part of a loop that a function runs: that of one thread, or one that it is told.
 */
import { type Code, type Local, type PairFunction, select } from './assembler.ts';
import { i32 } from './instructions.ts';

/** A part of a loop, in whole units. It may be empty. */
export interface Part {
  /** Its first point, and the one behind its last. */
  readonly start: Local;
  readonly end: Local;
  /** Whether no part comes after it: what is left behind the last whole unit then belongs to it. */
  readonly isLast: Code;
}

/**
 * A thread's part. All are as equal as whole units allow, one after the other.
 * @param fn a function of a thread's number and the number of threads
 * @param unit how many points must stay together
 */
export function threadPart(fn: PairFunction, extent: number, unit = 1): Part {
  const [thread, threads] = fn.parameters;
  const [part, start, end] = fn.locals('i32', 3);
  const units = Math.floor(extent / unit);
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

/**
 * The part that a function is told.
 * @param fn a function of its start, a multiple of `unit`, and of its end, which is one or the loop's own
 */
export function givenPart(fn: PairFunction, extent: number, unit: number): Part {
  const [start, stop] = fn.parameters;
  const whole = i32.const(extent - (extent % unit));
  const end = fn.local('i32');
  fn.emit(end.set(select(i32.ltS(stop.get, whole), stop.get, whole)));
  return { start, end, isLast: i32.eq(stop.get, i32.const(extent)) };
}
