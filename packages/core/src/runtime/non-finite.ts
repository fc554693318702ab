/**
 * @file A mode for finding bugs: when a value that is computed turns out NaN or infinite, an error says which operation
 * gave the first such value, from what, and where in the program that operation stands.
 */
import { javascriptBackend } from '../backends/javascript/javascript-backend.ts';
import { compilePlan } from '../compile/compile-plan.ts';
import { isFloat, type TypedArray } from '../dtype.ts';
import { checkFlag, fail, formatShape } from '../errors.ts';
import { context } from '../graph/context.ts';
import { isSource } from '../graph/history.ts';
import { isOp, type Node } from '../graph/node.ts';
import { describeValue } from '../graph/print.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { coordinatesAt, sizeOf } from '../shape.ts';
import { elementsOf, inspectValues } from './engine.ts';

/** Where a node was made. */
interface Origin {
  readonly stack: string;
  /** Of which node's derivative it is a part. */
  readonly derived: Node | null;
}

const origins = new WeakMap<Node, Origin>();

/** How many frames a stack has, where engines limit them. */
const frameLimit = Error as { stackTraceLimit?: number };

function stackOf(): string {
  const before = frameLimit.stackTraceLimit;
  frameLimit.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  if (before !== undefined) frameLimit.stackTraceLimit = before;
  return stack;
}

/** A stack's frames as `function (file:line:column)`, innermost first. */
const framesOf = (stack: string): string[] =>
  stack
    .split('\n')
    .map((line) => line.trim().replace(/^at /, ''))
    .filter((line) => /:\d+:\d+\)?$/.test(line));

/** The folder of this package's own files, as stacks write it; null where all code is one file. */
const ownFolder = ((): string | null => {
  const [own = ''] = framesOf(stackOf());
  const file = /\(?([^()]*):\d+:\d+\)?$/.exec(own)?.[1] ?? '';
  const folder = /^(.*[/\\])runtime[/\\]non-finite\.[a-z]+$/.exec(file)?.[1];
  return folder?.replace(/^.* /, '') ?? null;
})();

/** The line of the user's program that made a node. */
function place({ stack }: Origin): string {
  const frames = framesOf(stack);
  const outside = ownFolder === null ? frames : frames.filter((frame) => !frame.includes(ownFolder));
  return outside[0] ?? frames.at(-1) ?? 'an unknown place';
}

/** What kind of value to look for. */
type Test = (value: number) => boolean;

const positionOf = (array: TypedArray, test: Test): number => (array as Float64Array).findIndex(test);

/** The values of nodes and of all that they are computed from. */
function valuesOf(nodes: readonly Node[]): Map<Node, TypedArray> {
  const order = topologicalOrder(nodes, (node) => (isSource(node) ? [] : node.inputs));
  const inputs = order.filter(isSource);
  const { plan, bufferOf } = compilePlan(order, order, inputs);
  const program = javascriptBackend.load(
    plan,
    order.map((node) => bufferOf(node)!),
  );
  for (const [input, node] of inputs.entries()) program.write(input, elementsOf({ node }));
  const read = program.run();
  return new Map(order.map((node) => [node, read(bufferOf(node)!)]));
}

/** The origin of a node, or of what it was made as a part of: of all its users with an origin, the one made first. */
function originOf(node: Node, order: readonly Node[]): Origin | undefined {
  const own = origins.get(node);
  if (own !== undefined) return own;
  const users = order.filter((other) => other.inputs.includes(node)).sort((a, b) => a.id - b.id);
  for (const user of users) {
    const origin = originOf(user, order);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

const nameOf = (node: Node): string => describeValue(node).split(',')[0]!;

/** Of what a node is a derivative, and where that was made. */
function derivation(origin: Origin | undefined, order: readonly Node[]): string {
  if (origin === undefined || origin.derived === null) return '';
  const source = originOf(origin.derived, order);
  return `, in the derivative of ${nameOf(origin.derived)}${source === undefined ? '' : ` (made at ${place(source)})`}`;
}

/** Throws the error for the first bad value on the way to some roots. */
function explainFirst(roots: readonly Node[], test: Test): void {
  const values = valuesOf(roots);
  const order = [...values.keys()];
  const isBad = (node: Node): boolean => isFloat(node.dtype) && positionOf(values.get(node)!, test) >= 0;
  const inputsOf = (node: Node): readonly Node[] => (isSource(node) ? [] : node.inputs);
  const culprit = order.find((node) => isBad(node) && !inputsOf(node).some(isBad));
  if (culprit === undefined) return;
  const elements = values.get(culprit)!;
  const position = positionOf(elements, test);
  const where = formatShape(coordinatesAt(position, culprit.shape));
  const operands = inputsOf(culprit).filter((input) => sizeOf(input.shape) === elements.length);
  const from =
    operands.length === 0 || !isOp(culprit, 'elementwise')
      ? ''
      : ` from ${operands.map((input) => values.get(input)![position]).join(' and ')}`;
  const origin = originOf(culprit, order);
  const made = origin === undefined ? '' : `; made at ${place(origin)}`;
  const verb = inputsOf(culprit).length === 0 ? 'holds' : 'gives';
  fail(
    'setNonFiniteDetection',
    `${describeValue(culprit)} ${verb} ${elements[position]} at ${where}${from}${derivation(origin, order)}${made}`,
  );
}

let enabledNow = false;

const noteNewTensor = context.onNewTensor;

/**
 * Chooses whether computed values are searched for NaN and infinities: whenever a tensor that is read, or a variable that
 * is assigned, has one, an error names the operation that gave the first, its operands there, and the line of the program
 * that made it; for a gradient also the operation whose derivative it is. NaN is looked for before infinities, because an
 * infinity may be meant. Compiled functions run uncompiled meanwhile. Everything is slower: for finding bugs only.
 * @throws if enabled is no boolean
 * @example
 * setNonFiniteDetection(true);
 * tensor([4, 0]).log().mul(0).sum().item();
 * // WindfallError: setNonFiniteDetection: mul, f32 [2] gives NaN at [1] from -Infinity and 0; made at …
 */
export function setNonFiniteDetection(enabled: boolean): void {
  checkFlag(enabled, 'setNonFiniteDetection', 'enabled');
  if (enabled === enabledNow) return;
  enabledNow = enabled;
  context.onNewTensor = enabled
    ? (tensor): void => {
        origins.set(tensor.node, { stack: stackOf(), derived: context.deriving });
        noteNewTensor(tensor);
      }
    : noteNewTensor;
  inspectValues(
    enabled
      ? (roots, arrays): void => {
          const has = (test: Test): boolean =>
            roots.some((root, k) => isFloat(root.dtype) && positionOf(arrays[k]!, test) >= 0);
          if (has(Number.isNaN)) explainFirst(roots, Number.isNaN);
          const isInfinite: Test = (value) => Math.abs(value) === Infinity;
          if (has(isInfinite)) explainFirst(roots, isInfinite);
        }
      : null,
  );
}
