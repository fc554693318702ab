/**
 * @file Counts what graphs are made of: primitives, scalar functions and dtypes.
 */
import { isOp, type Node } from '../../src/graph/node.ts';
import { scalarFunctions } from '../../src/graph/scalar-functions.ts';
import { dtypes } from '../../src/dtype.ts';

/** What a node counts as. */
function nameOf(node: Node): string {
  if (isOp(node, 'elementwise')) return node.attributes.function;
  return isOp(node, 'reduce') ? `reduce ${node.attributes.kind}` : node.op;
}

/** How often each operation occurred in each dtype. */
export class Coverage {
  readonly #counts = new Map<string, Map<string, number>>();

  add(nodes: readonly Node[]): void {
    for (const node of nodes) {
      const counts = this.#counts.get(nameOf(node)) ?? new Map<string, number>();
      this.#counts.set(nameOf(node), counts);
      counts.set(node.dtype, (counts.get(node.dtype) ?? 0) + 1);
    }
  }

  /** Scalar functions that never occurred. */
  missing(): string[] {
    return Object.keys(scalarFunctions).filter((name) => !this.#counts.has(name));
  }

  /** A table: one line for each operation, one column for each dtype of its result. */
  toString(): string {
    const line = (cells: readonly (string | number)[]): string =>
      cells.map((cell, k) => (k === 0 ? String(cell).padEnd(16) : String(cell).padStart(8))).join('');
    const rows = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      line(['operation', ...dtypes]),
      ...rows.map(([name, counts]) => line([name, ...dtypes.map((dtype) => counts.get(dtype) ?? 0)])),
    ].join('\n');
  }
}
