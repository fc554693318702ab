import type { CompilerOptions } from 'typescript';

/** TypeScript as CommonJS, types unchecked. */
export function translate(code: string, fileName: string, options?: CompilerOptions): string;

/** The same, out of a cache where it has been translated before. */
export function transpile(code: string, fileName: string, options?: CompilerOptions): string;
