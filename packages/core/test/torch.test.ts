/**
 * @file Values, gradients and second gradients as PyTorch 1.13 gives them, where semantics are subtle: ties, kinks,
 * infinities, windows. The values come from fixtures/generate.py.
 */
import { assertClose, einsum, gradient, tensor, type Tensor, where } from '../src/index.ts';
import values from './fixtures/torch.json' with { type: 'json' };

interface Packed {
  shape: number[];
  values: (number | string)[];
}

interface Case {
  inputs: Packed[];
  value: Packed;
  cotangent: Packed;
  gradients?: Packed[];
  second?: Packed[];
}

const fixture: Readonly<Record<string, Case>> = values;

const unpack = ({ shape, values }: Packed): { shape: number[]; values: number[] } => ({
  shape,
  values: values.map(Number),
});

const toTensor = (packed: Packed): Tensor => {
  const { shape, values } = unpack(packed);
  return tensor(Float64Array.from(values), { shape });
};

const index = tensor(
  [
    [2, 0],
    [1, 1],
  ],
  { dtype: 'i32' },
); // prettier-ignore

/** The same calls as in generate.py, by the same names. */
const calls: Record<string, (x: Tensor, y: Tensor, z: Tensor) => Tensor> = {
  relu: (x) => x.relu(),
  abs: (x) => x.abs(),
  sign: (x) => x.sign(),
  round: (x) => x.round(),
  trunc: (x) => x.trunc(),
  sqrt: (x) => x.sqrt(),
  rsqrt: (x) => x.rsqrt(),
  log: (x) => x.log(),
  log1p: (x) => x.log1p(),
  expm1: (x) => x.expm1(),
  reciprocal: (x) => x.reciprocal(),
  sigmoid: (x) => x.sigmoid(),
  tanh: (x) => x.tanh(),
  erf: (x) => x.erf(),
  softplus: (x) => x.softplus(),
  gelu: (x) => x.gelu(),
  'gelu tanh': (x) => x.gelu({ approximate: 'tanh' }),
  maximum: (x, y) => x.maximum(y),
  minimum: (x, y) => x.minimum(y),
  pow: (x, y) => x.pow(y),
  remainder: (x, y) => x.remainder(y),
  'remainder by 0': (x, y) => x.remainder(y),
  atan2: (x, y) => x.atan2(y),
  clamp: (x) => x.clamp(-1, 1.5),
  'clamp low': (x) => x.clamp(0.5),
  'clamp crossed': (x) => x.clamp(2, -2),
  'clamp by tensors': (x, low, high) => x.clamp(low, high),
  amax: (x) => x.max(1),
  amin: (x) => x.min(1),
  'amax all': (x) => x.max(),
  norm: (x) => x.norm(1),
  'norm 1': (x) => x.norm(1, { p: 1 }),
  'norm 3': (x) => x.norm(1, { p: 3 }),
  'norm infinity': (x) => x.norm(1, { p: Infinity }),
  variance: (x) => x.variance(1),
  'variance population': (x) => x.variance(1, { correction: 0 }),
  'variance of one': (x) => x.variance(1, { correction: 0 }),
  std: (x) => x.std([0, 2]),
  'std of equals': (x) => x.std(1),
  prod: (x) => x.prod(1),
  'prod of nothing': (x) => x.prod(1),
  cumsum: (x) => x.cumsum(1),
  logSumExp: (x) => x.logSumExp(1),
  'logSumExp of infinities': (x) => x.logSumExp(1),
  softmax: (x) => x.softmax(1),
  'softmax masked': (x) => x.softmax(1),
  logSoftmax: (x) => x.logSoftmax(0),
  where: (x, y) => where(x.greater(0), y, x),
  maxPool1d: (x) => x.maxPool1d(2),
  maxPool2d: (x) => x.maxPool2d(3, { stride: 2, padding: 1 }),
  'maxPool2d of ties': (x) => x.maxPool2d(2, { stride: 1 }),
  'maxPool2d of NaN': (x) => x.maxPool2d(2, { stride: 1 }),
  'maxPool2d dilated': (x) => x.maxPool2d(2, { stride: 1, dilation: 2 }),
  avgPool1d: (x) => x.avgPool1d(3, { stride: 2, padding: 1 }),
  avgPool2d: (x) => x.avgPool2d(3, { stride: 2, padding: 1 }),
  'avgPool2d without padding': (x) => x.avgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  conv1d: (x, weight, bias) => x.conv1d(weight, { bias, stride: 2, padding: 1 }),
  conv2d: (x, weight, bias) => x.conv2d(weight, { bias }),
  'conv2d strided': (x, weight) => x.conv2d(weight, { stride: [2, 1], padding: [1, 2], dilation: [1, 2] }),
  'conv2d in groups': (x, weight) => x.conv2d(weight, { padding: 1, groups: 2 }),
  gather: (x) => x.gather(1, index),
  scatterAdd: (x, source) => x.scatterAdd(1, index, source),
  indexSelect: (x) => x.indexSelect(1, tensor([2, 2, 0], { dtype: 'i32' })),
  'matmul of batches': (x, y) => x.matmul(y),
  'matmul of a vector': (x, y) => x.matmul(y),
  einsum: (x, y) => einsum('bij,bkj->ik', x, y),
  'einsum diagonal': (x) => einsum('bii->bi', x),
  tril: (x) => x.tril(-1),
  triu: (x) => x.triu(1),
  repeat: (x) => x.repeat([2, 1, 2]),
  flip: (x) => x.flip([0, 2]),
  'einsum of unnamed axes': (x, y) => einsum('...ij,...jk->...ik', x, y),
  'einsum of unnamed axes, implied': (x, y) => einsum('j...i,ik', x, y),
  'einsum of unnamed axes, summed': (x, y) => einsum('...i,i...->i', x, y),
  'einsum of unnamed axes, diagonal': (x) => einsum('...ii->...i', x),
};

const tolerance = { absolute: 1e-13, relative: 1e-11 };

/** The cotangent by which generate.py sums first gradients before it differentiates again. */
function pattern(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = Float64Array.from({ length: size }, (_, k) => Math.cos(k * 1.7 + 0.3));
  return tensor(values, { shape });
}

test('every fixture has its call, and every call its fixture', () => {
  expect(Object.keys(calls)).toEqual(Object.keys(fixture));
});

describe.each(Object.keys(calls))('%s', (name) => {
  const { inputs, value, cotangent, gradients, second } = fixture[name]!;
  const tensors = inputs.map(toTensor) as [Tensor, Tensor, Tensor];

  test('has the value of PyTorch', () => {
    assertClose(calls[name]!(...tensors), unpack(value), { tolerance });
  });

  if (gradients !== undefined) {
    test('has the gradient of PyTorch', () => {
      const slopes = gradient(calls[name]!(...tensors), tensors, { cotangent: toTensor(cotangent) });
      for (const [k, slope] of slopes.entries()) assertClose(slope, unpack(gradients[k]!), { tolerance });
    });
  }

  if (second !== undefined) {
    test('has the second gradient of PyTorch', () => {
      const slopes = gradient(calls[name]!(...tensors), tensors, { cotangent: toTensor(cotangent) });
      const total = slopes
        .map((slope) => slope.mul(pattern(slope.shape)).sum())
        .reduce((before, term) => before.add(term));
      for (const [k, slope] of gradient(total, tensors).entries())
        assertClose(slope, unpack(second[k]!), { tolerance });
    });
  }
});
