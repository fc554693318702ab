/**
 * @file A pass of a layer as PyTorch computed it (fixtures/layer_case.py), the layer made again, and the comparison of both.
 */
import { compile, type DType, evaluate, gradient, type Tensor } from '@windfall/core';
import * as nn from '../../src/index.ts';
import { expectClose, load, loadState, type Stored, type StoredState } from './fixtures.ts';

export interface LayerCase {
  readonly layer: string;
  /** What the constructor takes by position. */
  readonly arguments: readonly any[];
  /** What it takes by name; null where it takes no options. */
  readonly options: Readonly<Record<string, any>> | null;
  /** What forward takes besides the input, by name. */
  readonly forward?: Readonly<Record<string, any>>;
  readonly state: StoredState;
  readonly input: Stored;
  readonly cotangent: Stored;
  readonly output: Stored;
  /** null for an input of integers */
  readonly inputGradient: Stored | null;
  readonly parameterGradients: StoredState;
}

/** A layer's forward, which may take options besides the input. */
export interface AnyLayer extends nn.Module {
  forward(x: Tensor, options?: object): Tensor;
}

/** What the test's name says of a case. */
export function nameOf({ layer, arguments: values, options, forward, input }: LayerCase): string {
  const given = [...values, ...(options === null ? [] : [options])].map((value) => JSON.stringify(value));
  const more = forward === undefined ? '' : `, ${JSON.stringify(forward)}`;
  return `${layer}(${given.join(', ')}) of [${input.shape.join(', ')}]${more}`;
}

/** The case's layer, with its parameters as they were. */
function layerOf(given: LayerCase, dtype: DType): AnyLayer {
  const kinds = nn as unknown as Record<string, new (...values: unknown[]) => AnyLayer>;
  const hasParameters = Object.keys(given.state).length > 0;
  const options = given.options === null ? [] : [{ ...given.options, ...(hasParameters ? { dtype } : {}) }];
  const layer = new kinds[given.layer]!(...given.arguments, ...options);
  expect(Object.keys(layer.stateDict())).toEqual(Object.keys(given.state));
  layer.loadStateDict(loadState(given.state, dtype));
  return layer;
}

function forward(layer: AnyLayer, given: LayerCase, x: Tensor): Tensor {
  return given.forward === undefined ? layer.forward(x) : layer.forward(x, given.forward);
}

/** Value, then the gradients with respect to the input, unless that is of integers, and to all parameters. */
function derive(layer: AnyLayer, given: LayerCase, x: Tensor, cotangent: Tensor): Tensor[] {
  const y = forward(layer, given, x);
  const leaves = [...(given.inputGradient === null ? [] : [x]), ...layer.parameters()];
  return [y, ...(leaves.length === 0 ? [] : gradient(y, leaves, { cotangent }))];
}

/**
 * Asserts that a layer gives PyTorch's value and gradients, that a compiled function gives the same bits, and so does
 * the functional twin.
 */
export function expectPyTorchs(
  given: LayerCase,
  dtype: DType,
  tolerance: number,
  twin?: (given: LayerCase, x: Tensor, state: Readonly<Record<string, Tensor>>) => Tensor,
): void {
  const layer = layerOf(given, dtype);
  const x = load(given.input, given.inputGradient === null ? 'i32' : dtype);
  const cotangent = load(given.cotangent, dtype);
  const found = derive(layer, given, x, cotangent);
  evaluate(found);
  const expected = [
    given.output,
    ...(given.inputGradient === null ? [] : [given.inputGradient]),
    ...layer.namedParameters().map(([name]) => given.parameterGradients[name]!),
  ];
  expected.forEach((wanted, position) => {
    expect(found[position]!.dtype).toBe(dtype);
    expectClose(found[position], wanted, tolerance);
  });
  const compiled = compile((input: Tensor, g: Tensor) => derive(layer, given, input, g))(x, cotangent);
  expect(compiled.map((value) => value.data())).toEqual(found.map((value) => value.data()));
  if (twin === undefined) return;
  expect(twin(given, x, layer.stateDict()).data()).toEqual(forward(layer, given, x).data());
}
