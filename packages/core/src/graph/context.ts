/**
 * @file The state that lies below the graph, because operations ask it: whether to record, and how to have values
 * computed without knowing the runtime, which sets the hooks when it is loaded. All other global state is runtime/'s.
 */
import type { Node } from './node.ts';

/** As much of a tensor as the hooks need to know. */
export interface Handle {
  node: Node;
}

export const context: {
  /** False inside `noGrad`: what is computed there counts as constant. */
  recording: boolean;
  /** Computes the values of tensors now, together. */
  evaluate: (tensors: readonly Handle[]) => void;
  /** Has a tensor computed along with whatever is computed next. */
  evaluateAlong: (tensor: Handle) => void;
  /** Called with every tensor that an operation makes. */
  onNewTensor: (tensor: Handle) => void;
} = {
  recording: true,
  evaluate: () => undefined,
  evaluateAlong: () => undefined,
  onNewTensor: () => undefined,
};
