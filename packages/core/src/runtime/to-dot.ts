/**
 * @file The graph behind tensors, as a drawing.
 */
import { simplify } from '../compile/simplify.ts';
import { checkFlag, describe, fail, isList, optionsOf } from '../errors.ts';
import { dotText } from '../graph/dot.ts';
import { isSource } from '../graph/history.ts';
import type { Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { namedNodesOf, nodeOf, Tensor } from '../ops/tensor.ts';

/** For toDot. */
export interface DotOptions {
  /** Tensors to name where they occur, and to draw without what they were computed from. */
  inputs?: Readonly<Record<string, Tensor>>;
  /** Tensors that were there before: they and what they were computed from are drawn in gray. */
  earlier?: Tensor | readonly Tensor[];
  /** Whether to draw the graph that is left when it has been simplified for computing; by default false. */
  simplified?: boolean;
}

function earlierOf(earlier: Tensor | readonly Tensor[]): readonly Tensor[] {
  if (earlier instanceof Tensor) return [earlier];
  if (!isList(earlier)) fail('toDot', `earlier is a tensor or an array of tensors, not ${describe(earlier)}`);
  return earlier;
}

/**
 * The graph that tensors stand for in the DOT language, which Graphviz and many pages draw: boxes are operations, ellipses
 * are values that are there, arrows lead to what uses them.
 * @param results a tensor, or several by name
 * @throws if something is no tensor, or an option is unknown
 * @example
 * const x = tensor([1, 2]);
 * toDot({ y: x.mul(x).sum() }, { inputs: { x } });
 * // digraph {
 * //   node [shape=box];
 * //   n0 [label="x\ndata\nf32 [2]" shape=ellipse];
 * //   n1 [label="mul\nf32 [2]"];
 * //   n0 -> n1;
 * //   n0 -> n1;
 * //   n2 [label="y\nreduce kind: sum axes: [0]\nf32 []"];
 * //   n1 -> n2;
 * // }
 */
export function toDot(results: Tensor | Readonly<Record<string, Tensor>>, options: DotOptions = {}): string {
  const {
    inputs = {},
    earlier = [],
    simplified = false,
  } = optionsOf(options, 'toDot', ['inputs', 'earlier', 'simplified']);
  checkFlag(simplified, 'toDot', 'simplified');
  const wanted: [Node, string | null][] =
    results instanceof Tensor ? [[results.node, null]] : namedNodesOf(results, 'toDot');
  const given = namedNodesOf(inputs, 'toDot');
  const before = Array.from(earlierOf(earlier), (tensor) => nodeOf(tensor, 'toDot'));

  const roots = wanted.map(([node]) => node);
  const sources = new Set(given.map(([node]) => node).filter((node) => !roots.includes(node)));
  const isEnd = (node: Node): boolean => isSource(node) || sources.has(node);
  const below = topologicalOrder(before, (node) => (isEnd(node) ? [] : node.inputs));
  const all = topologicalOrder([...roots, ...given.map(([node]) => node), ...below], (node) =>
    isEnd(node) ? [] : node.inputs,
  );
  const simpler = simplified ? simplify(all, isEnd) : all;
  const drawnAs = new Map(all.map((node, position) => [node, simpler[position]!]));
  const drawn = (nodes: readonly Node[]): Node[] => nodes.map((node) => drawnAs.get(node)!);
  const names = [...wanted, ...given].flatMap(([node, name]): [Node, string][] =>
    name === null ? [] : [[drawnAs.get(node)!, name]],
  );
  return dotText(drawn(roots), {
    names: new Map(names),
    sources: new Set(drawn([...sources])),
    earlier: new Set(drawn(below)),
  });
}
