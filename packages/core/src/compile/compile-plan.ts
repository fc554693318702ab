/**
 * @file From a graph to a plan: simplify, schedule, lower.
 */
import type { Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import type { Plan } from './kernel.ts';
import { lower } from './lower.ts';
import { schedule } from './schedule.ts';
import { simplify } from './simplify.ts';

/** A plan, and where in it the values of the graph's nodes stand. */
export interface CompiledPlan {
  readonly plan: Plan;
  /** The number of the buffer with a node's value, if the plan stores it. */
  readonly bufferOf: (node: Node) => number | undefined;
}

/**
 * @param roots the nodes whose values are wanted
 * @param order all nodes the roots need, inputs before users
 * @param inputs those of them whose values are given
 */
export function compilePlan(
  roots: readonly Node[],
  order: readonly Node[],
  inputs: readonly Node[],
): CompiledPlan {
  const given = new Set(inputs);
  const simplified = simplify(order, (node) => given.has(node));
  const simplifiedOf = new Map(order.map((node, position) => [node, simplified[position]!]));
  const [plainInputs, plainRoots] = [inputs, roots].map((nodes) =>
    nodes.map((node) => simplifiedOf.get(node)!),
  ) as [Node[], Node[]];
  const plainGiven = new Set(plainInputs);
  const isInput = (node: Node): boolean => plainGiven.has(node);
  const stored = schedule(plainRoots, isInput);
  const needed = topologicalOrder(plainRoots, (node) => (isInput(node) ? [] : node.inputs));
  const { plan, bufferOf } = lower(plainInputs, plainRoots, stored, needed);
  return { plan, bufferOf: (node) => bufferOf.get(simplifiedOf.get(node)!) };
}
