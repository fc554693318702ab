/**
 * @file Walking graphs without recursion, so that a graph may be of any depth.
 */
import type { Node } from './node.ts';

let walks = 0;

/** A number for `Node.walk` that no node has yet: whoever finds it there has been to the node before, in this walk. */
export const newWalk = (): number => ++walks;

/**
 * Every node that the roots need, inputs before users, each once.
 * @param inputsOf which inputs to follow; by default all. Return none to treat a node as a source. It must not itself
 *   walk, for nodes remember one walk only.
 */
export function topologicalOrder(
  roots: readonly Node[],
  inputsOf: (node: Node) => readonly Node[] = (node) => node.inputs,
): Node[] {
  const walk = newWalk();
  const order: Node[] = [];
  // The path from a root, and the inputs of its nodes, which themselves note how many of them have been seen.
  const path: Node[] = [];
  const inputs: (readonly Node[])[] = [];
  const enter = (node: Node): void => {
    node.walk = walk;
    node.mark = 0;
    path.push(node);
    inputs.push(inputsOf(node));
  };
  for (const root of roots) {
    if (root.walk === walk) continue;
    enter(root);
    while (path.length > 0) {
      const last = path.length - 1;
      const input = inputs[last]![path[last]!.mark++];
      if (input === undefined) {
        order.push(path.pop()!);
        inputs.pop();
      } else if (input.walk !== walk) enter(input);
    }
  }
  return order;
}
