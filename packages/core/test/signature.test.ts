/**
 * @file Signatures: the same for graphs that are computed alike, different for all others.
 */
import { sameSignature, type Signature, signatureOf } from '../src/compile/signature.ts';
import { isOp, type Node } from '../src/graph/node.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import { type Tensor, tensor, where, zeros } from '../src/index.ts';

function signature(...tensors: Tensor[]): Signature {
  const roots = tensors.map(({ node }) => node);
  const order = topologicalOrder(roots);
  const inputs = new Map<Node, number>();
  for (const node of order) if (isOp(node, 'data')) inputs.set(node, inputs.size);
  return signatureOf(order, inputs, roots);
}

const x = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

const graphs: Record<string, () => Tensor[]> = {
  sum: () => [x().sum()],
  'sum of an axis': () => [x().sum(0)],
  'sum of the other axis': () => [x().sum(1)],
  maximum: () => [x().max()],
  'another shape': () => [tensor([1, 2, 3]).sum()],
  'another dtype': () => [
    tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: 'f64' },
    ).sum(),
  ],
  'plus 0': () => [x().add(0)],
  'plus −0': () => [x().add(-0)],
  'plus 1': () => [x().add(1)],
  'plus 1.5': () => [x().add(1.5)],
  'plus 2³¹': () => [x().add(2 ** 31)],
  'plus −2³¹': () => [x().add(-(2 ** 31))],
  'plus NaN': () => [x().add(NaN)],
  'minus 1': () => [x().sub(1)],
  'two inputs': () => [x().sub(x())],
  'one input twice': () => {
    const y = x();
    return [y.sub(y)];
  },
  'the other order': () => {
    const [a, b] = [x(), x()];
    return [where(a.equal(0), a, b), a.sub(b)];
  },
  'the one order': () => {
    const [a, b] = [x(), x()];
    return [where(a.equal(0), a, b), b.sub(a)];
  },
  'two results': () => {
    const y = x();
    return [y.add(1), y.add(1).mul(2)];
  },
  'two results, exchanged': () => {
    const y = x();
    return [y.add(1).mul(2), y.add(1)];
  },
  permuted: () => [zeros([2, 2, 2]).permute([1, 2, 0])],
  'permuted otherwise': () => [zeros([2, 2, 2]).permute([2, 0, 1])],
  padded: () => [
    x().pad([
      [1, 0],
      [0, 1],
    ]),
  ],
  'padded otherwise': () => [
    x().pad([
      [0, 1],
      [1, 0],
    ]),
  ],
};

test('graphs built alike have the same', () => {
  for (const make of Object.values(graphs))
    expect(sameSignature(signature(...make()), signature(...make()))).toBe(true);
});

test('graphs that differ in anything have different ones', () => {
  const all = Object.entries(graphs).map(([name, make]) => [name, signature(...make())] as const);
  for (const [name, one] of all)
    for (const [other, another] of all) {
      if (name === other) continue;
      expect([name, other, sameSignature(one, another)]).toEqual([name, other, false]);
      expect([name, other, one.hash === another.hash]).toEqual([name, other, false]);
    }
});

test('the same hash alone does not make them the same', () => {
  const { words, hash } = signature(x().add(1));
  expect(sameSignature({ words, hash }, { words: words.map((word) => word + 1), hash })).toBe(false);
});
