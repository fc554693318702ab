/**
 * @file UTF-8, by the classes that every platform has; declared here because this package is compiled without the types of any
 * one platform.
 */
import { check } from '@windfall/core/extension';
import type { Report } from './stored-dtype.ts';

interface Encoding {
  readonly TextEncoder: new () => { encode: (text: string) => Uint8Array<ArrayBuffer> };
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode: (bytes: Uint8Array) => string };
}

const { TextEncoder, TextDecoder } = globalThis as unknown as Encoding;

/** Whether a text has half of a surrogate pair, which no UTF-8 spells. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** The UTF-8 of a text. */
export function encodeText(text: string, operation: string): Uint8Array<ArrayBuffer> {
  check(!hasLoneSurrogate(text), operation, () => `${JSON.stringify(text)} has half of a surrogate pair`);
  return new TextEncoder().encode(text);
}

/** The text of UTF-8. */
export function decodeText(bytes: Uint8Array, report: Report): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return report('the header is not valid UTF-8');
  }
}
