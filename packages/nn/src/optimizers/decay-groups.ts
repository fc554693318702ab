/**
 * @file Which parameters weight decay is for.
 */
import { check, describe } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';
import { checkModel, type Module } from '../module/module.ts';
import type { Parameter } from '../module/parameter.ts';

/** For {@link decayGroups}. */
export interface DecayGroupsOptions {
  /** The weight decay of the parameters that are not exempt, ≥ 0. */
  weightDecay: number;
  /**
   * Whether a parameter is exempt, given its name in the model (`0.weight`); by default those with at most one axis
   * (biases, and scales and shifts of normalizations), all that are named bias, and those of modules with a
   * `normalizedShape`, such as LayerNorm.
   */
  exempt?: (name: string, parameter: Parameter) => boolean;
}

/** A group of parameters with its weight decay. */
export interface DecayGroup {
  parameters: Parameter[];
  weightDecay: number;
}

/** The paths of the modules whose parameters may have several axes, and are scales and shifts all the same. */
function normalizationsOf(model: Module): ReadonlySet<string> {
  const normalizations = model.namedModules().filter(([, module]) => 'normalizedShape' in module);
  return new Set(normalizations.map(([path]) => path));
}

/**
 * Whether a parameter is a scale or a shift. Pulling these towards 0 regularizes nothing: what they scale or shift is
 * scaled and shifted again behind them.
 */
function isScaleOrShift(name: string, parameter: Parameter, normalizations: ReadonlySet<string>): boolean {
  const path = name.split('.');
  const last = path.pop();
  return parameter.rank <= 1 || last === 'bias' || normalizations.has(path.join('.'));
}

/**
 * A model's parameters in two groups, of which weight decay reaches only the first: the second has the biases and the
 * parameters of normalizations, and weight decay 0. A group without parameters is left out.
 *
 * @param model its parameters that require no gradient are in the groups too
 * @throws if the model is no module or has no parameters, or an option is unknown or out of range
 * @example
 * const optimizer = new AdamW(decayGroups(model, { weightDecay: 0.05 }), { learningRate: 0.001 });
 * optimizer.groups.map(({ weightDecay }) => weightDecay); // [0.05, 0]
 */
export function decayGroups(model: Module, options: DecayGroupsOptions): DecayGroup[] {
  checkModel(model, 'decayGroups');
  const normalizations = normalizationsOf(model);
  const {
    weightDecay,
    exempt = (name: string, parameter: Parameter): boolean => isScaleOrShift(name, parameter, normalizations),
  } = optionsOf(options, 'decayGroups', ['weightDecay', 'exempt']);
  checkNumber(weightDecay, 'decayGroups', 'weightDecay', { low: 0 });
  check(typeof exempt === 'function', 'decayGroups', () => `exempt is a function, not ${describe(exempt)}`);
  const named = model.namedParameters();
  check(named.length > 0, 'decayGroups', () => 'the model has no parameters');
  const isExempt = new Set(
    named.filter(([name, parameter]) => exempt(name, parameter)).map(([, parameter]) => parameter),
  );
  const parameters = named.map(([, parameter]) => parameter);
  return [
    { parameters: parameters.filter((parameter) => !isExempt.has(parameter)), weightDecay },
    { parameters: parameters.filter((parameter) => isExempt.has(parameter)), weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0);
}
