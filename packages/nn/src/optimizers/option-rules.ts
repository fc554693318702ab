/**
 * @file What an optimizer's options may be, as data: each optimizer has a table of such rules. It knows no optimizer.
 */
import type { Tensor } from '@windfall/core';
import { check, checkFlag, describeList } from '@windfall/core/extension';
import { checkNumber } from '../arguments.ts';

/** A number that may change from step to step; it is held in a variable, so that a compiled step sees the change. */
interface NumberRule {
  readonly kind: 'number';
  readonly low?: number;
  /** Absent for what the user has to give. */
  readonly initial?: number;
  /** At 0 what it controls is not computed at all: turning it on or off is another program. */
  readonly offAtZero?: true;
}

/** Two numbers in [0, 1) that may change from step to step. */
interface DecaysRule {
  readonly kind: 'decays';
  readonly initial: readonly [number, number];
}

/** A number that does not change. */
interface ConstantRule {
  readonly kind: 'constant';
  readonly low: number;
  readonly initial: number;
}

/** What is computed or not, whatever the numbers are. */
interface FlagRule {
  readonly kind: 'flag';
  readonly initial: boolean;
}

/** What values an option may have, and which it has when it is left out. */
export type OptionRule = NumberRule | DecaysRule | ConstantRule | FlagRule;

/** What an option can be. */
export type OptionValue = number | boolean | readonly [number, number];

/** The options of an optimizer; the learning rate is common to all. */
export interface CommonOptions {
  learningRate?: number;
}

/** A rule for each option of an optimizer. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

/** The options as an update rule sees them: numbers that may change are f64 tensors without axes. */
export type Settings<Options> = {
  readonly [Name in keyof Options]-?: Required<Options>[Name] extends boolean
    ? boolean
    : Required<Options>[Name] extends number
      ? Tensor
      : readonly [Tensor, Tensor];
};

/** Throws unless a value obeys its rule. */
export function checkOption(rule: OptionRule, value: unknown, operation: string, name: string): void {
  switch (rule.kind) {
    case 'flag':
      checkFlag(value, operation, name);
      break;
    case 'number':
    case 'constant':
      checkNumber(value, operation, name, rule.low === undefined ? {} : { low: rule.low });
      break;
    case 'decays': {
      const isDecay = (entry: unknown): boolean => typeof entry === 'number' && entry >= 0 && entry < 1;
      check(
        Array.isArray(value) && value.length === 2 && value.every(isDecay),
        operation,
        () => `${name} are two numbers in [0, 1), not ${describeList(value)}`,
      );
    }
  }
}
