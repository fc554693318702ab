/**
 * @file Whether two traces of one function are the same, and if not, in what: the number or the tensor that the function has
 * captured and that has changed since.
 */
import { formatShape } from '../errors.ts';
import { identity } from '../graph/history.ts';
import { isOp, type Node } from '../graph/node.ts';
import { describeValue } from '../graph/print.ts';
import { attributesKey, sameSignature } from '../compile/signature.ts';
import { equalShapes } from '../shape.ts';
import type { Traced, TracedGraph } from './replay.ts';

const remedy = 'pass it as an argument or keep it in a Variable';

/** Whether a node stands for an argument or a variable. */
function isAbstract(node: Node): boolean {
  return isOp(node, 'data') && node.attributes.storage.isAbstract === true;
}

/** Whether two captured values are the same numbers. */
function sameElements(a: Node, b: Node): boolean {
  const [before, now] = [identity(a), identity(b)];
  if (before === now || !isOp(before, 'data') || !isOp(now, 'data')) return before === now;
  const { array } = before.attributes.storage;
  const other = now.attributes.storage.array;
  return array.length === other.length && array.every((value, k) => Object.is(value, other[k]));
}

function explainNodes(before: Node, now: Node): string | null {
  if (isOp(before, 'constant') && isOp(now, 'constant') && before.attributes.value !== now.attributes.value) {
    return `the function uses the number ${now.attributes.value}, which was ${before.attributes.value} when it was traced; ${remedy}`;
  }
  if (before.op === now.op && !equalShapes(before.shape, now.shape)) {
    return `the function uses a value (${describeValue(now)}) whose shape was ${formatShape(before.shape)} when it was traced; ${remedy}`;
  }
  if (before.op !== now.op || before.dtype !== now.dtype || attributesKey(before) !== attributesKey(now)) {
    return `the function computes ${describeValue(now)} where it computed ${describeValue(before)} when it was traced; what it decides by, such as train() or eval(), must be an argument`;
  }
  return null;
}

/** What has changed since a function was traced, as a rule and its remedy; null if nothing has. */
export function explainDifference(before: TracedGraph, now: TracedGraph, { trace }: Traced): string | null {
  const drawn = new Set(trace.draws.map(({ node }) => node));
  const captured = (graph: TracedGraph): Node[] =>
    [...graph.inputs.keys()].filter((node) => !isAbstract(node));
  const earlier = captured(before);
  for (const [position, other] of captured(now).entries()) {
    const old = earlier[position];
    if (old === undefined) break;
    const fits = old.dtype === other.dtype && equalShapes(old.shape, other.shape);
    if (fits && (drawn.has(other) || sameElements(old, other))) continue;
    return `the function uses a tensor (${other.dtype} ${formatShape(other.shape)}) that is not the one it used when it was traced (${old.dtype} ${formatShape(old.shape)}); ${remedy}`;
  }
  if (sameSignature(before.signature, now.signature)) return null;
  for (const [position, other] of now.order.entries()) {
    const old = before.order[position];
    if (old === undefined || now.inputs.has(other) || before.inputs.has(old)) continue;
    const explanation = explainNodes(old, other);
    if (explanation !== null) return explanation;
  }
  return 'the function computes something else than when it was traced; what it decides by, such as train() or eval(), must be an argument';
}
