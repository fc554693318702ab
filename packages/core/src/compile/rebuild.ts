/**
 * @file A node with other inputs of the same shapes and dtypes: how passes rewrite immutable graphs.
 */
import { Node } from '../graph/node.ts';

/** The node itself if the inputs are its own. */
export function rebuild(node: Node, inputs: readonly Node[]): Node {
  if (
    inputs.length === node.inputs.length &&
    inputs.every((input, position) => input === node.inputs[position])
  )
    return node;
  return new Node(node.op, inputs, node.attributes, node.shape, node.dtype, node.tracked);
}
