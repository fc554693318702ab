/**
 * @file Walking graphs without recursion, so that a graph may be of any depth.
 */
import type { Node } from './node.ts';

/**
 * Every node that the roots need, inputs before users, each once.
 * @param inputsOf which inputs to follow; by default all. Return none to treat a node as a source.
 */
export function topologicalOrder(
  roots: readonly Node[],
  inputsOf: (node: Node) => readonly Node[] = (node) => node.inputs,
): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // The path from a root, its nodes' inputs, and which of them comes next.
  const path: Node[] = [];
  const inputs: (readonly Node[])[] = [];
  const next: number[] = [];
  const enter = (node: Node): void => {
    seen.add(node);
    path.push(node);
    inputs.push(inputsOf(node));
    next.push(0);
  };
  for (const root of roots) {
    if (seen.has(root)) continue;
    enter(root);
    while (path.length > 0) {
      const last = path.length - 1;
      const input = inputs[last]![next[last]!++];
      if (input !== undefined) {
        if (!seen.has(input)) enter(input);
        continue;
      }
      order.push(path.pop()!);
      inputs.pop();
      next.pop();
    }
  }
  return order;
}
