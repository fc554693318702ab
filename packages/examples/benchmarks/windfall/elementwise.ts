/**
 * @file Elementwise operations: a long chain on many elements, where memory decides, and on few, where overhead does.
 */
import { gradient, type Tensor } from '@windfall/core';
import { computing, random, type Setup } from './setup.ts';

const million = [1024, 1024] as const;

/** Ten operations that cost next to nothing. */
const chain = (x: Tensor): Tensor =>
  x.mul(1.01).add(0.1).relu().sub(0.5).abs().mul(x).neg().add(x).square().mul(0.5);

/** A hundred operations. */
function tiny(x: Tensor): Tensor {
  let value = x;
  for (let k = 0; k < 25; k++) value = value.mul(0.9).add(x).tanh().sub(0.1);
  return value;
}

const valueAndGradient =
  (fn: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor[] => {
    const sum = fn(x).sum();
    return [sum, ...gradient(sum, [x])];
  };

export const elementwise = {
  'chain-forward': (execution) => computing(execution, (x) => [chain(x)], [random(million)]),
  'chain-gradient': (execution) => computing(execution, (x) => valueAndGradient(chain)(x), [random(million)]),
  'tiny-graph': (execution) => computing(execution, (x) => valueAndGradient(tiny)(x), [random([10])]),
} satisfies Record<string, Setup>;
