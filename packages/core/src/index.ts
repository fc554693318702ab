/**
 * @file The public interface of @windfall/core.
 */
import './fluent.ts';

export type { DType, ElementOf, NumericDType, TypedArray, TypedArrayOf } from './dtype.ts';
export { WindfallError } from './errors.ts';
export type { Axes, Shape } from './shape.ts';

export { Tensor, type TensorLike } from './ops/tensor.ts';
export * from './ops/create.ts';
export * from './ops/random.ts';
export * from './ops/elementwise.ts';
export * from './ops/activation.ts';
export * from './ops/cast.ts';
export * from './ops/reduce.ts';
export * from './ops/movement.ts';
export * from './ops/contract.ts';
export * from './ops/convolution.ts';
export * from './ops/indexing.ts';
export { printGraph } from './ops/print-graph.ts';

export { gradient, type GradientOptions, type TensorPerTensor } from './autodiff/gradient.ts';
export { backward, type BackwardOptions, noGrad } from './autodiff/backward.ts';
export { customGradient, type CustomGradient } from './autodiff/custom-gradient.ts';
export { type GradientHook, onGradient } from './autodiff/on-gradient.ts';
export {
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianVectorProduct,
  vectorJacobianProduct,
} from './autodiff/products.ts';

export { compile, type CompileOptions, onFailure } from './runtime/compile.ts';
export { type Cost, explain, type Explanation, type KernelExplanation } from './runtime/explain.ts';
export { type DotOptions, toDot } from './runtime/to-dot.ts';
export { setNonFiniteDetection } from './runtime/non-finite.ts';
export { evaluate, getBackend, setBackend } from './runtime/engine.ts';
export { setFusedMultiplyAdd } from './runtime/fused-multiply-add.ts';
export {
  data,
  dataAsync,
  item,
  itemAsync,
  type NestedValues,
  toArray,
  toArrayAsync,
  toString,
} from './runtime/read.ts';
export { getThreads, setThreads } from './runtime/threads.ts';
export { assignAll, Variable } from './runtime/variable.ts';

export {
  type DifferentiableFunction,
  gradcheck,
  type GradcheckOptions,
  type GradcheckReport,
} from './testing/gradcheck.ts';
export { assertClose, type CompareOptions, type Tolerance, tolerances } from './testing/compare.ts';
