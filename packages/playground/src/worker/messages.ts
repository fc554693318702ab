/**
 * @file What the page and its worker say to each other.
 */
import type { Notes, Pair } from '../training/session.ts';
import type { Settings } from '../training/settings.ts';

export type ToWorker =
  /** Fetches the digits; the address is that of their folder. */
  | { readonly kind: 'load'; readonly address: string }
  /** Begins anew. Whoever trained goes on to train. */
  | { readonly kind: 'begin'; readonly session: number; readonly settings: Settings }
  | { readonly kind: 'run' }
  | { readonly kind: 'pause' }
  /** Makes so many steps and then pauses. */
  | { readonly kind: 'advance'; readonly steps: number }
  /** Has both networks read an image, now and whenever they have changed; null ends it. */
  | { readonly kind: 'classify'; readonly ink: Uint8Array | null };

export type FromWorker =
  | {
      readonly kind: 'loaded';
      readonly training: number;
      readonly test: number;
      /** Images to draw: 28 × 28 bytes each, 1 for ink. */
      readonly samples: Uint8Array;
      readonly labels: Uint8Array;
    }
  | {
      readonly kind: 'progress';
      /** The number of the session that it is about. */
      readonly session: number;
      readonly step: number;
      readonly isRunning: boolean;
      /** Null while nothing is known. */
      readonly stepsPerSecond: number | null;
      /** How many threads may compute. */
      readonly threads: number;
      /** Whether there is no WebAssembly with SIMD, so that plain JavaScript computes. */
      readonly isPlain: boolean;
      readonly notes: Notes;
    }
  | { readonly kind: 'classified'; readonly probabilities: Pair<readonly number[]> }
  | { readonly kind: 'failed'; readonly message: string };
