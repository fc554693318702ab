/**
 * @file Parts of the engine that may be missing: what is not exported is null.
 */
import * as core from '@windfall/core';

const exported: Readonly<Record<string, unknown>> = core;

type Compile = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
) => (...args: Arguments) => Result;

const functionNamed = (name: string): unknown =>
  typeof exported[name] === 'function' ? exported[name] : null;

export const compile = functionNamed('compile') as Compile | null;
