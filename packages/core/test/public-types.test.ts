/**
 * @file What editors and compilers see of the public interface. The compiler checks most of it: a line whose type is wrong, or
 * that should be an error and is none, does not compile. What runs here runs for its types.
 */
import { expectTypeOf } from 'expect-type';
import {
  type add,
  compile,
  customGradient,
  data,
  type DType,
  gradient,
  hessianVectorProduct,
  item,
  jacobianVectorProduct,
  type NestedValues,
  setBackend,
  stack,
  type Tensor,
  tensor,
  toArray,
  type TypedArray,
  Variable,
  vectorJacobianProduct,
  zeros,
} from '@windfall/core';

const x = tensor([[1, 2]]);
const y = tensor([[3, 4]]);

test('an item is a number, unless the caller says that it is a boolean', () => {
  const one = tensor([7]);
  expectTypeOf(one.item()).toEqualTypeOf<number>();
  expectTypeOf(item(one)).toEqualTypeOf<number>();
  expectTypeOf(one.item<'f64'>()).toEqualTypeOf<number>();
  expectTypeOf(one.itemAsync()).toEqualTypeOf<Promise<number>>();
  const flag = one.equal(7).item<'bool'>();
  expectTypeOf(flag).toEqualTypeOf<boolean>();
  expect(flag).toBe(true);
});

test('values are as nested as the caller says, and in the typed array of the dtype that the caller says', () => {
  expectTypeOf(x.toArray()).toEqualTypeOf<NestedValues>();
  expectTypeOf(x.toArray<number[][]>()).toEqualTypeOf<number[][]>();
  expectTypeOf(toArray<number[][]>(x)).toEqualTypeOf<number[][]>();
  // @ts-expect-error: no tensor holds texts
  x.toArray<string[]>();
  expectTypeOf(x.data()).toEqualTypeOf<TypedArray>();
  expectTypeOf(x.data<'f32'>()).toEqualTypeOf<Float32Array>();
  expectTypeOf(data<'bool'>(x)).toEqualTypeOf<Uint8Array>();
  expectTypeOf(x.dataAsync<'i32'>()).toEqualTypeOf<Promise<Int32Array>>();
});

test('there is one gradient per input, position by position', () => {
  const [dx, dy] = gradient(x.mul(y).sum(), [x, y]);
  expectTypeOf(dx).toEqualTypeOf<Tensor>();
  expectTypeOf(dy).toEqualTypeOf<Tensor>();
  // @ts-expect-error: two inputs have no third gradient
  expect(gradient(x.mul(y).sum(), [x, y])[2]).toBeUndefined();
  const many: Tensor[] = [x, y];
  expectTypeOf(gradient(x.mul(y).sum(), many)).toEqualTypeOf<Tensor[]>();
});

test('products with derivatives take a function of as many tensors as there are inputs', () => {
  const { value, gradients } = vectorJacobianProduct((a, b) => a.mul(b).sum(), [x, y]);
  expectTypeOf(value).toEqualTypeOf<Tensor>();
  expectTypeOf(gradients).toEqualTypeOf<[Tensor, Tensor]>();
  const [product] = hessianVectorProduct((a) => a.pow(3).sum(), [x], [y]);
  expectTypeOf(product).toEqualTypeOf<Tensor>();
  // @ts-expect-error: a function of two tensors at one
  expect(() => vectorJacobianProduct((a: Tensor, b: Tensor) => a.mul(b), [x])).toThrow();
  // @ts-expect-error: one tangent for two inputs
  expect(() => jacobianVectorProduct((a, b) => a.mul(b), [x, y], [x])).toThrow('1 tangents for 2 inputs');
});

test('a compiled function has the type of the function', () => {
  const both = compile((a: Tensor, scale: number) => ({ scaled: a.mul(scale), total: a.sum() }));
  expectTypeOf(both).toEqualTypeOf<(a: Tensor, scale: number) => { scaled: Tensor; total: Tensor }>();
  // @ts-expect-error: not a number
  expect(() => both(x, 'two')).toThrow();
  const clipped = customGradient((a: Tensor) => ({ value: a.mul(1), gradient: (g) => [g.clamp(-1, 1)] }));
  expectTypeOf(clipped).toEqualTypeOf<(a: Tensor) => Tensor>();
});

test('methods have the signatures of their functions, without the tensor itself', () => {
  expectTypeOf(x.add).toEqualTypeOf<(b: Tensor | number | boolean) => Tensor>();
  expectTypeOf(x.add).parameters.toEqualTypeOf<
    Parameters<typeof add> extends [unknown, ...infer Rest] ? Rest : never
  >();
  expectTypeOf(x.split(1)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(x.backward).returns.toBeVoid();
  expectTypeOf(x).not.toHaveProperty('stack');
  expectTypeOf(x).not.toHaveProperty('einsum');
  expectTypeOf(new Variable(x)).toExtend<Tensor>();
});

test('dtypes, backends and options are literals, and misspelt ones do not compile', () => {
  expectTypeOf(x.dtype).toEqualTypeOf<DType>();
  expectTypeOf<DType>().toEqualTypeOf<'f32' | 'f64' | 'i32' | 'bool'>();
  // @ts-expect-error: no dtype
  expect(() => x.cast('f16')).toThrow();
  // @ts-expect-error: no dtype
  expect(() => zeros([2], { dtype: 'float32' })).toThrow();
  // @ts-expect-error: no backend
  expect(() => setBackend('cuda')).toThrow();
  // @ts-expect-error: an option is misspelt
  expect(() => x.sum(0, { keepdims: true })).toThrow();
  // @ts-expect-error: a text is no tensor
  expect(() => x.mul('2')).toThrow();
  // @ts-expect-error: a tensor is no list of tensors
  expect(() => stack(x)).toThrow();
  expectTypeOf(x.shape).toEqualTypeOf<readonly number[]>();
});
