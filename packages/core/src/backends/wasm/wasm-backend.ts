/**
 * @file Plans as WebAssembly with SIMD: one module per plan, over one memory that all plans share and that holds nothing
 * between runs but the last run's values. Contractions run in JavaScript on views of that memory.
 */
import { allocate, bytesPerElement, type DType, type TypedArray } from '../../dtype.ts';
import { fail, rowOutOfRange } from '../../errors.ts';
import { expressionsOf, type Kernel, type Plan, subexpressions } from '../../compile/kernel.ts';
import type { Backend, Program } from '../backend.ts';
import { contractStep } from '../javascript/javascript-backend.ts';
import { FunctionBuilder, ModuleBuilder } from './assembler.ts';
import { FunctionLibrary, importedFunctions } from './function-library.ts';
import { LoopKernelWriter, type MemoryMap } from './loop-kernel.ts';
import { type LinearMemory, webAssembly } from './web-assembly.ts';

const pageBytes = 65_536;
const mostPages = 65_536;

/** The first bytes of memory: whether a row was out of range, which one, of how many. */
const errorCell = 16;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

let memory: LinearMemory | undefined;

/** The memory, with room for at least `bytes`. */
function memoryOf(bytes: number): LinearMemory {
  const pages = Math.ceil(bytes / pageBytes);
  memory ??= new webAssembly.Memory({ initial: 1, maximum: mostPages });
  const present = memory.buffer.byteLength / pageBytes;
  if (present >= pages) return memory;
  try {
    memory.grow(pages - present);
  } catch {
    fail('evaluate', `out of memory: the computation needs ${bytes} bytes of WebAssembly memory at once`);
  }
  return memory;
}

/** How many bytes before and after its buffer a kernel's load may touch, where a guard then drops what was read. */
function overreach(kernel: Kernel, buffers: Plan['buffers']): number {
  if (kernel.kind !== 'loop') return 0;
  const extents = [...kernel.outer, ...kernel.inner];
  let furthest = 0;
  for (const expression of subexpressions(expressionsOf(kernel))) {
    if (expression.kind !== 'load') continue;
    const { dtype, size } = buffers[expression.buffer]!;
    let [lowest, highest] = [expression.index.offset, expression.index.offset];
    expression.index.strides.forEach((stride, loop) => {
      const reach = stride * Math.max(0, extents[loop]! - 1);
      if (reach < 0) lowest += reach;
      else highest += reach;
    });
    furthest = Math.max(
      furthest,
      -lowest * bytesPerElement(dtype),
      (highest - size) * bytesPerElement(dtype),
    );
  }
  return furthest;
}

/** Where each buffer of a plan stands, with room around all of them for what guarded loads touch. */
function layOut({ buffers, kernels }: Plan): { addresses: number[]; bytes: number } {
  const sizes = buffers.map(({ dtype, size }) => roundUp(size * bytesPerElement(dtype) + 16, 16));
  const margin = roundUp(Math.max(64, ...kernels.map((kernel) => overreach(kernel, buffers))), 16);
  let next = margin + 64;
  const addresses = sizes.map((size) => {
    const address = next;
    next += size;
    return address;
  });
  return { addresses, bytes: next + margin };
}

function view(dtype: DType, buffer: ArrayBufferLike, address: number, size: number): TypedArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, address, size);
    case 'f64':
      return new Float64Array(buffer, address, size);
    case 'i32':
      return new Int32Array(buffer, address, size);
    case 'bool':
      return new Uint8Array(buffer, address, size);
  }
}

type Step = (views: readonly TypedArray[]) => void;

export const wasmBackend: Backend = {
  name: 'wasm',
  compile: (plan: Plan): Program => {
    const { addresses, bytes } = layOut(plan);
    const map: MemoryMap = { addressOf: (buffer) => addresses[buffer]!, errorCell };
    const module = new ModuleBuilder({ minimumPages: 1, maximumPages: mostPages, shared: false });
    const library = new FunctionLibrary(module);
    plan.kernels.forEach((kernel: Kernel, number) => {
      if (kernel.kind !== 'loop') return;
      const fn = new FunctionBuilder(`k${number}`, []);
      new LoopKernelWriter(fn, kernel, map, library).write();
      module.add(fn);
    });
    const compiled = new webAssembly.Module(module.encode());
    const shared = memoryOf(bytes);
    const { exports } = new webAssembly.Instance(compiled, {
      windfall: { memory: shared, ...importedFunctions },
    });
    const steps = plan.kernels.map((kernel, number): Step => {
      if (kernel.kind === 'contract') return contractStep(kernel);
      const run = exports[`k${number}`] as () => void;
      return () => run();
    });
    let views: TypedArray[] = [];
    let viewed: ArrayBufferLike | undefined;
    return {
      run: (given) => {
        const { buffer } = memoryOf(bytes);
        if (buffer !== viewed) {
          views = plan.buffers.map(({ dtype, size }, number) =>
            view(dtype, buffer, addresses[number]!, size),
          );
          viewed = buffer;
        }
        for (const [number, array] of given.entries()) views[number]!.set(array);
        const error = new Int32Array(buffer, errorCell, 3);
        error.fill(0);
        for (const step of steps) step(views);
        if (error[0] !== 0) fail('gather', rowOutOfRange(error[1]!, error[2]!));
        return (number) => {
          const copy = allocate(plan.buffers[number]!.dtype, plan.buffers[number]!.size);
          copy.set(views[number]!);
          return copy;
        };
      },
    };
  },
};
