/**
 * @file What the gradients of a model's parameters are like, between `backward` and an optimizer's `step`.
 */
import { evaluate } from '@windfall/core';
import { checkModel, type Module } from '../module/module.ts';
import { type Moments, momentsOf } from './distribution.ts';

/**
 * Mean, standard deviation, extremes and norm of each parameter's gradient, by the parameter's name; parameters without a
 * gradient are not among them. The gradients are read for it, which a compiled function cannot: call it between steps.
 * @throws if the model is no module, or inside `compile`
 * @example
 * crossEntropy(model.forward(x), y).backward();
 * for (const [name, { norm, max }] of Object.entries(gradientStatistics(model))) console.log(name, norm, max);
 */
export function gradientStatistics(model: Module): Record<string, Moments> {
  checkModel(model, 'gradientStatistics');
  const gradients = model
    .namedParameters()
    .flatMap(([name, { grad }]) => (grad === null ? [] : [{ name, grad }]));
  // Together, because they share most of what they are computed from.
  evaluate(gradients.map(({ grad }) => grad));
  return Object.fromEntries(gradients.map(({ name, grad }) => [name, momentsOf(grad.data())]));
}
