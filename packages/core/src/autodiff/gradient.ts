/**
 * @file Reverse-mode differentiation as a transformation of graphs: it builds the nodes of the gradient and computes
 * nothing, so gradients can be differentiated again, to any order.
 */
import { isFloat } from '../dtype.ts';
import { check, describe, fail, formatShape, isList, optionsOf } from '../errors.ts';
import { context } from '../graph/context.ts';
import { identity, mayHaveForgotten } from '../graph/history.ts';
import { isOp, type Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { full } from '../ops/create.ts';
import { add } from '../ops/elementwise.ts';
import { nodeOf, type Tensor } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { pullBack } from './rules.ts';

/** What a gradient could pass to: a constant and a leaf are where it ends. */
const differentiableInputs = (node: Node): readonly Node[] => (isOp(node, 'stopGradient') ? [] : node.inputs);

/** Adds a cotangent to what has been collected for a node. */
function accumulate(collected: Map<Node, Tensor>, node: Node, cotangent: Tensor): void {
  const before = collected.get(node);
  collected.set(node, before === undefined ? cotangent : add(before, cotangent));
}

/**
 * The cotangents of the targets, for given cotangents of the outputs; `undefined` where no path leads.
 * @param targetOf for a node whose cotangent is wanted, the node under which to collect it
 */
export function cotangentsOf(
  outputs: ReadonlyMap<Node, Tensor>,
  targetOf: (node: Node) => Node | undefined,
): Map<Node, Tensor> {
  const order = topologicalOrder([...outputs.keys()], differentiableInputs);
  const leadsToTarget = new Set<Node>();
  for (const node of order) {
    if (
      isFloat(node.dtype) &&
      (targetOf(node) !== undefined || differentiableInputs(node).some((input) => leadsToTarget.has(input)))
    )
      leadsToTarget.add(node);
  }
  const cotangents = new Map(outputs);
  const found = new Map<Node, Tensor>();
  for (const node of order.reverse()) {
    const cotangent = cotangents.get(node);
    if (cotangent === undefined || !leadsToTarget.has(node)) continue;
    cotangents.delete(node);
    const target = targetOf(node);
    if (target !== undefined) accumulate(found, target, cotangent);
    differentiableInputs(node).forEach((input, position) => {
      if (!leadsToTarget.has(input)) return;
      const before = context.deriving;
      context.deriving = node;
      let contribution: Tensor | null;
      try {
        contribution = pullBack(node, cotangent, position);
      } finally {
        context.deriving = before;
      }
      if (contribution !== null) accumulate(cotangents, input, contribution);
    });
  }
  return found;
}

/** The cotangent to start from: the one given, checked, or 1 for a single number. */
export function initialCotangent(output: Tensor, cotangent: Tensor | undefined, operation: string): Tensor {
  const { shape, dtype } = nodeOf(output, operation);
  check(isFloat(dtype), operation, () => `only f32 and f64 results have gradients, not ${dtype}`);
  if (cotangent === undefined) {
    check(
      output.size === 1,
      operation,
      () =>
        `the output has shape ${formatShape(shape)}; only a single number needs no cotangent: pass { cotangent } of that shape, or sum the output first`,
    );
    return full(shape, 1, { dtype });
  }
  const given = nodeOf(cotangent, operation);
  check(
    equalShapes(given.shape, shape),
    operation,
    () => `the cotangent has shape ${formatShape(given.shape)}, the output ${formatShape(shape)}`,
  );
  check(
    given.dtype === dtype,
    operation,
    () => `the cotangent is ${given.dtype}, the output ${dtype}; use cast`,
  );
  return cotangent;
}

/** One tensor for each of some tensors, position by position. */
export type TensorPerTensor<Tensors extends readonly Tensor[]> = {
  -readonly [Position in keyof Tensors]: Tensor;
};

/** For gradient. */
export interface GradientOptions {
  /** The cotangent of the output: the direction v in vᵀ·J. Of the output's shape and dtype; by default 1. */
  cotangent?: Tensor;
}

/**
 * The gradients of an output with respect to inputs, as a graph: d output/d input, of each input's shape and dtype.
 * Inputs are any float tensors the output was computed from, `requiresGrad` or not; one on which it does not depend gets
 * zeros. The results can be differentiated again.
 *
 * Subgradients where a derivative does not exist are PyTorch's: relu and abs 0 at 0; clamp passes at its bounds; ties in
 * max, min, maximum and minimum share; max-pooling gives to the first; a norm or std of 0 gives 0; round, floor and sign give 0.
 *
 * @throws if the output is not a single number and no cotangent is given, or an input is not a float tensor
 * @example
 * const x = tensor(3);
 * const [slope] = gradient(x.mul(x), [x]);
 * slope.item(); // 6
 * gradient(slope, [x])[0].item(); // 2
 */
export function gradient<const Inputs extends readonly Tensor[]>(
  output: Tensor,
  inputs: Inputs,
  options: GradientOptions = {},
): TensorPerTensor<Inputs> {
  const { cotangent } = optionsOf(options, 'gradient', ['cotangent']);
  const start = initialCotangent(output, cotangent, 'gradient');
  if (!isList(inputs)) fail('gradient', `expected an array of inputs, not ${describe(inputs)}`);
  const targets = Array.from(inputs, (input) => identity(nodeOf(input, 'gradient')));
  targets.forEach((target, position) => {
    check(
      isFloat(target.dtype),
      'gradient',
      () => `input ${position} is ${target.dtype}; only f32 and f64 tensors have gradients`,
    );
  });
  const wanted = new Set(targets);
  const graph = topologicalOrder([output.node], differentiableInputs);
  const targetOf = (node: Node): Node | undefined => {
    const own = identity(node);
    if (wanted.has(own)) return own;
    const position = inputs.findIndex((input) => input.formerRelation(node) === 'same');
    return targets[position];
  };
  const found = cotangentsOf(new Map([[output.node, start]]), targetOf);
  const gradients = targets.map((target, position) => {
    const input = inputs[position]!;
    const result = found.get(target);
    check(
      result !== undefined || !graph.some((node) => input.formerRelation(node) === 'earlier'),
      'gradient',
      () =>
        `the output was computed from an earlier value of input ${position}, which has been assigned another since; ask for gradients before assigning`,
    );
    check(
      !mayHaveForgotten(graph, target) && !mayHaveForgotten(graph, input.node),
      'gradient',
      () =>
        `the output may depend on input ${position} through values whose history was forgotten when they were read; set requiresGrad = true on the input before using it`,
    );
    return result ?? full(target.shape, 0, { dtype: target.dtype });
  });
  // One gradient per input, as the type says position by position.
  return gradients as TensorPerTensor<Inputs>;
}
