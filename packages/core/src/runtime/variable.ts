/**
 * @file Tensors that can be given a new value. Graphs built before keep the old value, graphs built after see the new.
 */
import { check, formatShape } from '../errors.ts';
import { leaf, stopGradient } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, Tensor, watch } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { computeLater } from './engine.ts';

/**
 * A tensor whose value can be replaced: a parameter, a running statistic, an optimizer's state. It is always a leaf.
 * @example
 * const count = new Variable(tensor(0));
 * count.assign(count.add(1));
 * count.item(); // 1
 */
export class Variable extends Tensor {
  /** @param initial the first value, whose history is not kept */
  constructor(initial: Tensor, options: { requiresGrad?: boolean } = {}) {
    super(stopGradient(nodeOf(initial, 'Variable')));
    if (options.requiresGrad === true) this.requiresGrad = true;
    computeLater(this, this.node);
  }

  /**
   * Replaces the value. It is computed, together with all other assigned variables, when something is next read.
   * @param value of this variable's shape and dtype; it counts as a constant
   * @throws if shape or dtype differ; then the variable keeps its value
   */
  assign(value: Tensor): this {
    const { shape, dtype } = nodeOf(value, 'assign');
    check(
      equalShapes(shape, this.shape),
      'assign',
      () => `the value has shape ${formatShape(shape)}, the variable ${formatShape(this.shape)}`,
    );
    check(
      dtype === this.dtype,
      'assign',
      () => `the value is ${dtype}, the variable ${this.dtype}; use cast`,
    );
    const tracked = this.requiresGrad;
    const node: Node = tracked ? watch(leaf(value.node), this) : stopGradient(value.node);
    computeLater(this, node);
    return this;
  }
}
