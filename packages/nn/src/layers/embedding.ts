/**
 * @file A table of learned vectors.
 */
import { Generator, iota, normal, type Tensor, where } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import {
  checkFloats,
  checkGenerator,
  checkParameterDType,
  checkTensor,
  checkWhole,
  optionsOf,
} from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { embedding, paddingRow } from '../functional/embedding.ts';
import type { InitializationOptions } from '../init/init.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link Embedding}. */
export interface EmbeddingOptions extends InitializationOptions {
  /** The row that is zeros at first and gets no gradient; a negative one counts from the end. By default there is none. */
  paddingIndex?: number | null;
}

/** For {@link Embedding.fromPretrained}. */
export interface PretrainedOptions {
  /** Whether the table is not learned; by default true. */
  freeze?: boolean;
  /** The row that gets no gradient; by default there is none. */
  paddingIndex?: number | null;
}

/**
 * A vector for each number from 0 to numEmbeddings − 1: PyTorch's `nn.Embedding`, with its initialization: normally distributed
 * with mean 0 and standard deviation 1.
 * @example new Embedding(1000, 64).forward(tensor([[1, 2, 3]], { dtype: 'i32' })).shape; // [1, 3, 64]
 */
export class Embedding extends Module {
  /** [numEmbeddings, embeddingDim] */
  readonly weight: Parameter;
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** From 0 on; null where there is none. */
  readonly paddingIndex: number | null;

  /** @throws if a size is not a whole number ≥ 1, paddingIndex is no row, the dtype is no float, or an option is unknown */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    const known = ['paddingIndex', 'dtype', 'generator'] as const;
    const { paddingIndex = null, dtype = 'f32', generator } = optionsOf(options, 'Embedding', known);
    checkWhole(numEmbeddings, 'Embedding', 'numEmbeddings');
    checkWhole(embeddingDim, 'Embedding', 'embeddingDim');
    checkParameterDType(dtype, 'Embedding');
    checkGenerator(generator, 'Embedding');
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIndex = paddingRow(paddingIndex, numEmbeddings, 'Embedding');
    const drawn = normal([numEmbeddings, embeddingDim], {
      dtype,
      ...(generator === undefined ? {} : { generator }),
    });
    const isPadding = iota([numEmbeddings, 1]).equal(this.paddingIndex ?? -1);
    this.weight = new Parameter(this.paddingIndex === null ? drawn : where(isPadding, 0, drawn));
  }

  /**
   * An embedding with a given table: PyTorch's `nn.Embedding.from_pretrained`.
   * @param weight [numEmbeddings, embeddingDim], f32 or f64
   * @throws if it is no such table, paddingIndex is no row, or an option is unknown
   * @example Embedding.fromPretrained(tensor([[1, 2], [3, 4]])).weight.requiresGrad; // false
   */
  static fromPretrained(weight: Tensor, options: PretrainedOptions = {}): Embedding {
    const name = 'Embedding.fromPretrained';
    checkFloats(weight, name, 'the table');
    check(
      weight.rank === 2 && weight.size > 0,
      name,
      () => `the table is [numEmbeddings, embeddingDim], not ${formatShape(weight.shape)}`,
    );
    const { freeze = true, paddingIndex = null } = optionsOf(options, name, ['freeze', 'paddingIndex']);
    checkFlag(freeze, name, 'freeze');
    const [rows, columns] = weight.shape as [number, number];
    // A generator of its own, so that what is not used does not move the global one.
    const draw = { dtype: weight.dtype, generator: new Generator(0) };
    const embeddings = new Embedding(rows, columns, { paddingIndex, ...draw });
    embeddings.weight.assign(weight);
    embeddings.weight.requiresGrad = !freeze;
    return embeddings;
  }

  /**
   * @param index i32, any shape, values in [0, numEmbeddings). One outside is an error: at the call when the values are at hand,
   *   else when the result is computed.
   * @returns [...index.shape, embeddingDim]
   * @throws if the index is not i32, or out of range
   */
  forward(index: Tensor): Tensor {
    checkTensor(index, 'Embedding');
    const { weight, paddingIndex } = this;
    return inTheNameOf('Embedding', 'embedding', () => embedding(index, weight, { paddingIndex }));
  }

  /** It looks up, and multiplies nothing. */
  override multiplyAdds(): number {
    return 0;
  }

  protected override details(): string {
    const padding = this.paddingIndex === null ? '' : `, paddingIndex=${this.paddingIndex}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
