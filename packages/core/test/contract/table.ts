/**
 * @file From findings to the cells of the table: each is covered by checks that were run, or explained by one, or neither.
 */
import type { DType } from '../../src/index.ts';
import { allDTypes, type OperationSamples } from '../../src/testing/sample.ts';
import { samples } from '../../src/testing/samples.ts';
import { type Engine, engines, type Finding, type Order, orders } from './finding.ts';
import { gradientFindings } from './gradients.ts';
import { runsOf } from './runs.ts';
import { refusalFindings, valueFindings } from './values.ts';

/**
 * - `covered`: something was computed, and is right
 * - `zero`: the gradient is zero everywhere, and the samples say why
 * - `no gradient`: `gradient` refuses
 * - `no argument`: there is no tensor to differentiate with respect to
 * - `no value`: the operation refuses the dtype, or gives another whatever one asks for
 * - `hole`: none of these, or something is wrong
 */
export type Cell = 'covered' | 'zero' | 'no gradient' | 'no argument' | 'no value' | 'hole';

/** What is known of an operation. */
export interface ContractRow {
  readonly name: string;
  readonly zeroGradient: string | null;
  readonly findings: readonly Finding[];
  readonly cellOf: (dtype: DType, order: Order, engine: Engine) => Cell;
}

function cellIn(findings: readonly Finding[], zeroGradient: string | null, order: Order): Cell {
  const outcomes = new Set(findings.map(({ outcome }) => outcome));
  // A value that is sometimes refused and sometimes not would be explained though there is no hole.
  if (outcomes.has('wrong') || (order === 0 && outcomes.size > 1)) return 'hole';
  if (outcomes.has('right')) return 'covered';
  if (outcomes.has('zero')) return zeroGradient === null ? 'hole' : 'zero';
  if (outcomes.has('another')) return 'no value';
  if (outcomes.has('refused')) return order === 0 ? 'no value' : 'no gradient';
  return outcomes.has('nothing') ? 'no argument' : 'hole';
}

/** Runs the checks of an operation. */
export function contractRow(name: string, row: OperationSamples): ContractRow {
  const { zeroGradient } = row;
  const runs = runsOf(row);
  const findings = [...valueFindings(runs), ...refusalFindings(row), ...gradientFindings(runs, zeroGradient)];
  const cellOf: ContractRow['cellOf'] = (dtype, order, engine) => {
    const at = (wanted: Order): Cell =>
      cellIn(
        findings.filter(
          (finding) => finding.dtype === dtype && finding.order === wanted && finding.engine === engine,
        ),
        zeroGradient,
        wanted,
      );
    return at(0) === 'no value' ? 'no value' : at(order);
  };
  return { name, zeroGradient, findings, cellOf };
}

const known = new Map<string, ContractRow>();

/** An operation's row. Its checks are run when it is asked for first. */
export function rowOf(name: string): ContractRow {
  const row = known.get(name) ?? contractRow(name, samples[name]!);
  known.set(name, row);
  return row;
}

/** All cells of a row. */
export function cellsOf(row: ContractRow): { dtype: DType; order: Order; engine: Engine; cell: Cell }[] {
  return allDTypes.flatMap((dtype) =>
    orders.flatMap((order) =>
      engines.map((engine) => ({ dtype, order, engine, cell: row.cellOf(dtype, order, engine) })),
    ),
  );
}

/** Holes without an explanation, and explanations without a hole. */
export function unexplained(row: ContractRow): string[] {
  const cells = cellsOf(row);
  const holes = cells
    .filter(({ cell }) => cell === 'hole')
    .map(({ dtype, order, engine }) => `${dtype}, derivative of order ${order}, ${engine}: not covered`);
  const isNeedless = row.zeroGradient !== null && cells.every(({ cell }) => cell !== 'zero');
  return isNeedless ? [...holes, `explains a zero gradient (${row.zeroGradient}), but there is none`] : holes;
}
