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
