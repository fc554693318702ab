/**
 * @file What the results of a model's layers are like, call by call, watched by hooks.
 */
import { check, describe, describeList } from '@windfall/core/extension';
import { checkWhole, optionsOf } from '../arguments.ts';
import { checkModel, type Module } from '../module/module.ts';
import { type Histogram, histogramOf, type Moments, momentsOf } from './distribution.ts';

/** For {@link observeActivations}. */
export interface ObserveActivationsOptions {
  /** Which modules to watch; by default those without modules of their own. */
  select?: (name: string, module: Module) => boolean;
  /** How many bins the histograms have; by default 32. */
  bins?: number;
  /** The numbers that the histograms cover; by default, in each call, from the least to the largest finite one. */
  range?: readonly [low: number, high: number];
}

/** The result of one call of one module. */
export interface Activation extends Moments {
  readonly histogram: Histogram;
}

/** What {@link observeActivations} gives. */
export interface ActivationObserver {
  /** The calls of each watched module since it is watched, by its name, oldest first. */
  readonly calls: Readonly<Record<string, readonly Activation[]>>;
  /** Ends it; what was recorded stays. */
  readonly stop: () => void;
}

/** More bins than this are a mistake, and might have no room. */
const mostBins = 2 ** 20;

function checkRange(range: unknown): void {
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1],
    'observeActivations',
    () => `range is two finite numbers, the lower one first, not ${describeList(range)}`,
  );
}

/**
 * Watches the layers of a model: from now on, each forward records moments and a histogram of each layer's results, until
 * `stop` is called. The results are what they were, and so are the gradients. They are read for it, which a compiled function
 * cannot: calls inside of `compile` are an error while a model is watched.
 * @throws if the model is no module, or an option is unknown or out of range
 * @example
 * const observer = observeActivations(model);
 * model.forward(x);
 * observer.stop();
 * for (const [name, calls] of Object.entries(observer.calls)) console.log(name, calls.at(-1)!.std);
 */
export function observeActivations(
  model: Module,
  options: ObserveActivationsOptions = {},
): ActivationObserver {
  const operation = 'observeActivations';
  checkModel(model, operation);
  const {
    select = (_name: string, module: Module) => module.namedChildren().length === 0,
    bins = 32,
    range,
  } = optionsOf(options, operation, ['select', 'bins', 'range']);
  check(typeof select === 'function', operation, () => `select is a function, not ${describe(select)}`);
  checkWhole(bins, operation, 'bins');
  check(bins <= mostBins, operation, () => `bins is a whole number ≤ ${mostBins}, not ${bins}`);
  if (range !== undefined) checkRange(range);

  const calls: Record<string, Activation[]> = {};
  const watched = model.namedModules().filter(([name, module]) => select(name, module));
  const removals = watched.map(([name, module]) => {
    const recorded: Activation[] = [];
    calls[name] = recorded;
    return module.registerForwardHook((_module, _input, output) => {
      const values = output.data();
      const moments = momentsOf(values);
      const [low, high] = range ?? [moments.min, moments.max];
      recorded.push({ ...moments, histogram: histogramOf(values, { low, high, bins }) });
    });
  });
  return {
    calls,
    stop: () => {
      for (const remove of removals) remove();
    },
  };
}
