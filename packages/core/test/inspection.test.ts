/**
 * @file What people look at: explanations of plans, drawings of graphs, and where NaN comes from.
 */
import {
  compile,
  evaluate,
  explain,
  gradient,
  normal,
  ones,
  setNonFiniteDetection,
  tensor,
  toDot,
  Variable,
  where,
  zeros,
} from '../src/index.ts';

describe('explain', () => {
  test('says what computing would take, and computes nothing', () => {
    const x = tensor([1, 2, 3]);
    const y = x.mul(2).sum();
    const { kernels, reads, writes, bytes, operations } = explain(y);
    expect({ reads, writes, bytes, operations }).toEqual({ reads: 1, writes: 0, bytes: 16, operations: 6 });
    expect(kernels.map(({ kind }) => kind)).toEqual(['loop']);
    expect(String(explain(y))).toBe(
      [
        'b0: f32 × 3, input',
        'b1: f32 × 1',
        'kernel',
        '  sweep i0 < 3',
        '    r0 = sum mul(b0[i0], 2)',
        '  b1[0] = r0',
        '  reads 1, writes 0, 16 bytes',
      ].join('\n'),
    );
  });

  test('counts a multiplication and an addition for each product of a contraction', () => {
    const [kernel] = explain(
      ones([3, 4])
        .detach()
        .materialize()
        .matmul(normal([4, 5]).detach().materialize()),
    ).kernels.filter(({ kind }) => kind === 'contraction');
    expect(kernel!.operations).toBe(2 * 3 * 4 * 5);
  });

  test('of what has been computed is nothing', () => {
    const y = tensor([1]).add(1);
    evaluate([y]);
    expect(explain([y]).kernels).toEqual([]);
    expect(explain([]).bytes).toBe(0);
  });

  test('needs tensors', () => {
    expect(() => explain(3 as never)).toThrow('explain: expected a tensor, not 3');
  });
});

describe('toDot', () => {
  const x = tensor([1, 2]);

  test('has a box per operation, and constants where they are used', () => {
    expect(toDot({ y: x.mul(3).mul(x).sum() }, { inputs: { x } })).toBe(
      [
        'digraph {',
        '  node [shape=box];',
        '  n0 [label="x\\ndata\\nf32 [2]" shape=ellipse];',
        '  n1 [label="mul, 3\\nf32 [2]"];',
        '  n0 -> n1;',
        '  n2 [label="mul\\nf32 [2]"];',
        '  n1 -> n2;',
        '  n0 -> n2;',
        '  n3 [label="y\\nreduce kind: sum axes: [0]\\nf32 []"];',
        '  n2 -> n3;',
        '}',
      ].join('\n'),
    );
  });

  test('draws what was there before in gray, and can draw the simplified graph', () => {
    const y = x.exp().mul(1);
    const [slope] = gradient(y.sum(), [x]);
    const text = toDot({ slope }, { inputs: { x }, earlier: y });
    expect(text).toContain('[label="exp\\nf32 [2]" color=gray fontcolor=gray]');
    // An arrow within it is gray, too; one that leads out of it to something new is not.
    expect(text).toContain('  n2 -> n3 [color=gray];\n');
    expect(text).toContain('  n3 -> n4;\n');
    const boxes = (dot: string): number => dot.split('label=').length - 1;
    expect(boxes(toDot(slope, { simplified: true }))).toBe(2);
    expect(boxes(text)).toBeGreaterThan(2);
  });

  test('escapes quotes in names', () => {
    expect(toDot({ 'a "b"\\': x.exp() })).toContain('label="a \\"b\\"\\\\\\nexp');
  });

  test('needs tensors and known options', () => {
    expect(() => toDot({ y: 1 } as never)).toThrow('toDot: expected a tensor, not 1');
    expect(() => toDot(x, { simple: true } as never)).toThrow("toDot: has no option 'simple'");
    expect(() => toDot(x, { simplified: 1 } as never)).toThrow('toDot: simplified is true or false, not 1');
  });
});

describe('non-finite values', () => {
  beforeEach(() => setNonFiniteDetection(true));
  afterEach(() => setNonFiniteDetection(false));

  // In a page the file is an address, which may have a query.
  const here = 'inspection\\.test\\.ts(?:\\?\\S*)?:\\d+:\\d+\\)?';

  test('are traced to the operation that gave the first, its operands and its line', () => {
    const y = tensor([
      [4, 1],
      [0, 2],
    ])
      .log()
      .mul(0)
      .sum();
    expect(() => y.item()).toThrow(
      new RegExp(
        `^setNonFiniteDetection: mul, f32 \\[2, 2\\] gives NaN at \\[1, 0\\] from -Infinity and 0; made at .*${here}`,
      ),
    );
    const z = tensor([3, 0]).log().neg();
    expect(() => z.data()).toThrow(/log, f32 \[2\] gives -Infinity at \[1\] from 0; made at /);
  });

  test('are no error where nothing of them is left', () => {
    const x = tensor([1, 0]);
    expect(where(x.equal(0), 0, x.log()).toArray()).toEqual([0, 0]);
    expect(tensor([-Infinity, 1]).exp().toArray()).toEqual([0, Math.fround(Math.E)]);
  });

  test('of a gradient name the operation whose derivative they are', () => {
    const x = tensor([4, 0]);
    const [slope] = gradient(x.sqrt().sum(), [x]);
    expect(() => slope.data()).toThrow(
      new RegExp(
        `gives Infinity at \\[1\\].*, in the derivative of sqrt \\(made at .*${here}\\)?\\); made at .*${here}`,
      ),
    );
  });

  test('are found by what f32 holds', () => {
    expect(() => tensor([1e38]).mul(10).item()).toThrow('mul, f32 [1] gives Infinity at [0] from');
    expect(tensor([1e38], { dtype: 'f64' }).mul(10).item()).toBe(1e39);
  });

  test('that were given are said to be held', () => {
    expect(() => tensor([1, NaN]).add(1).data()).toThrow('data, f32 [2] holds NaN at [1]');
  });

  test('leave a variable its old value, also in a compiled function', () => {
    const weight = new Variable(ones([1]));
    const step = compile(() => weight.assign(weight.div(0)));
    step();
    expect(() => weight.item()).toThrow('div, f32 [1] gives Infinity');
    expect(weight.item()).toBe(1);
  });

  test('are given on when the mode is off', () => {
    const bad = zeros([1]).log();
    expect(() => bad.item()).toThrow('-Infinity');
    setNonFiniteDetection(false);
    expect(bad.item()).toBe(-Infinity);
  });
});
