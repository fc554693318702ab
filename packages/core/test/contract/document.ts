/**
 * @file docs/contract.md as text, from the cells that were found.
 */
import type { DType } from '../../src/index.ts';
import { allDTypes } from '../../src/testing/sample.ts';
import { sampleTables } from '../../src/testing/samples.ts';
import { engines, orders } from './finding.ts';
import { type Cell, cellsOf, type ContractRow, rowOf } from './table.ts';

const signs: Readonly<Record<Cell, string>> = {
  covered: '✓',
  zero: '0',
  'no gradient': '–',
  'no argument': '·',
  'no value': '✕',
  hole: '?',
};

const count = (number: number): string => number.toLocaleString('en');

const table = (lines: readonly (readonly string[])[]): string =>
  lines
    .toSpliced(
      1,
      0,
      lines[0]!.map(() => '---'),
    )
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');

/** Value, gradient and second gradient of one dtype, each on all engines. */
function dtypeCell(row: ContractRow, dtype: DType): string {
  const cells = orders.map((order) => {
    const [first, ...others] = engines.map((engine) => row.cellOf(dtype, order, engine));
    return others.every((cell) => cell === first) ? first! : 'hole';
  });
  return cells.every((cell) => cell === 'no value')
    ? signs['no value']
    : cells.map((cell) => signs[cell]).join(' ');
}

/** What the signs do not say: why gradients are zero, and the errors for dtypes that are refused. */
function explanation(row: ContractRow): string {
  const values = row.findings.filter(({ order }) => order === 0);
  const refusals = values.filter(({ outcome }) => outcome === 'refused');
  const others = values.filter(({ outcome }) => outcome === 'another');
  const reasons = [
    ...(row.zeroGradient === null ? [] : [row.zeroGradient]),
    ...others.map(({ text }) => text),
    ...refusals.map(({ text }) => `“${text.replace(`${row.name}: `, '')}”`),
  ];
  return [...new Set(reasons)].join(', ');
}

function section(title: string, rows: readonly ContractRow[]): string {
  const head = ['', ...allDTypes, 'why'];
  const lines = rows.map((row) => [
    `\`${row.name}\``,
    ...allDTypes.map((dtype) => dtypeCell(row, dtype)),
    explanation(row),
  ]);
  return `## ${title}\n\n${table([head, ...lines])}\n`;
}

function summary(rows: readonly ContractRow[]): string {
  const cells = rows.flatMap(cellsOf);
  const covered = cells.filter(({ cell }) => cell === 'covered').length;
  const holes = cells.filter(({ cell }) => cell === 'hole').length;
  const lines = engines.map((engine) => [
    engine,
    ...orders.map((order) => {
      const own = cells.filter((each) => each.engine === engine && each.order === order);
      const [checked, missing] = [
        own.filter(({ cell }) => cell === 'covered').length,
        own.filter(({ cell }) => cell === 'hole').length,
      ];
      return `${checked} + ${own.length - checked - missing}`;
    }),
  ]);
  return `${rows.length} operations × ${allDTypes.length} dtypes × value, gradient and second gradient × ${engines.length} engines are
${count(cells.length)} cells. Of these **${count(covered)} are covered** by checks, **${count(cells.length - covered - holes)} are explained**, and ${holes === 0 ? 'none is neither' : `${holes} are neither`}. By engine, covered +
explained:

${table([['', 'value', 'gradient', 'second gradient'], ...lines])}
`;
}

const introduction = `# What every operation does, and where that is checked

One row for each public operation of \`@windfall/core\`, from the checks themselves: \`npm test\` runs them and compares what they
find with this page; \`UPDATE_CONTRACT=1 npx jest packages/core/test/samples.test.ts\` writes it anew.
`;

const legend = `## How to read it

Each column is about one dtype: that of the tensors given, unless the operation asks for another (an index is always i32), or that of
the result where no such tensor is given. Under it stand three signs, for the **value**, the **gradient** and the **second
gradient**. Each sign stands for all four engines: the interpreter, JavaScript, WebAssembly, and WebAssembly on several threads.

| sign | what was found | counts as |
| --- | --- | --- |
| ✓ | right in every sample of the operation | covered |
| 0 | the gradient is zero on every engine, for the reason under *why* | explained |
| – | \`gradient\` refuses with an error: integers and booleans have no gradients, neither as arguments nor as results | explained |
| · | there is no tensor to differentiate with respect to | explained |
| ✕ | there is no value: the operation refuses the dtype with the error quoted under *why*, or always gives another | explained |

[The samples](../packages/core/src/testing/samples) vary shapes (no axes, extents of 0 and 1, broadcasts), memory layouts
(transposed, strided, expanded, flipped) and values (NaN, infinities, ties). Right means, for each engine:

| | value | gradient and second gradient |
| --- | --- | --- |
| interpreter | that of the definition, which each sample has in plain numbers | where the function is smooth: in f64 those of finite differences (\`gradcheck\`), in f32 those in f64 at the same point |
| javascript | the interpreter's, within 10⁻¹² in f64 and 10⁻⁵ in f32, integers exactly | the interpreter's for the same graph, as near; further only where trials show that rounding can carry an element there |
| wasm | the same | the same |
| wasm threads | the bits of one thread, on three, though kernels are so small: all are cut that have a loop to cut | the same |

Gradients are taken of x + x²/2, x being the operation's result, so that linear operations have a second gradient, too.
`;

/** The whole page. */
export function contractDocument(): string {
  const sections = Object.entries(sampleTables).map(
    ([title, rows]) => [title, Object.keys(rows).map(rowOf)] as const,
  );
  return [
    introduction,
    summary(sections.flatMap(([, rows]) => rows)),
    legend,
    ...sections.map(([title, rows]) => section(title, rows)),
  ].join('\n');
}
