/**
 * @file The graph behind tensors, for people to read.
 */
import { printNodes } from '../graph/print.ts';
import { namedNodesOf, type Tensor } from './tensor.ts';

/**
 * The graph that tensors stand for, as text: one line per operation, inputs first, `name = operation(operands) : dtype shape`.
 * @param results the tensors whose graph to print, by name
 * @param inputs tensors to print by name where they occur, without what they were computed from
 * @example
 * const x = tensor([1, 2]);
 * printGraph({ y: x.mul(x).sum() }, { x });
 * // %x = data() : f32 [2]
 * // %0 = mul(%x, %x) : f32 [2]
 * // %y = reduce(%0, kind: sum, axes: [0]) : f32 []
 */
export function printGraph(
  results: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Tensor>> = {},
): string {
  const wanted = namedNodesOf(results, 'printGraph');
  return printNodes(
    wanted.map(([node]) => node),
    new Map([...wanted, ...namedNodesOf(inputs, 'printGraph')]),
  );
}
