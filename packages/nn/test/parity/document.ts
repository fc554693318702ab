/**
 * @file docs/parity.md as text, from the rows that the comparisons with PyTorch are held to.
 */
import { dataRows } from './data.ts';
import { initializations } from './init.ts';
import { layers } from './layers.ts';
import { lossRows } from './losses.ts';
import { modules } from './modules.ts';
import { normalizations } from './normalization.ts';
import { optimizerRows } from './optimizers.ts';
import type { ParityRow } from './row.ts';
import { scheduleRows } from './schedules.ts';

/** All rows, in the order of the page. */
export const sections: Readonly<Record<string, readonly ParityRow[]>> = {
  Normalization: normalizations,
  'Layers and activations': layers,
  Losses: lossRows,
  'Optimizers and clipping': optimizerRows,
  Schedules: scheduleRows,
  Initialization: initializations,
  Modules: modules,
  'Checkpoints, data, augmentation, metrics': dataRows,
};

/** How far float64 and float32 may be from PyTorch's numbers; of a learning rate only float64. */
const withinOf = (fixture: string): string => (fixture === 'schedules' ? '1e-12' : '1e-10, 1e-5');

const comparison = ({ fixture }: ParityRow): string =>
  fixture === null ? 'laws' : `${withinOf(fixture)}: \`${fixture}\``;

const derivatives = ({ order }: ParityRow): string => (order === 0 ? '–' : String(order));

function table(rows: readonly ParityRow[]): string {
  const cells = rows.map((row) => [
    `\`${row.pytorch}\``,
    `\`${row.windfall}\``,
    comparison(row),
    derivatives(row),
    row.differs ?? '',
  ]);
  const header = ['PyTorch', 'Windfall', 'within, and compared by', 'derivatives', 'what differs'];
  return [header, header.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

const introduction = `# What of PyTorch there is

Each name of PyTorch that has its counterpart here, from the tables that the tests are held to.

- *1e-10, 1e-5: \`name\`*: values and first gradients are those of PyTorch 1.13 within 1e-10 in float64 and 1e-5 in float32
  (relative to values larger than 1), in the cases of that name in \`packages/nn/test/fixtures\`, which a Python script beside them
  wrote. Learning rates are equal within 1e-12.
- *laws*: no number of PyTorch's is compared: shapes, errors, statistics of random numbers, and what must hold for all inputs.
- *derivatives*: to which order \`gradcheck\` confirms them by finite differences in float64.
- Whole training runs of 50 steps, of a perceptron and of a convolutional network with batch normalization, follow PyTorch's loss
  within 1e-9 in float64, compiled or not.

Names are PyTorch's in camelCase. From the second optional argument on they are an object: \`new Conv2d(3, 8, 3, { stride: 2 })\`.
`;

export function parityDocument(): string {
  const parts = Object.entries(sections).map(([title, rows]) => `## ${title}\n\n${table(rows)}\n`);
  return [introduction, ...parts].join('\n');
}
