/**
 * @file A plan as text: what each kernel loops over, reads and writes, and how many bytes that moves.
 */
import { bytesPerElement } from '../dtype.ts';
import {
  buffersRead,
  type BufferSpec,
  buffersTouched,
  type Expression,
  expressionsOf,
  type Index,
  type Kernel,
  type LoopKernel,
  type Phase,
  type Plan,
  type Store,
  storesOf,
  subexpressions,
} from './kernel.ts';

/** Memory traffic in sweeps over the largest buffer of a kernel. */
export interface Traffic {
  readonly reads: number;
  readonly writes: number;
  readonly bytes: number;
}

function indexText({ offset, strides }: Index): string {
  const terms = strides.flatMap((stride, loop) =>
    stride === 0 ? [] : [stride === 1 ? `i${loop}` : `${stride}·i${loop}`],
  );
  if (offset !== 0 || terms.length === 0) terms.push(String(offset));
  return terms.join(' + ');
}

/** An expression as text; shared subexpressions are written out wherever they occur. */
function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return String(expression.value);
    case 'load': {
      const row = expression.row === null ? '' : `row ${expressionText(expression.row.row)}, `;
      return `b${expression.buffer}[${row}${indexText(expression.index)}]`;
    }
    case 'coordinate':
      return `(${indexText(expression.index)})`;
    case 'random':
      return `random${expression.word}(b${expression.key}, ${indexText(expression.position)})`;
    case 'guard': {
      const bounds = expression.bounds.map(({ index, extent }) => `0 ≤ ${indexText(index)} < ${extent}`);
      return `(${bounds.join(' and ')} ? ${expressionText(expression.inside)} : ${expression.outside})`;
    }
    case 'apply':
      return `${expression.function}(${expression.operands.map(expressionText).join(', ')})`;
    case 'cast':
      return `${expression.dtype}(${expressionText(expression.operand)})`;
    case 'reduced':
      return `r${expression.reduction}`;
  }
}

function storeText({ buffer, index, row, accumulate, value }: Store): string {
  const place = row === null ? indexText(index) : `row ${expressionText(row.row)}, ${indexText(index)}`;
  return `b${buffer}[${place}] ${accumulate ? '+=' : '='} ${expressionText(value)}`;
}

function loopsText(extents: readonly number[], first: number): string {
  return extents.map((extent, loop) => `i${first + loop} < ${extent}`).join(', ');
}

function phaseText({ reductions, stores, results }: Phase, { outer, inner }: LoopKernel): string[] {
  return [
    ...(inner.length > 0 && reductions.length + stores.length > 0
      ? [`  sweep ${loopsText(inner, outer.length)}`]
      : []),
    ...reductions.map(({ kind, value }, number) => `    r${number} = ${kind} ${expressionText(value)}`),
    ...stores.map((store) => `    ${storeText(store)}`),
    ...results.map((store) => `  ${storeText(store)}`),
  ];
}

function kernelText(kernel: Kernel): string[] {
  if (kernel.kind === 'loop') {
    const over = kernel.outer.length > 0 ? ` over ${loopsText(kernel.outer, 0)}` : '';
    return [`kernel${over}`, ...kernel.phases.flatMap((phase) => phaseText(phase, kernel))];
  }
  const { batch, rows, columns, inner, left, right } = kernel;
  const extents = [batch, rows, columns, inner].map((group) => `[${group.join(', ')}]`);
  return [
    `contract batch ${extents[0]} rows ${extents[1]} columns ${extents[2]} inner ${extents[3]}`,
    `  r0 = Σ b${left.buffer} · b${right.buffer}`,
    ...kernel.stores.map((store) => `  ${storeText(store)}`),
  ];
}

/** The plan, kernel by kernel. */
export function planText({ buffers, kernels, inputs }: Plan): string {
  const used = new Set(kernels.flatMap((kernel) => [...buffersTouched(kernel)]));
  const lines = buffers.flatMap(({ dtype, size }, number) =>
    used.has(number) ? [`b${number}: ${dtype} × ${size}${number < inputs ? ', input' : ''}`] : [],
  );
  kernels.forEach((kernel) => {
    const { reads, writes, bytes } = trafficOf([kernel], buffers);
    lines.push(...kernelText(kernel), `  reads ${reads}, writes ${writes}, ${bytes} bytes`);
  });
  return lines.join('\n');
}

/**
 * The memory traffic of kernels: how many buffers of the largest size are read and written, each phase counted as a
 * sweep of its own although later ones may find their data in cache; and the bytes of all buffers. Reading a few elements
 * of a large buffer is no sweep.
 */
export function trafficOf(kernels: readonly Kernel[], buffers: readonly BufferSpec[]): Traffic {
  const sizeOfBuffer = (buffer: number): number => buffers[buffer]!.size;
  const touched = kernels.flatMap((kernel) => [...buffersTouched(kernel)]);
  const largest = Math.max(0, ...touched.map(sizeOfBuffer));
  let [reads, writes, bytes] = [0, 0, 0];
  const count = (kernel: Kernel): void => {
    const fewRead = partlyRead(kernel);
    for (const buffer of buffersRead(kernel)) {
      const size = Math.min(fewRead.get(buffer) ?? Infinity, sizeOfBuffer(buffer));
      if (2 * size > largest) reads++;
      bytes += size * bytesPerElement(buffers[buffer]!.dtype);
    }
    for (const buffer of new Set(storesOf(kernel).map((store) => store.buffer))) {
      if (sizeOfBuffer(buffer) === largest) writes++;
      bytes += sizeOfBuffer(buffer) * bytesPerElement(buffers[buffer]!.dtype);
    }
  };
  for (const kernel of kernels) {
    if (kernel.kind === 'contract') count(kernel);
    else for (const phase of kernel.phases) count({ ...kernel, phases: [phase] });
  }
  return { reads, writes, bytes };
}

/** Of which buffers a loop kernel reads only some elements, and how many at most. */
function partlyRead(kernel: Kernel): Map<number, number> {
  const read = new Map<number, number>();
  if (kernel.kind === 'contract') return read;
  const extents = [...kernel.outer, ...kernel.inner];
  for (const expression of subexpressions(expressionsOf(kernel))) {
    if (expression.kind !== 'load') continue;
    const { strides } = expression.index;
    const points = extents.reduce((size, extent, loop) => (strides[loop] === 0 ? size : size * extent), 1);
    const rows = expression.row?.rows ?? 1;
    read.set(expression.buffer, (read.get(expression.buffer) ?? 0) + points * rows);
  }
  return read;
}
