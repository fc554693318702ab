/**
 * @file How sums of products round.
 */
import { wantFusedMultiplyAdd } from '../backends/wasm/relaxed-simd.ts';
import { checkFlag } from '../errors.ts';
import { forgetRetained } from './engine.ts';

/**
 * Chooses whether matrix products, convolutions, variances and the polynomials of functions add each product in one
 * rounding where the engine can (WebAssembly's relaxed SIMD), which is the default. That is faster and a little more
 * exact, but other machines may give other last bits. Without it all machines give the same.
 * @example setFusedMultiplyAdd(false);
 */
export function setFusedMultiplyAdd(enabled: boolean): void {
  checkFlag(enabled, 'setFusedMultiplyAdd', 'enabled');
  wantFusedMultiplyAdd(enabled);
  forgetRetained();
}
