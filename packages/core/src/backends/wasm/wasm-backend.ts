/**
 * @file Plans as WebAssembly with SIMD: one module per plan, over one memory that all plans share and that holds nothing
 * between runs but the last run's values. Contractions of integers run in JavaScript on views of that memory.
 */
import { allocate, bytesPerElement, type DType, isFloat, type TypedArray } from '../../dtype.ts';
import { fail, rowOutOfRange } from '../../errors.ts';
import { collapse } from '../../compile/collapse.ts';
import {
  type ContractKernel,
  expressionsOf,
  type Kernel,
  type LoopKernel,
  type Plan,
  rewriter,
  subexpressions,
} from '../../compile/kernel.ts';
import { sizeOf, stridesOf } from '../../shape.ts';
import type { Backend, Program } from '../backend.ts';
import { contractStep } from '../javascript/javascript-backend.ts';
import { FunctionBuilder, ModuleBuilder } from './assembler.ts';
import { ContractFunctions } from './contract-functions.ts';
import { ContractKernelWriter, contractScratchBytes } from './contract-kernel.ts';
import { FunctionLibrary, importedFunctions } from './function-library.ts';
import { LoopKernelWriter, type MemoryMap } from './loop-kernel.ts';
import { type LinearMemory, webAssembly } from './web-assembly.ts';

const pageBytes = 65_536;
const mostPages = 65_536;

/** The first bytes of memory: whether a row was out of range, which one, of how many. */
const errorCell = 16;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

let linearMemory: LinearMemory | undefined;

/** The memory, with room for at least `bytes`. */
function memoryOf(bytes: number): LinearMemory {
  const pages = Math.ceil(bytes / pageBytes);
  linearMemory ??= new webAssembly.Memory({ initial: 1, maximum: mostPages });
  const present = linearMemory.buffer.byteLength / pageBytes;
  if (present >= pages) return linearMemory;
  try {
    linearMemory.grow(pages - present);
  } catch {
    fail('evaluate', `out of memory: the computation needs ${bytes} bytes of WebAssembly memory at once`);
  }
  return linearMemory;
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

/** Whether a contraction's only store is its product, as it stands: then it needs no kernel of its own. */
function storesPlainProduct({ stores, batch, rows, columns }: ContractKernel): boolean {
  const [store, ...others] = stores;
  if (store === undefined || others.length > 0 || store.value.kind !== 'reduced') return false;
  const rowMajor = stridesOf([...batch, ...rows, ...columns]);
  return store.index.offset === 0 && rowMajor.every((stride, loop) => stride === store.index.strides[loop]);
}

/** The kernel that applies a contraction's stores to its products, which stand in `products` unless they are empty sums. */
function epilogueOf({ stores, batch, rows, columns, inner }: ContractKernel, products: number): LoopKernel {
  const extents = [...batch, ...rows, ...columns];
  const index = { offset: 0, strides: stridesOf(extents) };
  const load = rewriter((expression) => {
    if (expression.kind !== 'reduced') return expression;
    const { dtype } = expression;
    return sizeOf(inner) === 0
      ? { kind: 'constant', value: 0, dtype }
      : { kind: 'load', buffer: products, index, row: null, dtype };
  });
  const applied = stores.map((store) => ({ ...store, value: load(store.value) }));
  return collapse({
    kind: 'loop',
    outer: extents,
    inner: [],
    phases: [{ reductions: [], stores: applied, results: [] }],
  });
}

type Step = (views: readonly TypedArray[]) => void;

export const wasmBackend: Backend = {
  name: 'wasm',
  compile: (plan: Plan): Program => {
    const { addresses, bytes: planBytes } = layOut(plan);
    // After the buffers: the products of one contraction at a time, then what it packs.
    const products = plan.buffers.length;
    const contractions = plan.kernels.filter(
      (kernel) => kernel.kind === 'contract' && isFloat(kernel.dtype),
    ) as ContractKernel[];
    const productBytes = Math.max(
      0,
      ...contractions.map(
        ({ dtype, batch, rows, columns }) => sizeOf([...batch, ...rows, ...columns]) * bytesPerElement(dtype),
      ),
    );
    const scratch = roundUp(planBytes + productBytes, 16);
    const bytes = scratch + Math.max(0, ...contractions.map(contractScratchBytes));
    const map: MemoryMap = {
      addressOf: (buffer) => (buffer === products ? planBytes : addresses[buffer]!),
      errorCell,
    };
    const module = new ModuleBuilder({ minimumPages: 1, maximumPages: mostPages, shared: false });
    const library = new FunctionLibrary(module);
    const shared = new ContractFunctions(module, false);

    const addFunction = (name: string, write: (fn: FunctionBuilder) => void): string => {
      const fn = new FunctionBuilder(name, ['i32', 'i32']);
      write(fn);
      module.add(fn);
      return name;
    };
    const addLoop = (name: string, kernel: LoopKernel): string =>
      addFunction(name, (fn) => new LoopKernelWriter(fn, kernel, map, library).write());

    /** The module's functions that run a kernel; null if JavaScript runs it. */
    const functionsFor = (kernel: Kernel, number: number): string[] | null => {
      if (kernel.kind === 'loop') return [addLoop(`k${number}`, kernel)];
      if (!isFloat(kernel.dtype)) return null;
      const isPlain = storesPlainProduct(kernel) && sizeOf(kernel.inner) > 0;
      const target = map.addressOf(isPlain ? kernel.stores[0]!.buffer : products);
      const names: string[] = [];
      if (sizeOf(kernel.inner) > 0) {
        const write = (fn: FunctionBuilder): void =>
          new ContractKernelWriter(fn, kernel, shared, map.addressOf, scratch, target).write();
        names.push(addFunction(`k${number}`, write));
      }
      if (!isPlain) names.push(addLoop(`e${number}`, epilogueOf(kernel, products)));
      return names;
    };

    const names = plan.kernels.map(functionsFor);
    const compiled = new webAssembly.Module(module.encode());
    const memory = memoryOf(bytes);
    const { exports } = new webAssembly.Instance(compiled, { windfall: { memory, ...importedFunctions } });
    const steps = plan.kernels.flatMap((kernel, number): Step[] => {
      const functions = names[number];
      if (functions === null || functions === undefined)
        return kernel.kind === 'contract' ? [contractStep(kernel)] : [];
      return functions.map((name) => {
        const run = exports[name] as (thread: number, threads: number) => void;
        return () => run(0, 1);
      });
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
