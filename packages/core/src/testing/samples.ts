/**
 * @file The table of samples: one row for every public operation. A test asserts that none is missing.
 */
import type { OperationSamples } from './sample.ts';
import { contractSamples } from './samples/contract.ts';
import { convolutionSamples } from './samples/convolution.ts';
import { createSamples } from './samples/create.ts';
import { elementwiseSamples } from './samples/elementwise.ts';
import { indexingSamples } from './samples/indexing.ts';
import { movementSamples } from './samples/movement.ts';
import { reduceSamples } from './samples/reduce.ts';

/** The tables, by what their operations do. */
export const sampleTables: Readonly<Record<string, Readonly<Record<string, OperationSamples>>>> = {
  'Making tensors': createSamples,
  'Element by element': elementwiseSamples,
  Reductions: reduceSamples,
  'Moving elements': movementSamples,
  Products: contractSamples,
  'Convolution and pooling': convolutionSamples,
  Indexing: indexingSamples,
};

/** All rows by the operation's name. */
export const samples: Readonly<Record<string, OperationSamples>> = Object.fromEntries(
  Object.values(sampleTables).flatMap((table) => Object.entries(table)),
);
