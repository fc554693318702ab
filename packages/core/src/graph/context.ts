/**
 * @file The state that lies below the graph, because operations ask it: whether to record, and how to have values
 * computed without knowing the runtime, which sets the hooks when it is loaded. The state of execution is runtime/'s.
 */
import type { TypedArray } from '../dtype.ts';
import type { Handle, Node } from './node.ts';

/** What happens to the state around a function while `compile` traces it, instead of happening to that state. */
export interface Tracing {
  /** The node that stands for a variable's value. */
  readonly valueOf: (variable: Handle) => Node;
  readonly assign: (variable: Handle, node: Node) => void;
  /** Has a variable stand for a node of the same value, from which gradients start or none do. */
  readonly track: (variable: Handle, node: Node) => void;
  /** Notes that the function makes a variable. */
  readonly create: (variable: Handle, node: Node) => void;
  /** The gradient collected for a tensor, given the one it had before. */
  readonly gradientOf: (tensor: Handle, before: Handle | null) => Handle | null;
  /** Notes what the function leaves as the gradient of a tensor. */
  readonly collect: (tensor: Handle, gradient: Handle | null) => void;
  /** Notes that the function makes a tensor. */
  readonly onNewTensor: (tensor: Handle) => void;
  /** Notes that a data node is made anew each time that the function runs. */
  readonly onDraw: (node: Node, renew: () => TypedArray) => void;
  /** Notes what is to be done should the call fail for which the function is traced. */
  readonly onFailure: (undo: () => void) => void;
}

export const context: {
  /** False inside `noGrad`: what is computed there counts as constant. */
  recording: boolean;
  /** Computes the values of tensors now, together. */
  evaluate: (tensors: readonly Handle[]) => void;
  /** Has a tensor computed along with whatever is computed next, and `undo` called if it cannot be. */
  evaluateAlong: (tensor: Handle, undo: () => void) => void;
  /** Called with every tensor that an operation makes. */
  onNewTensor: (tensor: Handle) => void;
  /** Set while a function is traced. */
  tracing: Tracing | null;
  /** The operation whose derivative is being built. */
  deriving: Node | null;
} = {
  recording: true,
  evaluate: () => undefined,
  evaluateAlong: () => undefined,
  onNewTensor: () => undefined,
  tracing: null,
  deriving: null,
};
