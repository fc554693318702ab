/**
 * @file Reading flags from a command line, with errors that are sentences for users. Knows no program's flags.
 */
import { parseArgs } from 'node:util';

/** A mistake in the command line, told in one sentence. */
export class UsageError extends Error {}

/** What a program takes: flags with a value, and flags that are there or not. */
export type Flags = Readonly<
  Record<string, { type: 'string'; default?: string } | { type: 'boolean'; default: boolean }>
>;

/** The value of each flag; undefined for one with a value that is not given and has no default. */
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { type: 'boolean' }
    ? boolean
    : F[Name] extends { default: string }
      ? string
      : string | undefined;
};

/**
 * The flags in the arguments, and the defaults of the others.
 * @throws UsageError for a flag that does not exist, a missing or superfluous value, and anything that is no flag
 */
export function parseFlags<const F extends Flags>(args: readonly string[], flags: F): FlagValues<F> {
  // Not strict, because the errors of node:util are not sentences for users.
  const { values, tokens } = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`"${token.value}" is not an option`);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw new UsageError(`there is no option ${token.rawName}`);
    const takesValue = flag.type === 'string';
    if (takesValue && token.value === undefined) throw new UsageError(`${token.rawName} needs a value`);
    if (!takesValue && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
  }
  // The loop above has checked what the types of a lenient parse leave open.
  return values as unknown as FlagValues<F>;
}

/**
 * A number from the text of a flag.
 * @param kind what the number has to be, in words
 * @throws UsageError if it is something else
 */
export function numberFrom(
  text: string,
  flag: string,
  kind: string,
  isKind: (value: number) => boolean,
): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!isKind(value)) throw new UsageError(`${flag} is ${kind}, not "${text}"`);
  return value;
}
