/**
 * @file What a wrong call may lead to: an error of ours that names who was called, or a result that is sound. Everything
 * else is put into words here.
 */
import { interpret } from '../../src/interpret/interpret.ts';
import { assertClose, Tensor, WindfallError } from '../../src/index.ts';
import { type Mutation, mutationsOf, UsersError } from './mutations.ts';

/** A function or method, and how it is rightly called. */
export interface Entry {
  /** Right arguments, made anew. */
  readonly args: () => readonly unknown[];
  readonly call: (...args: never[]) => unknown;
  /** What its errors may begin with, besides its own name. */
  readonly names?: readonly string[];
  /** Uses what came back, which shows whether it can be used. */
  readonly use?: (result: never) => unknown;
  /** Puts back what a successful call changes for everyone. */
  readonly restore?: () => void;
  /** Mutations that are right calls, but too large to make here: by a part of `place kind`. */
  readonly tooLarge?: RegExp;
}

/** Results with more elements are not computed. */
const mostElements = 20_000;

/** Longer takes only what does not end. */
const mostMilliseconds = 10_000;

/** The tensors in a result. */
function* tensorsIn(value: unknown, depth = 3): Generator<Tensor> {
  if (value instanceof Tensor) yield value;
  else if (depth > 0 && typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    for (const inner of Object.values(value)) yield* tensorsIn(inner, depth - 1);
}

function checkSound(result: unknown): void {
  for (const tensor of tensorsIn(result)) {
    const { shape, node } = tensor;
    if (shape.some((extent) => !Number.isInteger(extent) || extent < 0))
      throw new Error(`a result has the shape [${shape.join()}]`);
    if (tensor.size > mostElements) continue;
    const isDrawn = node.op === 'data';
    const expected = isDrawn ? null : interpret([node])[0]!;
    if (tensor.data().length !== tensor.size) throw new Error('a result has another size than its shape');
    if (expected !== null)
      assertClose(tensor, { shape, values: expected }, { tolerance: { absolute: 1e-3, relative: 1e-3 } });
  }
}

/** What became of one wrong call. */
export interface Outcome {
  readonly mutation: Mutation;
  readonly kind: 'refused' | 'accepted' | 'wrong';
  /** The error, or what is wrong. */
  readonly text: string;
}

/** Judges what was thrown; `later` is whether only at the use of a result. */
function judged(mutation: Mutation, error: unknown, names: readonly string[], later: boolean): Outcome {
  if (error instanceof UsersError) return { mutation, kind: 'refused', text: error.message };
  if (!(error instanceof WindfallError)) {
    const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 4).join(' ') : '';
    return { mutation, kind: 'wrong', text: `${later ? 'later ' : ''}${String(error)} ${stack}` };
  }
  const { message } = error;
  const isNamed = later || names.some((name) => message.startsWith(`${name}: `));
  const isOurs = /^[\w.]+: /.test(message) && !message.startsWith('internal:');
  const isSpeaking = !/\[object|undefined \(|\bNaN elements|function \(/.test(message);
  return { mutation, kind: isNamed && isOurs && isSpeaking ? 'refused' : 'wrong', text: message };
}

/** Makes one wrong call. */
async function outcomeOf(mutation: Mutation, entry: Entry, names: readonly string[]): Promise<Outcome> {
  const begin = Date.now();
  let result: unknown;
  try {
    result = await (entry.call as (...args: readonly unknown[]) => unknown)(...mutation.args);
  } catch (error) {
    return judged(mutation, error, names, false);
  }
  try {
    checkSound(result);
    if (entry.use !== undefined) checkSound(await entry.use(result as never));
  } catch (error) {
    return judged(mutation, error, names, true);
  } finally {
    entry.restore?.();
  }
  const took = Date.now() - begin;
  if (took > mostMilliseconds) return { mutation, kind: 'wrong', text: `took ${took} ms` };
  return { mutation, kind: 'accepted', text: '' };
}

/** Makes all wrong calls of one function. */
export async function examine(name: string, entry: Entry): Promise<Outcome[]> {
  const names = [name, name.split('.')[0]!, name.split('.').at(-1)!, 'memory', ...(entry.names ?? [])];
  const right: Mutation = { place: 'all', kind: 'right', args: entry.args() };
  const begun = await outcomeOf(right, entry, names);
  const outcomes: Outcome[] = [{ ...begun, kind: begun.kind === 'accepted' ? 'accepted' : 'wrong' }];
  for (const mutation of mutationsOf(entry.args)) {
    if (entry.tooLarge?.test(`${mutation.place} ${mutation.kind}`) === true) continue;
    outcomes.push(await outcomeOf(mutation, entry, names));
  }
  return outcomes;
}
