/**
 * @file Tables of a report.
 */
import { escaped, type Html } from './html.ts';

/** Rows of cells under column heads; the first column says what each row is about. */
export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the table shows, in a sentence. */
  readonly caption: string;
  /** Whether its cells are sentences rather than numbers; by default false. */
  readonly prose?: boolean;
}

/** @throws if a row has not a cell for each head */
export function table({ head, rows, caption, prose = false }: TableContent): Html {
  for (const row of rows)
    if (row.length !== head.length)
      throw new Error(`${head.length} heads, but ${row.length} cells in the row of "${row[0] ?? ''}"`);
  const cell = (tag: string, text: string): string => `<${tag}>${escaped(text)}</${tag.split(' ')[0]!}>`;
  const line = (cells: readonly string[]): string => `<tr>${cells.join('')}</tr>`;
  return {
    html: [
      `<div class="wide" tabindex="0"><table${prose ? ' class="prose"' : ''}>`,
      cell('caption', caption),
      `<thead>${line(head.map((text) => cell('th scope="col"', text)))}</thead>`,
      '<tbody>',
      ...rows.map((row) =>
        line(row.map((text, column) => cell(column === 0 ? 'th scope="row"' : 'td', text))),
      ),
      '</tbody>',
      '</table></div>',
    ].join('\n'),
  };
}
