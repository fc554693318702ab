/**
 * @file The fluent methods of Tensor: every function that takes a tensor first, under its own name. This is the one place
 * where the handle meets all operations; types flow from the functions, so that almost no signature is written twice.
 */
import * as backward from './autodiff/backward.ts';
import type { DType, ElementOf, NumericDType, TypedArrayOf } from './dtype.ts';
import * as activation from './ops/activation.ts';
import * as casting from './ops/cast.ts';
import * as contract from './ops/contract.ts';
import * as convolution from './ops/convolution.ts';
import * as elementwise from './ops/elementwise.ts';
import * as indexing from './ops/indexing.ts';
import * as movement from './ops/movement.ts';
import * as reduce from './ops/reduce.ts';
import { Tensor } from './ops/tensor.ts';
import * as read from './runtime/read.ts';

/** A function of a tensor as a method of that tensor. */
type Method<F> = F extends (self: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** Mapped name by name, so that editors find the functions' documentation at the methods. */
type Methods<Functions, Names extends keyof Functions = keyof Functions> = {
  [Name in Names]: Method<Functions[Name]>;
};

/** What every tensor can do. Each method is documented at the function of the same name. */
export interface FluentMethods
  extends Methods<typeof elementwise>,
    Methods<typeof activation>,
    Methods<typeof casting>,
    Methods<typeof reduce>,
    Methods<typeof movement, Exclude<keyof typeof movement, 'concat' | 'stack'>>,
    Methods<typeof contract, Exclude<keyof typeof contract, 'einsum'>>,
    Methods<typeof indexing>,
    Methods<typeof convolution>,
    Methods<typeof backward, Exclude<keyof typeof backward, 'noGrad'>>,
    Methods<typeof read> {
  // A mapped type loses type parameters. The documentation is inherited.
  /* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- they are what callers know */
  item<D extends DType = NumericDType>(): ElementOf<D>;
  itemAsync<D extends DType = NumericDType>(): Promise<ElementOf<D>>;
  toArray<Values extends read.NestedValues = read.NestedValues>(): Values;
  toArrayAsync<Values extends read.NestedValues = read.NestedValues>(): Promise<Values>;
  data<D extends DType = DType>(): TypedArrayOf<D>;
  dataAsync<D extends DType = DType>(): Promise<TypedArrayOf<D>>;
  /* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
}

const functions: Readonly<Record<string, unknown>> = {
  ...elementwise,
  ...activation,
  ...casting,
  ...reduce,
  ...movement,
  ...contract,
  ...indexing,
  ...convolution,
  ...backward,
  ...read,
};

/** Functions whose first argument is not one tensor. */
const unbound = new Set(['concat', 'stack', 'einsum', 'noGrad']);

for (const [name, fn] of Object.entries(functions)) {
  if (unbound.has(name) || typeof fn !== 'function') continue;
  const method = function (this: Tensor, ...rest: unknown[]): unknown {
    return (fn as (...all: unknown[]) => unknown)(this, ...rest);
  };
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

// What Node prints for console.log(tensor).
Object.defineProperty(Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Tensor): string {
    return read.toString(this);
  },
});
