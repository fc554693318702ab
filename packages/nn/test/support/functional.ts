/**
 * @file A module as a pure function of its input and parameters, so that gradients with respect to both can be checked.
 */
import type { Tensor } from '@windfall/core';
import type { Module } from '../../src/index.ts';

/** The property `path` (`0.weight`) of a module, as the object that holds it and its key. */
function locate(module: Module, path: string): [holder: Record<string, unknown>, key: string] {
  const keys = path.split('.');
  const key = keys.pop()!;
  const holder = keys.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], module);
  return [holder as Record<string, unknown>, key];
}

/** x, p₁, p₂, … → module.forward(x), or another call of it, with those tensors in place of its parameters. */
export function functional(
  module: Module,
  call: (x: Tensor) => Tensor = (x) => module.forward(x),
): (x: Tensor, ...parameters: Tensor[]) => Tensor {
  const places = module
    .namedParameters()
    .map(([name, parameter]) => ({ place: locate(module, name), parameter }));
  return (x, ...parameters) => {
    places.forEach(({ place: [holder, key] }, position) => {
      holder[key] = parameters[position];
    });
    try {
      return call(x);
    } finally {
      for (const {
        place: [holder, key],
        parameter,
      } of places)
        holder[key] = parameter;
    }
  };
}
