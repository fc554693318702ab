/**
 * @file Population statistics for all batch normalizations of a model: Algorithm 2 of Ioffe & Szegedy 2015.
 */
import { assignAll, evaluate, noGrad, Tensor, type Variable } from '@windfall/core';
import { check, describe, fail } from '@windfall/core/extension';
import { checkModel, type Module } from '../module/module.ts';
import { BatchNorm } from './batch-norm.ts';

/** An input of the model, alone or first in a list, as data loaders give them. */
export type InputBatch = Tensor | readonly [input: Tensor, ...rest: unknown[]];

/** A layer whose statistics are taken anew, and how it was before. */
interface Layer {
  readonly norm: BatchNorm;
  readonly momentum: number | null;
  readonly statistics: readonly (readonly [Variable, Tensor])[];
}

function layersOf(model: Module): Layer[] {
  return model
    .namedModules()
    .map(([, module]) => module)
    .filter((module) => module instanceof BatchNorm)
    .filter((norm) => norm.runningMean !== null && norm.trackRunningStats && !norm.frozen)
    .map((norm) => ({
      norm,
      momentum: norm.momentum,
      statistics: norm.namedBuffers().map(([, buffer]) => [buffer, buffer.detach()] as const),
    }));
}

function inputOf(batch: unknown, operation: string): Tensor {
  const input: unknown = Array.isArray(batch) ? batch[0] : batch;
  check(
    input instanceof Tensor,
    operation,
    () => `a batch is a tensor, or a list that starts with one, not ${describe(batch)}`,
  );
  return input;
}

/** One pass over the batches, between the model as it was and as it will be. */
class Pass {
  readonly #operation: string;
  readonly #model: Module;
  readonly #layers: readonly Layer[];
  readonly #modes: readonly (readonly [Module, boolean])[];

  constructor(operation: string, model: Module, layers: readonly Layer[]) {
    this.#operation = operation;
    this.#model = model;
    this.#layers = layers;
    this.#modes = model.namedModules().map(([, module]) => [module, module.training]);
    for (const { norm } of layers) {
      norm.resetRunningStats();
      norm.momentum = null;
    }
    model.train();
  }

  add(batch: unknown): void {
    noGrad(() => this.#model.forward(inputOf(batch, this.#operation)));
    evaluate([]);
  }

  /** Layers that no batch has reached keep what they had. */
  finish(): void {
    const unreached = this.#layers.filter(({ norm }) => norm.numBatchesTracked!.item() === 0);
    if (unreached.length === this.#layers.length)
      fail(this.#operation, 'no batch with any element has reached a batch normalization');
    assignAll(unreached.flatMap(({ statistics }) => statistics));
  }

  undo(): void {
    assignAll(this.#layers.flatMap(({ statistics }) => statistics));
  }

  end(): void {
    for (const { norm, momentum } of this.#layers) norm.momentum = momentum;
    for (const [module, training] of this.#modes) module.training = training;
  }
}

/** The pass to begin; null if no statistics are to be taken. */
function begin(
  model: Module,
  batches: unknown,
  iterators: readonly symbol[],
  operation: string,
): Pass | null {
  checkModel(model, operation);
  check(
    typeof batches === 'object' &&
      batches !== null &&
      !ArrayBuffer.isView(batches) &&
      iterators.some((iterator) => iterator in batches),
    operation,
    () => `the batches are an iterable, such as an array or a data loader, not ${describe(batches)}`,
  );
  const layers = layersOf(model);
  return layers.length === 0 ? null : new Pass(operation, model, layers);
}

/**
 * Takes the running statistics of all batch normalizations anew, as the plain averages over some batches: the paper's
 * population statistics, E[x] = E_B[μ_B] and Var[x] = m/(m − 1)·E_B[σ²_B], after training or after averaging weights.
 * PyTorch's `optim.swa_utils.update_bn`.
 *
 * The batches are computed as in training, without gradients. Afterwards modes and momenta are as before. Frozen layers,
 * and layers without running statistics, stay as they are, and so do those that no batch reaches. On an error all statistics
 * are as before. A model without any others does not look at the batches.
 *
 * @param batches inputs of the model, or lists that start with one
 * @throws what the model or the batches throw, or if no batch has reached any of the layers
 * @example updateBatchNorm(model, batches.slice(0, 100));
 */
export function updateBatchNorm(model: Module, batches: Iterable<InputBatch>): void {
  const pass = begin(model, batches, [Symbol.iterator], 'updateBatchNorm');
  if (pass === null) return;
  try {
    for (const batch of batches) pass.add(batch);
    pass.finish();
  } catch (error) {
    pass.undo();
    throw error;
  } finally {
    pass.end();
  }
}

/**
 * {@link updateBatchNorm} for batches that may come asynchronously. Until the promise is kept, leave the model alone.
 * @example await updateBatchNormAsync(model, new DataLoader(new TensorDataset(x, y), { batchSize: 5 }));
 */
export async function updateBatchNormAsync(
  model: Module,
  batches: AsyncIterable<InputBatch> | Iterable<InputBatch>,
): Promise<void> {
  const pass = begin(model, batches, [Symbol.asyncIterator, Symbol.iterator], 'updateBatchNormAsync');
  if (pass === null) return;
  try {
    for await (const batch of batches) pass.add(batch);
    pass.finish();
  } catch (error) {
    pass.undo();
    throw error;
  } finally {
    pass.end();
  }
}
