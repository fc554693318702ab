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
  const path: { node: Node; inputs: readonly Node[]; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    path.push({ node: root, inputs: inputsOf(root), next: 0 });
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const input = top.inputs[top.next++];
      if (input === undefined) {
        order.push(top.node);
        path.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        path.push({ node: input, inputs: inputsOf(input), next: 0 });
      }
    }
  }
  return order;
}
