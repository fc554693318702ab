/**
 * @file How functions are put together: where constants are made, and in what order pieces of code run.
 */
import { type Code, FunctionBuilder } from '../src/backends/wasm/assembler.ts';

const nothing = 0x01;
const made = 0x42;

const bytesOf = (code: Code): number[] =>
  Array.from(code).flatMap((part) => (typeof part === 'number' ? [part] : bytesOf(part)));

test('a constant is made once, at the begin, however often it is used', () => {
  const fn = new FunctionBuilder('', []);
  fn.emit([nothing]);
  const make = (): Code => [made];
  const [first, second, other] = [0, 0, -0].map((value) => fn.constant('f32', value, make));
  expect(first).toEqual(second);
  expect(first).not.toEqual(other);
  const bytes = bytesOf(fn.encode());
  expect(bytes.filter((byte) => byte === made)).toHaveLength(2);
  expect(bytes.indexOf(made)).toBeLessThan(bytes.indexOf(nothing, bytes.indexOf(made)));
});

test('a function that gives a result uses its constants where they stand', () => {
  expect(new FunctionBuilder('', [], 'v128').constant('f32', 1, () => [made])).toEqual([made]);
});

test('pieces of code in turns: the first statements of all, then what is left of the longer ones', () => {
  const fn = new FunctionBuilder('', []);
  const piece =
    (result: string, ...code: Code[]) =>
    (): string => {
      fn.emit(...code);
      return result;
    };
  fn.emit([0]);
  expect(fn.inTurns([piece('a', [1], [2], [3]), piece('b', [10]), piece('c', [20], [21])])).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(fn.body).toEqual([[0], [1], [10], [20], [2], [21], [3]]);
});
