/**
 * @file The plan for some tensors, after holding its kernels, evaluated one point at a time, against the interpreter.
 */
import { compilePlan } from '../src/compile/compile-plan.ts';
import { evaluatePlan } from '../src/compile/evaluate-plan.ts';
import type { Plan } from '../src/compile/kernel.ts';
import { isOp, type Node } from '../src/graph/node.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { assertClose, type Tensor, tensor } from '../src/index.ts';

/** The plan that computes tensors from their data nodes. */
export function planOf(results: readonly Tensor[]): Plan {
  const roots = results.map(({ node }) => node);
  const order = topologicalOrder(roots);
  const inputs = order.filter((node): node is Node<'data'> => isOp(node, 'data'));
  const { plan, bufferOf } = compilePlan(roots, order, inputs);
  const memory = evaluatePlan(
    plan,
    inputs.map(({ attributes }) => attributes.storage.array),
  );
  const expected = interpret(roots);
  for (const [position, root] of roots.entries()) {
    const { shape, dtype } = root;
    const actual = tensor(memory[bufferOf(root)!]!, { shape });
    // The interpreter rounds nothing to f32, the kernels everything.
    const tolerance =
      dtype === 'f32' ? { absolute: 1e-5, relative: 1e-4 } : { absolute: 1e-11, relative: 1e-9 };
    assertClose(actual, { shape, values: expected[position]! }, { tolerance });
  }
  return plan;
}
