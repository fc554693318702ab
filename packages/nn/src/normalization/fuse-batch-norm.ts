/**
 * @file Batch normalization folded into the layer before it: in evaluation both together are one affine map.
 */
import { type DType, Generator, type Tensor } from '@windfall/core';
import { check, fail } from '@windfall/core/extension';
import { Sequential } from '../containers/sequential.ts';
import { inverseDeviation } from '../functional/moments.ts';
import { Conv1d } from '../layers/conv1d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { ConvTranspose1d } from '../layers/conv-transpose-1d.ts';
import { ConvTranspose2d } from '../layers/conv-transpose-2d.ts';
import { Identity } from '../layers/identity.ts';
import { Linear } from '../layers/linear.ts';
import { checkModel, type Module } from '../module/module.ts';
import type { BatchNorm } from './batch-norm.ts';
import { BatchNorm1d } from './batch-norm-1d.ts';
import { BatchNorm2d } from './batch-norm-2d.ts';

/** A layer that batch normalization can be folded into; not a class that extends one, which may compute something else. */
export type FusibleLayer = Linear | Conv1d | Conv2d | ConvTranspose1d | ConvTranspose2d;

/** What a folded layer is made with; a generator of its own, as what it draws is overwritten. */
interface Initialization {
  readonly bias: true;
  readonly dtype: DType;
  readonly generator: Generator;
}

/** How a layer is folded. */
interface Fold {
  /** The normalization of its results, and where these have their channels. */
  readonly norm: typeof BatchNorm1d | typeof BatchNorm2d;
  readonly axes: readonly number[];
  readonly outputs: number;
  /** The weight, each output's part multiplied by that output's factor. */
  readonly scaledBy: (factors: Tensor) => Tensor;
  /** A layer of the same sizes, with a bias. */
  readonly make: (initialization: Initialization) => FusibleLayer;
}

/** Scales weights [outputs, …]. */
function scaleFirst(weight: Tensor, factors: Tensor): Tensor {
  return weight.mul(factors.reshape([factors.size, ...weight.shape.slice(1).map(() => 1)]));
}

/** Scales weights [inputs, outputs / groups, …], where each group of inputs has outputs of its own. */
function scaleTransposed(weight: Tensor, factors: Tensor, groups: number): Tensor {
  const [inputs, perGroup, ...window] = weight.shape as [number, number, ...number[]];
  const grouped = weight.reshape([groups, inputs / groups, perGroup, ...window]);
  return grouped.mul(factors.reshape([groups, 1, perGroup, ...window.map(() => 1)])).reshape(weight.shape);
}

function isExactly<Class extends abstract new (...values: never[]) => Module>(
  module: unknown,
  Class: Class,
): module is InstanceType<Class> {
  return module instanceof Class && module.constructor === Class;
}

function linearFold(layer: Linear): Fold {
  const { inFeatures, outFeatures, weight } = layer;
  return {
    norm: BatchNorm1d,
    axes: [1, -1],
    outputs: outFeatures,
    scaledBy: (factors) => scaleFirst(weight, factors),
    make: (initialization) => new Linear(inFeatures, outFeatures, initialization),
  };
}

function convolutionFold<Layer extends Conv1d | Conv2d>(
  layer: Layer,
  Class: new (...values: ConstructorParameters<typeof Conv2d>) => Layer,
): Fold {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, weight } = layer;
  return {
    norm: kernelSize.length === 1 ? BatchNorm1d : BatchNorm2d,
    axes: [1, -kernelSize.length - 1],
    outputs: outChannels,
    scaledBy: (factors) => scaleFirst(weight, factors),
    make: (initialization) =>
      new Class(inChannels, outChannels, kernelSize, {
        stride,
        padding,
        dilation,
        groups,
        ...initialization,
      }),
  };
}

function transposedFold<Layer extends ConvTranspose1d | ConvTranspose2d>(
  layer: Layer,
  Class: new (...values: ConstructorParameters<typeof ConvTranspose2d>) => Layer,
): Fold {
  const { inChannels, outChannels, kernelSize, stride, padding, outputPadding, dilation, groups, weight } =
    layer;
  return {
    norm: kernelSize.length === 1 ? BatchNorm1d : BatchNorm2d,
    axes: [1, -kernelSize.length - 1],
    outputs: outChannels,
    scaledBy: (factors) => scaleTransposed(weight, factors, groups),
    make: (initialization) =>
      new Class(inChannels, outChannels, kernelSize, {
        stride,
        padding,
        outputPadding,
        dilation,
        groups,
        ...initialization,
      }),
  };
}

function isFusible(layer: unknown): layer is FusibleLayer {
  return [Linear, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d].some((Class) => isExactly(layer, Class));
}

function foldOf(layer: FusibleLayer): Fold {
  if (layer instanceof Linear) return linearFold(layer);
  if (layer instanceof Conv1d) return convolutionFold(layer, Conv1d);
  if (layer instanceof Conv2d) return convolutionFold(layer, Conv2d);
  if (layer instanceof ConvTranspose1d) return transposedFold(layer, ConvTranspose1d);
  return transposedFold(layer, ConvTranspose2d);
}

/** A layer, the normalization behind it, and how they are folded. */
interface Pair {
  readonly layer: FusibleLayer;
  readonly fold: Fold;
  readonly norm: BatchNorm;
}

/** The pair, or why these cannot be folded. */
function pairOf(layer: unknown, norm: unknown): Pair | string {
  if (!isFusible(layer)) return 'the first is a Linear, Conv1d, Conv2d, ConvTranspose1d or ConvTranspose2d';
  const fold = foldOf(layer);
  if (!isExactly(norm, fold.norm)) return `the second is a ${fold.norm.name}`;
  if (norm.numFeatures !== fold.outputs)
    return `the first has ${fold.outputs} outputs, the second ${norm.numFeatures} channels`;
  if (!fold.axes.includes(norm.axis)) return `the second has its channels at axis ${norm.axis}`;
  if (norm.runningMean === null) return 'the second has no running statistics';
  return { layer, fold, norm };
}

function checkEvaluation(norm: BatchNorm, operation: string): void {
  check(
    !norm.training || norm.frozen,
    operation,
    () => 'in training a batch normalization depends on its batch: call eval() first',
  );
}

/** W' = W·γ/√(σ² + ε) and b' = (b − μ)·γ/√(σ² + ε) + β, computed in f64. */
function folded({ layer, fold, norm }: Pair): FusibleLayer {
  const { dtype } = layer.weight;
  const exact = (value: Tensor): Tensor => value.detach().cast('f64');
  const inverse = inverseDeviation(exact(norm.runningVar!), norm.eps);
  const factors = norm.weight === null ? inverse : inverse.mul(exact(norm.weight));
  const centered = exact(norm.runningMean!).neg();
  const offset = layer.bias === null ? centered : centered.add(exact(layer.bias));
  const bias = norm.bias === null ? offset.mul(factors) : offset.mul(factors).add(exact(norm.bias));
  const result = fold.make({ bias: true, dtype, generator: new Generator(0) });
  result.weight.assign(fold.scaledBy(factors).detach().cast(dtype));
  result.bias!.assign(bias.cast(dtype));
  result.requireGradients(layer.weight.requiresGrad);
  return result.train(layer.training);
}

/**
 * A layer that computes what a layer and the batch normalization after it compute in evaluation: PyTorch's
 * `nn.utils.fusion.fuse_conv_bn_eval` and `fuse_linear_bn_eval`. The two are left as they are.
 *
 * @param layer a Linear, Conv1d, Conv2d, ConvTranspose1d or ConvTranspose2d, with any groups, with or without a bias. A Linear's
 *   result is taken to be [N, C] unless the channels of the normalization are the last axis
 * @param norm the batch normalization for as many axes
 * @returns a layer like the first, with a bias
 * @throws if the layers do not belong together, or the normalization is in training or has no running statistics
 * @example
 * const [conv, norm] = [new Conv2d(1, 4, 3), new BatchNorm2d(4)];
 * const fused = fuseLayers(conv, norm.eval());
 * assertClose(fused.forward(images), norm.forward(conv.forward(images)));
 */
export function fuseLayers<Layer extends FusibleLayer>(layer: Layer, norm: BatchNorm): Layer {
  const pair = pairOf(layer, norm);
  if (typeof pair === 'string') fail('fuseLayers', `these layers cannot be folded: ${pair}`);
  checkEvaluation(norm, 'fuseLayers');
  // Made by the class of the first.
  return folded(pair) as Layer;
}

/**
 * Folds every batch normalization of a model in evaluation into the layer before it, so that it costs nothing: in each
 * Sequential, here and below, where a Linear or a convolution comes before it (see {@link fuseLayers}), a new layer takes the place
 * of the two, and an Identity that of the normalization, so that other names stay. Whatever does not fit stays as it is.
 *
 * The model is changed, and no longer good for training. The layers that were there are not: who holds them can put them back.
 *
 * @returns the model
 * @throws if one that could be folded is in training; then nothing has changed
 * @example assertClose(fuseBatchNorm(model.eval()).forward(x), model.forward(x));
 */
export function fuseBatchNorm<Model extends Module>(model: Model): Model {
  checkModel(model, 'fuseBatchNorm');
  const places = model.namedModules().flatMap(([, sequence]) => {
    if (!(sequence instanceof Sequential)) return [];
    const modules = [...sequence];
    return modules.slice(1).flatMap((norm, position) => {
      const pair = pairOf(modules[position], norm);
      return typeof pair === 'string' ? [] : [{ sequence, position, pair }];
    });
  });
  for (const { pair } of places) checkEvaluation(pair.norm, 'fuseBatchNorm');
  const results = places.map(({ pair }) => folded(pair));
  for (const [k, { sequence, position, pair }] of places.entries()) {
    sequence[position] = results[k]!;
    sequence[position + 1] = new Identity().train(pair.norm.training);
  }
  return model;
}
