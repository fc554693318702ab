/**
 * @file Has contractions give their result with its axes in the order in which it is used: a permutation that is the only
 * user of a result becomes part of the contraction, whose kernel can then take up what follows.
 */
import * as build from '../graph/build.ts';
import { isOp, type Node } from '../graph/node.ts';
import { rebuild } from './rebuild.ts';

/**
 * What stands for each node, so that contractions permute their results themselves.
 * @param order all nodes, inputs before users
 */
export function orientContractions(
  roots: readonly Node[],
  order: readonly Node[],
  isInput: (node: Node) => boolean,
): Map<Node, Node> {
  const users = new Map<Node, number>();
  const note = (node: Node): unknown => users.set(node, (users.get(node) ?? 0) + 1);
  roots.forEach(note);
  for (const node of order) if (!isInput(node)) node.inputs.forEach(note);
  const replacement = new Map<Node, Node>();
  for (const node of order) {
    if (isInput(node)) {
      replacement.set(node, node);
      continue;
    }
    const inputs = node.inputs.map((input) => replacement.get(input)!);
    const [input] = inputs;
    const isOnlyUser = users.get(node.inputs[0]!) === 1;
    replacement.set(
      node,
      isOp(node, 'permute') && input !== undefined && isOp(input, 'contract') && isOnlyUser
        ? permuted(input, node.attributes.order)
        : rebuild(node, inputs),
    );
  }
  return replacement;
}

function permuted({ attributes, inputs }: Node<'contract'>, order: readonly number[]): Node {
  const [left, right] = inputs as [Node, Node];
  return build.contract(left, right, {
    ...attributes,
    output: order.map((axis) => attributes.output[axis]!),
  });
}
