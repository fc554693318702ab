/**
 * @file Several state dicts in one, as a training checkpoint needs them: those of the model, the optimizer and so on, each under a
 * name of its own.
 */
import { check, describe } from '@windfall/core/extension';
import { isRecord } from '../arguments.ts';
import { checkStateDict, type StateDict } from '../module/state-dict.ts';

/**
 * One state dict of several, with the name of each before a dot: `model.0.weight`, `optimizer.0.exp_avg`.
 * @param states state dicts by names without dots
 * @throws if a name has a dot, or a value is no state dict
 * @example
 * const states = { model: model.stateDict(), optimizer: optimizer.stateDict() };
 * await saveSafetensors('checkpoint.safetensors', joinStateDicts(states));
 */
export function joinStateDicts(states: Readonly<Record<string, Readonly<StateDict>>>): StateDict {
  const operation = 'joinStateDicts';
  const given: unknown = states;
  check(
    isRecord(given),
    operation,
    () => `expected an object of state dicts by name, not ${describe(given)}`,
  );
  const entries = Object.entries(states).flatMap(([part, state]) => {
    check(!part.includes('.'), operation, () => `a name of a part has no dot: ${JSON.stringify(part)}`);
    checkStateDict(state, operation);
    return Object.entries(state).map(([name, value]) => [`${part}.${name}`, value] as const);
  });
  return Object.fromEntries(entries);
}

/**
 * The state dicts that `joinStateDicts` made one of: each name is split at its first dot. A part that had no entries is not
 * among them.
 * @param state names with at least one dot
 * @throws if a name has no dot
 * @example
 * splitStateDict({ 'model.0.bias': zeros([1]), 'optimizer.step': zeros([]) });
 * // { model: { '0.bias': tensor([0], shape [1], f32) }, optimizer: { step: tensor(0, shape [], f32) } }
 */
export function splitStateDict(state: Readonly<StateDict>): Record<string, StateDict> {
  const operation = 'splitStateDict';
  checkStateDict(state, operation);
  const parts = new Map<string, [string, StateDict[string]][]>();
  for (const [name, value] of Object.entries(state)) {
    const dot = name.indexOf('.');
    check(dot >= 0, operation, () => `${JSON.stringify(name)} has no dot behind the name of a part`);
    const part = name.slice(0, dot);
    const entries = parts.get(part) ?? [];
    entries.push([name.slice(dot + 1), value]);
    parts.set(part, entries);
  }
  const states = Array.from(parts, ([part, entries]) => [part, Object.fromEntries(entries)] as const);
  return Object.fromEntries(states);
}
