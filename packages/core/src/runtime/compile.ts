/**
 * @file `compile`: a function of tensors that is traced once for each kind of arguments and from then on replayed as one
 * program, without building graphs.
 */
import { check, checkFlag, describe, fail, isList, isPlainObject, optionsOf } from '../errors.ts';
import { context } from '../graph/context.ts';
import { Tensor, watch } from '../ops/tensor.ts';
import { planBackend, evaluate } from './engine.ts';
import { mapLeaves, tensorsIn } from './nesting.ts';
import { graphOf, Replay, type StandIn, type Traced } from './replay.ts';
import { placeholder, Trace } from './trace.ts';
import { explainDifference } from './trace-difference.ts';
import { Variable } from './variable.ts';

/** For compile. */
export interface CompileOptions {
  /**
   * Whether to trace the function at every call and compare, so that an error tells when it has come to depend on something
   * that was fixed when it was first traced: a JavaScript number, a captured tensor, `train()` or `eval()`. By default false.
   */
  debug?: boolean;
  /**
   * Whether results stay in the compiled function's own memory, where its next call overwrites them: nothing is then
   * allocated or copied at a call. A result has to be read before that; reading it later is an error. By default false.
   */
  reuseResults?: boolean;
}

/** How many kinds of arguments a compiled function remembers; the longest unused goes first. */
const mostReplays = 32;

const identities = new WeakMap<object, number>();
let identitiesGiven = 0;

function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = identitiesGiven++;
    identities.set(value, identity);
  }
  return identity;
}

/** A tensor that is given anew at each call. */
const isParameter = (leaf: unknown): leaf is Tensor => leaf instanceof Tensor && !(leaf instanceof Variable);

/** The tensors that are given anew at a call, each once, in order. */
const givenAmong = (values: readonly unknown[]): Tensor[] => [
  ...new Set(tensorsIn(values).filter(isParameter)),
];

/** What of an argument is part of the trace. */
function leafKey(leaf: unknown, path: string, given: readonly Tensor[]): string {
  if (isParameter(leaf))
    return `${given.indexOf(leaf)}:${leaf.dtype}[${leaf.shape.join()}]${leaf.requiresGrad ? '!' : ''}`;
  check(
    !ArrayBuffer.isView(leaf),
    'compile',
    () =>
      `argument${path} is a typed array, whose numbers would be fixed when the function is traced; pass tensor(…)`,
  );
  if (typeof leaf === 'string') return JSON.stringify(leaf);
  if (Object.is(leaf, -0)) return '-0';
  if (typeof leaf === 'bigint') return `${leaf}n`;
  if ((typeof leaf === 'object' && leaf !== null) || typeof leaf === 'function')
    return `#${identityOf(leaf)}`;
  return String(leaf);
}

/** What of a nesting is part of the trace: its leaves, and how it is built also where there are none. */
function nestingKey(value: unknown, path: string, given: readonly Tensor[]): string {
  if (isList(value))
    return `[${value.map((entry, position) => nestingKey(entry, `${path}[${position}]`, given)).join()}]`;
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(
      ([name, entry]) => `${JSON.stringify(name)}:${nestingKey(entry, `${path}.${name}`, given)}`,
    );
    return `{${entries.join()}}`;
  }
  return leafKey(value, path, given);
}

/** Two calls with the same key are replayed by the same program: inside `noGrad` and outside of it are two. */
const keyOf = (values: readonly unknown[], given: readonly Tensor[]): string =>
  `${context.recording ? '' : 'noGrad '}${nestingKey(values, '', given)}`;

/** A function that is being traced. */
type Attempt = Omit<Traced, 'result'>;

/**
 * Runs a function on stand-ins for the tensors among its arguments.
 * @param onBegin called before the function is
 */
function traceFunction(
  fn: (...values: never[]) => unknown,
  values: readonly unknown[],
  onBegin: (attempt: Attempt) => void,
): Traced {
  const standIns = new Map(
    givenAmong(values).map((tensor): [Tensor, StandIn] => {
      const node = placeholder(tensor.shape, tensor.dtype, tensor.requiresGrad);
      const inside = new Tensor(node);
      if (node.tracked) watch(node, inside);
      return [tensor, { inside, placeholder: node }];
    }),
  );
  const parameters = [...standIns.values()];
  const inside = mapLeaves(values, (leaf) =>
    isParameter(leaf) ? standIns.get(leaf)!.inside : leaf,
  ) as never[];
  const trace = new Trace();
  onBegin({ trace, parameters });
  const result = trace.run(() => fn(...inside));
  check(!(result instanceof Promise), 'compile', () => 'the function must not be async');
  return { trace, parameters, result };
}

/**
 * A function that does the same as `fn`, faster: `fn` runs once on stand-ins, and all that it would compute, a whole
 * training step with its updates of variables, becomes one program, which later calls run without calling `fn`.
 *
 * - Arguments are tensors, or arrays and plain objects of them, or other values. Other shapes or dtypes, and other values of
 *   whatever is no tensor, are traced anew. So is a change of `requiresGrad`.
 * - Everything else that `fn` uses is fixed when it is traced, except variables (parameters, running statistics, optimizer
 *   state, learning rates) and random numbers, which are drawn anew at each call as they would be without `compile`.
 * - Variables keep their values where the program computes, and are updated in place. They can be read and assigned between
 *   calls as ever.
 * - The results are as `fn` would give them, but as constants: no gradient flows through a call from outside. Gradients that
 *   `fn` collects by `backward` and does not use itself are in `.grad` afterwards.
 *
 * @param fn it must not read values; what it does besides computing happens only when it is traced
 * @throws what `fn` throws; when called, if `fn` reads a value or is async
 * @example
 * const step = compile((x: Tensor, y: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = crossEntropy(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * for (const [x, y] of batches) console.log(step(x, y).item());
 */
export function compile<Arguments extends readonly unknown[], Result>(
  fn: (...values: Arguments) => Result,
  options: CompileOptions = {},
): (...values: Arguments) => Result {
  check(typeof fn === 'function', 'compile', () => `expected a function, not ${describe(fn)}`);
  const { debug = false, reuseResults = false } = optionsOf(options, 'compile', ['debug', 'reuseResults']);
  checkFlag(debug, 'compile', 'debug');
  checkFlag(reuseResults, 'compile', 'reuseResults');
  const replays = new Map<string, Replay>();
  /** The kinds of arguments for which the last call made variables. */
  const creating = new Set<string>();
  /** The trace of the call that is going on; null if it has none. */
  let attempt: Attempt | null = null;
  const trace = (values: Arguments): Traced =>
    traceFunction(fn, values, (begun) => {
      attempt = begun;
    });

  const forget = (key: string): void => {
    replays.get(key)?.release();
    replays.delete(key);
  };

  const replayFor = (key: string, values: Arguments): Replay => {
    const backend = planBackend()!;
    const known = replays.get(key);
    replays.delete(key);
    if (known !== undefined && known.backend === backend && known.isCurrent) {
      // Putting it last marks it as the one used last.
      replays.set(key, known);
      if (debug) checkSame(known, trace(values));
      return known;
    }
    known?.release();
    const traced = trace(values);
    const replay = new Replay(traced, backend, { reuseResults });
    if (traced.trace.created.size === 0) {
      creating.delete(key);
      if (replays.size >= mostReplays) forget(replays.keys().next().value!);
      replays.set(key, replay);
      return replay;
    }
    // Variables made at the first call, an optimizer's state, are there at the next, which is another program.
    if (creating.has(key))
      fail('compile', 'the function makes new variables at every call; make them once, outside');
    return replay;
  };

  return (...values) => {
    if (context.tracing !== null || planBackend() === null) return fn(...values);
    // Everything that variables wait for is computed before their stand-ins are made.
    evaluate([]);
    const given = givenAmong(values);
    const key = keyOf(values, given);
    try {
      const replay = replayFor(key, values);
      const result = replay.run(given);
      if (replay.trace.created.size > 0) {
        creating.add(key);
        replay.release();
      }
      // The result has the structure that the function gave it.
      return result as Result;
    } catch (error) {
      if (attempt !== null) {
        attempt.trace.undo();
        // What was undone is done again when the function is traced again.
        if (replays.get(key)?.trace === attempt.trace) forget(key);
        keepFirstValues(attempt, given);
      }
      throw error;
    } finally {
      attempt = null;
    }
  };
}

/**
 * Has something undone should the compiled call fail that is going on. What a function does besides computing happens while
 * it is traced, before anything is computed; so what it notes elsewhere, such as which variables it has made, may be of a
 * call that comes to nothing. Outside of compiled functions nothing is undone: there, `evaluate` tells what fails.
 * @param undo called once, after the undos that were asked for later
 * @example
 * const seen: number[] = [];
 * const pick = compile((x: Tensor, index: Tensor) => {
 *   seen.push(x.size);
 *   onFailure(() => seen.pop());
 *   return x.indexSelect(0, index);
 * });
 * pick(tensor([1, 2]), tensor([0], { dtype: 'i32' }));
 */
export function onFailure(undo: () => void): void {
  check(typeof undo === 'function', 'onFailure', () => `expected a function, not ${describe(undo)}`);
  context.tracing?.onFailure(undo);
}

/**
 * Gives the variables that a failed call made the values with which it made them, as far as those can be computed: the
 * function may know the variables, and use them at its next call.
 */
function keepFirstValues({ trace, parameters }: Attempt, given: readonly Tensor[]): void {
  if (trace.created.size === 0) return;
  try {
    const first = new Replay({ trace: trace.beginning, parameters, result: null }, planBackend()!, {
      reuseResults: false,
    });
    first.run(given);
    first.release();
  } catch {
    // Such a variable has no value, which reading it tells.
  }
}

/** Throws if a function would be traced differently now; otherwise has the program use what the function drew. */
function checkSame(known: Replay, traced: Traced): void {
  const graph = graphOf(traced);
  const difference = explainDifference(known.graph, graph, traced);
  check(difference === null, 'compile', () => difference!);
  known.redraw(traced.trace.draws);
}
