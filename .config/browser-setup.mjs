// Runs in the page, before each file of tests: what they use of jest, by Vitest's means.
import { inject, vi } from 'vitest';

globalThis.jest = {
  spyOn: vi.spyOn,
  setTimeout: (milliseconds) => vi.setConfig({ testTimeout: milliseconds }),
};

if (globalThis.crossOriginIsolated !== inject('isolated'))
  throw new Error(`this page is ${inject('isolated') ? 'not ' : ''}cross-origin isolated`);
