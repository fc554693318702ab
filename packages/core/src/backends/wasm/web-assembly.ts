/**
 * @file The part of the WebAssembly interface that is used, declared here because core is compiled without the types of
 * any one platform.
 */

/** Linear memory, in pages of 64 KiB. */
export interface LinearMemory {
  readonly buffer: ArrayBufferLike;
  readonly grow: (pages: number) => number;
}

interface WebAssemblyInterface {
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => LinearMemory;
}

/** Every platform with WebAssembly has it under this name. */
export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;

/** A module with one SIMD instruction, which validates where kernels can run. */
const probe = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
  ...[10, 9, 1, 7, 0, 0x41, 0, 0xfd, 0x11, 0x1a, 0x0b],
);

/** Whether this platform runs WebAssembly with SIMD. */
export const isWasmSupported: boolean =
  typeof (webAssembly as unknown) === 'object' && webAssembly.validate(probe);
