/**
 * @file Transposed convolutions, the maps that lead from a convolution's result back to the shape of its input. They are
 * themselves convolutions, of the flipped window; so nothing here is a derivative.
 */
import { conv1d, conv2d, type PerAxis, type Tensor } from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkTensor, checkWhole, optionsOf, perAxis } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { layoutsOf, withBatch } from './convolution.ts';

/** For {@link convTranspose1d} and {@link convTranspose2d}. */
export interface TransposedConvolutionOptions {
  /** Added to each output channel: [outputs]; by default nothing is. */
  bias?: Tensor | null;
  /** From where one input's window of outputs starts to where the next one's does; by default 1. */
  stride?: PerAxis;
  /** How much is cut off on both sides of the result; by default 0. */
  padding?: PerAxis;
  /** How much longer the result is at its end, less than the stride or the dilation; by default 0. */
  outputPadding?: PerAxis;
  /** Splits the channels into this many independent convolutions; by default 1. */
  groups?: number;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
}

/** One spatial axis. */
interface Line {
  /** Outputs per input, and so how many interleaved results there are: output i·phases + r is the i-th of result r. */
  readonly phases: number;
  /** How many elements of the window each of these results takes. */
  readonly taps: number;
  /** The distance between them, in inputs. */
  readonly dilation: number;
  readonly kernelSize: number;
  /** The distance between the window's elements, in outputs, where that is not `dilation`. */
  readonly spread: number;
  /** Where the result starts in the full one, and its extent. */
  readonly start: number;
  readonly extent: number;
}

/** x with each spatial axis cut off or continued by zeros, so that it has the extent from the start that its line says. */
function takeRange(x: Tensor, lines: readonly Line[]): Tensor {
  const missing = lines.map(({ start, extent }, k) => start + extent - x.shape.at(k - lines.length)!);
  return x
    .pad(missing.map((count) => [0, Math.max(count, 0)]))
    .pad(missing.map((count, k) => [-lines[k]!.start, Math.min(count, 0)]));
}

/**
 * The window [C, outputs / groups, …k] of a transposed convolution as that of a convolution with a phase as a further part
 * of the output channel: [outputs · phases, C / groups, …taps], backwards.
 */
function windowOf(weight: Tensor, lines: readonly Line[], groups: number): Tensor {
  const [channels, outputsPerGroup] = weight.shape as [number, number];
  const leading = [groups, channels / groups, outputsPerGroup];
  // Zeros between the window's elements, and behind them up to a whole number of phases.
  const spread = weight
    .reshape([channels, outputsPerGroup, ...lines.flatMap(({ kernelSize }) => [kernelSize, 1])])
    .pad(lines.flatMap((line) => [[0, 0] as const, [0, line.spread - 1] as const]))
    .reshape([channels, outputsPerGroup, ...lines.map((line) => line.kernelSize * line.spread)])
    .pad(lines.map((line) => [0, line.taps * line.phases - line.kernelSize * line.spread]));
  const taps = lines.map((_, k) => 3 + 2 * k);
  const phases = lines.map((_, k) => 4 + 2 * k);
  return spread
    .reshape([...leading, ...lines.flatMap((line) => [line.taps, line.phases])])
    .permute([0, 2, ...phases, 1, ...taps])
    .reshape([
      groups * outputsPerGroup * lines.reduce((product, line) => product * line.phases, 1),
      channels / groups,
      ...lines.map((line) => line.taps),
    ])
    .flip(lines.map((_, k) => 2 + k));
}

/** [N, outputs · phases, …] with the phases interleaved along their axes: [N, outputs, … · phases]. */
function interleave(x: Tensor, lines: readonly Line[], outputs: number): Tensor {
  const [batch, , ...positions] = x.shape as [number, number, ...number[]];
  return x
    .reshape([batch, outputs, ...lines.map(({ phases }) => phases), ...positions])
    .permute([0, 1, ...lines.flatMap((_, k) => [2 + lines.length + k, 2 + k])])
    .reshape([batch, outputs, ...positions.map((count, k) => count * lines[k]!.phases)]);
}

function convolution(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions,
  axes: 1 | 2,
  operation: string,
): Tensor {
  const known = ['bias', 'stride', 'padding', 'outputPadding', 'groups', 'dilation'] as const;
  const given = optionsOf(options, operation, known);
  const { bias = null, groups = 1 } = given;
  checkTensor(x, operation);
  checkTensor(weight, operation, 'the weight');
  check(x.dtype === weight.dtype, operation, () => `dtypes differ: ${x.dtype} × ${weight.dtype}; use cast`);
  check(
    weight.rank === axes + 2 && weight.size > 0,
    operation,
    () => `the weight has ${axes + 2} axes [C, outputs / groups, …window], not ${formatShape(weight.shape)}`,
  );
  checkWhole(groups, operation, 'groups');
  const [channels, outputsPerGroup, ...kernelSize] = weight.shape as [number, number, ...number[]];
  check(
    channels % groups === 0,
    operation,
    () => `groups must divide the channels: ${groups} groups, ${channels} in`,
  );
  check(
    (x.rank === axes + 1 || x.rank === axes + 2) && x.shape.at(-axes - 1) === channels,
    operation,
    () => `expected ${layoutsOf(channels, axes)}, got ${formatShape(x.shape)}`,
  );
  const stride = perAxis(given.stride ?? 1, axes, operation, 'stride');
  const padding = perAxis(given.padding ?? 0, axes, operation, 'padding', 0);
  const outputPadding = perAxis(given.outputPadding ?? 0, axes, operation, 'outputPadding', 0);
  const dilation = perAxis(given.dilation ?? 1, axes, operation, 'dilation');
  const lines = kernelSize.map((size, k): Line => {
    const [step, distance, more] = [stride[k]!, dilation[k]!, outputPadding[k]!];
    check(
      more < Math.max(step, distance),
      operation,
      () => `outputPadding ${more} is not less than stride ${step} or dilation ${distance}`,
    );
    const reach = (size - 1) * distance + 1;
    const extent = (x.shape.at(k - axes)! - 1) * step + reach - 2 * padding[k]! + more;
    check(
      extent > 0,
      operation,
      () => `nothing is left of spatial axis ${k} of ${formatShape(x.shape)} with padding ${padding[k]}`,
    );
    const isSimple = step === 1;
    return {
      phases: step,
      taps: isSimple ? size : Math.ceil(reach / step),
      dilation: isSimple ? distance : 1,
      kernelSize: size,
      spread: isSimple ? 1 : distance,
      start: padding[k]!,
      extent,
    };
  });
  const outputs = groups * outputsPerGroup;
  if (bias !== null) {
    checkTensor(bias, operation, 'the bias');
    check(
      bias.rank === 1 && bias.shape[0] === outputs && bias.dtype === weight.dtype,
      operation,
      () => `the bias is ${weight.dtype} [${outputs}], not ${bias.dtype} ${formatShape(bias.shape)}`,
    );
  }
  return withBatch(x, axes, (batch) => {
    const [name, convolve] = axes === 1 ? (['conv1d', conv1d] as const) : (['conv2d', conv2d] as const);
    // What is too large is so first where it is spread.
    const window = inTheNameOf(operation, 'pad', () => windowOf(weight, lines, groups));
    const phases = inTheNameOf(operation, name, () =>
      convolve(batch, window, {
        // All positions at which the window meets the input.
        padding: lines.map((line) => (line.taps - 1) * line.dilation),
        dilation: lines.map((line) => line.dilation),
        groups,
      }),
    );
    const result = takeRange(interleave(phases, lines, outputs), lines);
    return bias === null ? result : result.add(bias.reshape([outputs, ...lines.map(() => 1)]));
  });
}

/**
 * A transposed convolution along one axis: PyTorch's `conv_transpose1d`. Each input adds its multiple of the window to
 * the outputs from stride · its position on.
 * @param x [N, C, L] or [C, L]
 * @param weight [C, outputs / groups, window], of x's dtype
 * @returns [N, outputs, (L − 1)·stride − 2·padding + dilation·(window − 1) + outputPadding + 1], or without N
 * @throws if axes, channels, groups or dtypes do not fit, outputPadding is too large, or nothing is left of the result
 * @example functional.convTranspose1d(tensor([[1, 2]]), ones([1, 1, 3]), { stride: 2 }).toArray(); // [[1, 1, 3, 2, 2]]
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolution(x, weight, options, 1, 'convTranspose1d');
}

/**
 * A transposed convolution over images: PyTorch's `conv_transpose2d`.
 * @param x [N, C, H, W] or [C, H, W]
 * @param weight [C, outputs / groups, window height, window width], of x's dtype
 * @returns [N, outputs, rows, columns] or [outputs, rows, columns], with extents as for {@link convTranspose1d}
 * @throws if axes, channels, groups or dtypes do not fit, outputPadding is too large, or nothing is left of the result
 * @example functional.convTranspose2d(ones([3, 4, 4]), ones([3, 5, 2, 2]), { stride: 2 }).shape; // [5, 8, 8]
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolution(x, weight, options, 2, 'convTranspose2d');
}
