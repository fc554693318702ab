/**
 * @file Gradients collected on leaves, as PyTorch users expect them: `backward`, `noGrad`.
 */
import { context } from '../graph/context.ts';
import { check, checkFlag, describe, optionsOf } from '../errors.ts';
import { identity } from '../graph/history.ts';
import { stopGradient } from '../ops/cast.ts';
import { add } from '../ops/elementwise.ts';
import { nodeOf, type Tensor, watcherOf } from '../ops/tensor.ts';
import { cotangentsOf, type GradientOptions, initialCotangent } from './gradient.ts';

/** For backward. */
export interface BackwardOptions extends GradientOptions {
  /** Whether the collected gradients can be differentiated again; by default they are constants. */
  createGraph?: boolean;
}

/**
 * Adds the gradient of this tensor to `.grad` of every leaf below that has `requiresGrad`. Nothing is computed until a
 * value is read; call it as often as you like. Should this tensor turn out impossible to compute (an index out of range),
 * the reading throws, and each `.grad` is again what it was.
 * @throws if nothing below requires a gradient, or the tensor is not a single number and no cotangent is given
 * @example
 * const w = tensor([1, 2], { requiresGrad: true });
 * w.mul(w).sum().backward();
 * w.grad?.toArray(); // [2, 4]
 */
export function backward(output: Tensor, options: BackwardOptions = {}): void {
  const { createGraph = false, cotangent } = optionsOf(options, 'backward', ['cotangent', 'createGraph']);
  checkFlag(createGraph, 'backward', 'createGraph');
  const node = nodeOf(output, 'backward');
  check(
    node.tracked,
    'backward',
    () =>
      'nothing that this tensor was computed from requires a gradient: set requiresGrad = true on a leaf, and compute outside noGrad',
  );
  const start = initialCotangent(output, cotangent, 'backward');
  const found = cotangentsOf(new Map([[node, start]]), (candidate) =>
    watcherOf(candidate) === undefined ? undefined : identity(candidate),
  );
  const leaves = [...found].map(([leaf, cotangent]) => ({ tensor: watcherOf(leaf)!, cotangent }));
  // Gradients of an earlier backward are computed before this one's are added, so that only one graph is ever pending.
  const earlier = leaves.flatMap(({ tensor }) => (tensor.grad === null ? [] : [tensor.grad]));
  if (earlier.length > 0) context.evaluate(earlier);
  const collected = leaves.map(({ tensor, cotangent }) => {
    const { grad: before } = tensor;
    const total = before === null ? cotangent : add(before, cotangent);
    const grad = createGraph ? total : stopGradient(total);
    tensor.grad = grad;
    return { tensor, before, grad };
  });
  // The gradients need most of what the output does; users will want to read a loss.
  context.evaluateAlong(output, () => {
    for (const { tensor, before, grad } of collected) if (tensor.grad === grad) tensor.grad = before;
  });
}

/**
 * Runs a function whose results count as constants: no gradient flows through what it computes.
 * @returns what the function returns
 * @throws if the function is async: what it does after its first await would be recorded again
 * @example
 * const w = tensor([1, 2], { requiresGrad: true });
 * noGrad(() => w.mul(2)).requiresGrad; // false
 */
export function noGrad<T>(fn: () => T): T {
  check(typeof fn === 'function', 'noGrad', () => `expected a function, not ${describe(fn)}`);
  const before = context.recording;
  context.recording = false;
  try {
    const result = fn();
    check(!(result instanceof Promise), 'noGrad', () => 'the function must not be async');
    return result;
  } finally {
    context.recording = before;
  }
}
