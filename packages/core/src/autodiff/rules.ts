/**
 * @file The derivative of every structural primitive: the cotangent of one input from the cotangent of the result,
 * written in the same primitives, so that it can be differentiated again. Scalar functions have theirs in their table.
 */
import * as build from '../graph/build.ts';
import type { Attributes, Node, Padding, Primitive, ReduceKind } from '../graph/node.ts';
import { type Algebra, scalarFunction, type Value } from '../graph/scalar-functions.ts';
import * as $ from '../ops/elementwise.ts';
import { cast } from '../ops/cast.ts';
import { type Tensor, wrap } from '../ops/tensor.ts';
import { mean } from '../ops/reduce.ts';
import type { Shape } from '../shape.ts';

/** What a rule sees: the node, the cotangent of its result, and which input's cotangent is wanted. */
type Rule<P extends Primitive> = (node: Node<P>, cotangent: Tensor, input: number) => Tensor | null;

/** A rule for a primitive with one differentiable input, which changes nothing but the graph. */
const linear =
  <P extends Primitive>(
    adjoint: (cotangent: Node, attributes: Attributes[P], shape: Shape, input: Node) => Node,
  ): Rule<P> =>
  (node, cotangent) => {
    const [input] = node.inputs as [Node];
    return wrap(adjoint(cotangent.node, node.attributes, input.shape, input));
  };

const none = (): null => null;

/** Repeats a reduced result over the axes of x it was reduced along. */
const expandOver = (reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  wrap(build.expand(reduced.node, x.node.shape, axes));

/** Undoes a padding: the complementary cropping where nothing lies between neighbours, else the strided slice. */
function unpad(cotangent: Node, padding: readonly Padding[], shape: Shape): Node {
  // Cropped elements (negative widths) got nothing, so they are padded back with zeros first.
  const outward = padding.map(({ low, high }) => ({
    low: Math.max(0, -low),
    high: Math.max(0, -high),
    interior: 0,
  }));
  const starts = padding.map(({ low }) => Math.max(0, low));
  const steps = padding.map(({ interior }) => interior + 1);
  return build.slice(build.pad(cotangent, outward, 0), starts, steps, shape);
}

/** Undoes a slice: puts elements back `step` apart, with zeros around. */
function unslice(cotangent: Node, { starts, steps }: Attributes['slice'], shape: Shape): Node {
  const padding = shape.map((extent, axis) => {
    const count = cotangent.shape[axis]!;
    const step = steps[axis]!;
    if (count === 0) return { low: extent, high: 0, interior: 0 };
    const low = starts[axis]!;
    return { low, high: extent - low - ((count - 1) * step + 1), interior: step - 1 };
  });
  return build.pad(cotangent, padding, 0);
}

const reduceRules: Readonly<
  Record<ReduceKind, (cotangent: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor>
> = {
  sum: (cotangent, x, _y, axes) => expandOver(cotangent, x, axes),
  max: extremumRule,
  min: extremumRule,
  // d σ² = 2/n · (x − mean)
  variance: (cotangent, x, _y, axes) => {
    const count = axes.reduce((product, axis) => product * x.node.shape[axis]!, 1);
    const centered = $.sub(x, expandOver(mean(x, axes), x, axes));
    return $.mul(expandOver($.mul(cotangent, 2 / count), x, axes), centered);
  },
};

/** All elements equal to the extremum share its cotangent evenly. */
function extremumRule(cotangent: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const ties = cast($.equal(x, expandOver(y, x, axes)), x.dtype);
  const count = wrap(build.reduce(ties.node, 'sum', axes));
  return $.mul(ties, expandOver($.div(cotangent, count), x, axes));
}

const rules: { readonly [P in Primitive]: Rule<P> } = {
  constant: none,
  data: none,
  iota: none,
  randomBits: none,
  stopGradient: none,

  elementwise: (node, cotangent, input) => {
    const pullback = scalarFunction(node.attributes.function).pullbacks[input];
    if (pullback === null || pullback === undefined) return null;
    // Tensors are one algebra in which the table's derivatives can be evaluated.
    const algebra = $ as unknown as Algebra;
    const [a, b, c] = node.inputs.map((operand) => wrap(operand)) as unknown as [Value, Value, Value];
    return pullback(
      algebra,
      cotangent as unknown as Value,
      wrap(node) as unknown as Value,
      a,
      b,
      c,
    ) as unknown as Tensor;
  },
  cast: linear((cotangent, _attributes, _shape, input) => build.cast(cotangent, input.dtype)),
  reduce: (node, cotangent) => {
    const [input] = node.inputs as [Node];
    return reduceRules[node.attributes.kind](cotangent, wrap(input), wrap(node), node.attributes.axes);
  },

  reshape: linear((cotangent, _attributes, shape) => build.reshape(cotangent, shape)),
  permute: linear<'permute'>((cotangent, { order }) =>
    build.permute(
      cotangent,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ),
  expand: linear<'expand'>((cotangent, { axes }) => build.reduce(cotangent, 'sum', axes)),
  pad: linear<'pad'>((cotangent, { padding }, shape) => unpad(cotangent, padding, shape)),
  slice: linear<'slice'>(unslice),
  flip: linear<'flip'>((cotangent, { axes }) => build.flip(cotangent, axes)),
  concat: (node, cotangent, input) => {
    const { axis } = node.attributes;
    const extents = node.inputs.map(({ shape }) => shape[axis]!);
    const start = extents.slice(0, input).reduce((sum, extent) => sum + extent, 0);
    return wrap(build.sliceAxis(cotangent.node, axis, start, extents[input]!));
  },
  unfold: linear<'unfold'>((cotangent, { axis, stride, dilation }, shape) =>
    build.fold(cotangent, axis, shape[axis]!, stride, dilation),
  ),
  fold: linear<'fold'>((cotangent, { axis, stride, dilation }, shape) =>
    build.unfold(cotangent, axis, shape.at(-1)!, stride, dilation),
  ),

  // Σ over the labels that a result lacks, with the result's and the other operand's labels as inputs.
  contract: (node, cotangent, input) => {
    const { left, right, output } = node.attributes;
    const [a, b] = node.inputs as [Node, Node];
    return wrap(
      input === 0
        ? build.contract(cotangent.node, b, { left: output, right, output: left })
        : build.contract(cotangent.node, a, { left: output, right: left, output: right }),
    );
  },
  gather: (node, cotangent, input) => {
    const [table, index] = node.inputs as [Node, Node];
    return input === 0 ? wrap(build.scatterAdd(cotangent.node, index, table.shape[0]!)) : null;
  },
  scatterAdd: (node, cotangent, input) =>
    input === 0 ? wrap(build.gather(cotangent.node, node.inputs[1]!)) : null,

  materialize: linear((cotangent) => cotangent),
  customGradient: (node, cotangent, input) => {
    if (input === 0) return null;
    const result = node.attributes.pullback(cotangent.node)[input - 1];
    return result === null || result === undefined ? null : wrap(result);
  },
};

/** The cotangent of input number `input`, or null where the derivative is zero. */
export function pullBack(node: Node, cotangent: Tensor, input: number): Tensor | null {
  // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
  const rule = rules[node.op] as Rule<Primitive>;
  return rule(node, cotangent, input);
}
