/**
 * @file From a graph to a plan: simplify, orient, schedule, lower.
 */
import type { Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import type { Plan } from './kernel.ts';
import { lower } from './lower.ts';
import { orientContractions } from './orient.ts';
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
  const plainOf = (nodes: readonly Node[]): Node[] => nodes.map((node) => simplifiedOf.get(node)!);
  const plainInputs = plainOf(inputs);
  const plainGiven = new Set(plainInputs);
  const isInput = (node: Node): boolean => plainGiven.has(node);
  const needed = (nodes: readonly Node[]): Node[] =>
    topologicalOrder(nodes, (node) => (isInput(node) ? [] : node.inputs));

  const finalOf = orientContractions(plainOf(roots), needed(plainOf(roots)), isInput);
  const finalRoots = plainOf(roots).map((root) => finalOf.get(root)!);
  const stored = schedule(finalRoots, isInput);
  // The longest way first: what takes little then comes when the kernel that needs it is there to take it up.
  const deepestFirst = (node: Node): readonly Node[] =>
    isInput(node) ? [] : node.inputs.toSorted((a, b) => b.depth - a.depth);
  const tasks = topologicalOrder(finalRoots, deepestFirst);
  const { plan, bufferOf } = lower(plainInputs, finalRoots, stored, tasks);
  return {
    plan,
    bufferOf: (node) => {
      const simpler = simplifiedOf.get(node)!;
      return bufferOf.get(finalOf.get(simpler) ?? simpler);
    },
  };
}
