/**
 * @file Writing out short loops: the kernel still means the same, on every backend, at every width of a row.
 */
import { interpret } from '../src/interpret/interpret.ts';
import { assertClose, concat, type DType, gradient, normal, type Tensor, tensor } from '../src/index.ts';
import { planOf } from './plan-of.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const draw = (shape: number[], dtype: DType = 'f64'): Tensor =>
  tensor(normal(shape, { dtype: 'f64' }).mul(9).cast(dtype).data(), { shape });

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  test.each([2, 4, 6, 7, 8, 10, 14, 15, 16, 22])(
    'a row of %i elements pools and takes its gradient back',
    (width) => {
      for (const backend of compilingBackends) {
        withBackend(backend, () => {
          const x = draw([2, 5, width], dtype);
          const y = x.maxPool2d(2);
          const [slope] = gradient(y, [x], { cotangent: draw([...y.shape], dtype) });
          const expected = interpret([y.node, slope.node]);
          assertClose(y, { shape: y.shape, values: expected[0]! });
          assertClose(slope, { shape: slope.shape, values: expected[1]! });
        });
      }
    },
  );
});

test('stacks of integers and of booleans at the last axis', () => {
  for (const backend of compilingBackends) {
    withBackend(backend, () => {
      const [a, b] = [draw([3, 9], 'i32'), draw([3, 9], 'i32')];
      const padded = [
        a.unsqueeze(2).pad([
          [0, 0],
          [0, 0],
          [0, 1],
        ]),
        b.unsqueeze(2).pad([
          [0, 0],
          [0, 0],
          [1, 0],
        ]),
      ]; // prettier-ignore
      const alternating = padded[0]!.add(padded[1]!);
      expect(alternating.toArray()).toEqual(concat([a.unsqueeze(2), b.unsqueeze(2)], 2).toArray());
      const truths = alternating.greater(0);
      expect(truths.toArray()).toEqual(
        concat([a.unsqueeze(2), b.unsqueeze(2)], 2)
          .greater(0)
          .toArray(),
      );
    });
  }
});

test('conditions at short and at long axes together', () => {
  const x = draw([2, 3, 7]);
  planOf([
    x
      .pad(
        [
          [1, 1],
          [0, 1],
          [2, 3],
        ],
        { value: 5 },
      )
      .mul(2),
  ]); // prettier-ignore
  planOf([draw([1]).pad([[1, 2]])]); // prettier-ignore
});
