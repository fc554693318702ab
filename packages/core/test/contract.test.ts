/**
 * @file The contract's table can fail: it finds what is wrong, holes that nothing explains, and explanations of nothing.
 */
import { customGradient, floor, neg, type Tensor, WindfallError } from '../src/index.ts';
import { elementwise } from '../src/testing/reference.ts';
import { floats, operation, type OperationSamples, type Sample, sample } from '../src/testing/sample.ts';
import { contractRow, unexplained } from './contract/table.ts';

// Starting workers takes a while on a busy machine.
jest.setTimeout(60_000);

type Call = (x: Tensor) => Tensor;

const samplesOf = (call: Call, f: (x: number) => number, options = {}): Sample[] => [
  sample([{ shape: [2, 3] }], call, elementwise(f), options),
];

/** What is wrong with a row, every text once. */
function wrongIn(row: OperationSamples): string[] {
  const { findings } = contractRow('op', row);
  return [...new Set(findings.filter(({ outcome }) => outcome === 'wrong').map(({ text }) => text))];
}

const holesIn = (row: OperationSamples): string[] => unexplained(contractRow('op', row));

const minus = samplesOf(neg, (x) => -x);

test('an operation that is right in all dtypes has no hole', () => {
  const row = contractRow('op', operation(minus));
  expect(unexplained(row)).toEqual([]);
  expect(row.cellOf('f32', 2, 'wasm threads')).toBe('covered');
  expect(row.cellOf('i32', 0, 'wasm threads')).toBe('covered');
  expect(row.cellOf('i32', 1, 'javascript')).toBe('no gradient');
});

test('a value that is not that of the definition is wrong, on the interpreter', () => {
  const row = operation(samplesOf(neg, (x) => 1 - x, { dtypes: ['i32'] }));
  expect(wrongIn(row)).toContainEqual(expect.stringMatching(/^\[2, 3\] in i32: assertClose: element/));
  expect(holesIn(row)).toContain('i32, derivative of order 0, interpreter: not covered');
  expect(holesIn(row)).not.toContain('i32, derivative of order 0, wasm: not covered');
});

test('a gradient that is not that of finite differences is wrong', () => {
  const doubled: Call = (x) =>
    customGradient((y: Tensor) => ({ value: y.neg(), gradient: (g) => [g.mul(-2)] }))(x);
  const row = operation(samplesOf(doubled, (x) => -x, { dtypes: ['f64'] }));
  expect(wrongIn(row)).toContainEqual(
    expect.stringContaining('the derivative of order 1 for input 0 is wrong'),
  );
  expect(holesIn(row)).toContain('f64, derivative of order 1, interpreter: not covered');
});

test('a dtype that is taken needs a sample', () => {
  const row = operation(samplesOf(neg, (x) => -x, { dtypes: floats }));
  expect(wrongIn(row)).toEqual([
    'takes i32, but no sample runs in it',
    'takes bool, but no sample runs in it',
  ]);
  expect(holesIn(row)).toContain('bool, derivative of order 0, wasm: not covered');
});

test('an error explains a dtype only if it is the operation’s', () => {
  const refusing =
    (error: Error): Call =>
    (x) => {
      if (x.dtype === 'bool' || x.dtype === 'i32') throw error;
      return x.neg();
    };
  const rowOf = (error: Error): OperationSamples =>
    operation(samplesOf(refusing(error), (x) => -x, { dtypes: floats }));
  expect(holesIn(rowOf(new WindfallError('op: takes floats')))).toEqual([]);
  expect(holesIn(rowOf(new WindfallError('internal: no formula')))).not.toEqual([]);
  expect(holesIn(rowOf(new TypeError('undefined is not a function')))).not.toEqual([]);
});

test('a gradient that is zero everywhere needs a reason, and the reason a gradient that is zero', () => {
  const steps = samplesOf(floor, Math.floor);
  expect(holesIn(operation(steps))).toContain('f64, derivative of order 1, wasm: not covered');
  expect(holesIn(operation(steps, [], { zeroGradient: 'constant between its jumps' }))).toEqual([]);
  expect(wrongIn(operation(minus, [], { zeroGradient: 'none' }))).toEqual([
    '[2, 3] in f32: the gradient is not zero',
    '[2, 3] in f64: the gradient is not zero',
  ]);
  const whole = samplesOf(neg, (x) => -x, { dtypes: ['i32'] });
  expect(holesIn(operation(whole, [], { zeroGradient: 'none' }))).toContain(
    'explains a zero gradient (none), but there is none',
  );
});

test('a dtype that is said to be refused must be', () => {
  const refused = [{ dtype: 'bool', call: () => neg(1) }] as const;
  expect(wrongIn(operation(minus, [], { refused }))).toEqual(['takes bool, but no sample runs in it']);
  const throwing = { dtype: 'bool', call: () => neg('x' as never) } as const;
  expect(holesIn(operation(minus, [], { refused: [throwing] }))).toContain(
    'bool, derivative of order 0, wasm: not covered',
  );
});

test('an operation that is said to give one dtype must give it', () => {
  const whole = samplesOf(
    (x) => x.cast('f32'),
    (x) => x,
    { dtypes: ['i32'] },
  );
  expect(wrongIn(operation(whole, [], { onlyDType: 'i32' }))).toEqual(['does not always give i32']);
});
