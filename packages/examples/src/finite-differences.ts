/**
 * @file Derivatives by trying: no rule of calculus, no graph, only values of the function.
 */
import { type Tensor, tensor, type Variable } from '@windfall/core';

/**
 * The gradient of a function of variables, one element after the other, by the five-point formula: its error is of the
 * fourth power of the step. The variables have their old values afterwards.
 * @param fn computes a single number from the variables' present values; f64 throughout, or there is little to see
 * @returns one array for each variable, in row-major order
 */
export function finiteDifferences(
  fn: () => Tensor,
  variables: readonly Variable[],
  options: { step?: number } = {},
): Float64Array[] {
  const { step = 1e-3 } = options;
  return variables.map((variable) => {
    const values = Float64Array.from(variable.data());
    const assign = (): Variable => variable.assign(tensor(values, { shape: variable.shape }));
    const slopes = values.map((value, position) => {
      const at = (moved: number): number => {
        values[position] = moved;
        assign();
        return fn().item();
      };
      const near = at(value + step) - at(value - step);
      const far = at(value + 2 * step) - at(value - 2 * step);
      values[position] = value;
      return (8 * near - far) / (12 * step);
    });
    assign();
    return slopes;
  });
}
