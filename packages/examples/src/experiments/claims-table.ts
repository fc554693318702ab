/**
 * @file Claims beside what was measured, on a page.
 */
import type { Html } from '../report/html.ts';
import { table } from '../report/table.ts';
import type { Claim } from './experiment.ts';

export const claimsTable = (claims: readonly Claim[]): Html =>
  table({
    head: ['claim', 'measured here', ''],
    rows: claims.map(({ claim, measured, verdict }) => [claim, measured, verdict]),
    caption: 'Claims of the papers, and what came of them here.',
    prose: true,
  });
