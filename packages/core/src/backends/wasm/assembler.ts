/**
 * @file A small WebAssembly assembler: code as nested arrays of bytes, functions with named locals, a module made of
 * them. It knows the binary format and nothing of kernels.
 */
/** Bytes of instructions, nested as they were composed. */
export type Code = readonly (number | Code)[] | Uint8Array;

/** The value types and their encoding. */
const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = keyof typeof valueTypes;

/** A whole number ≥ 0 in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** A 32-bit integer in signed LEB128. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f;
    const isLast = rest >> 6 === 0 || rest >> 6 === -1;
    bytes.push(isLast ? low : low + 128);
    if (isLast) return bytes;
  }
}

/** A 64-bit integer in signed LEB128. */
export function signedLong(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asIntN(64, value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const isLast = rest >> 6n === 0n || rest >> 6n === -1n;
    bytes.push(isLast ? low : low + 128);
    if (isLast) return bytes;
  }
}

/** The bytes of a number in memory. */
export function floatBytes(value: number, type: 'f32' | 'f64'): number[] {
  const array = type === 'f32' ? Float32Array.of(value) : Float64Array.of(value);
  return Array.from(new Uint8Array(array.buffer));
}

/** Where bytes are put together, of one function after the other. It grows as needed. */
let room = new Uint8Array(2 ** 14);

/** Has room for so many bytes, keeping those that are there. */
function reserve(size: number): void {
  if (size <= room.length) return;
  const larger = new Uint8Array(Math.max(2 * room.length, size));
  larger.set(room);
  room = larger;
}

/** The bytes of all parts, in order. Each byte of an array is written once, however deeply it is nested. */
function bytesOf(code: Code): Uint8Array<ArrayBuffer> {
  let next = 0;
  const visit = (part: Code): void => {
    if (part instanceof Uint8Array) {
      reserve(next + part.length);
      room.set(part, next);
      next += part.length;
      return;
    }
    for (const item of part) {
      if (typeof item === 'number') {
        if (next === room.length) reserve(next + 1);
        room[next++] = item;
      } else visit(item);
    }
  };
  visit(code);
  return room.slice(0, next);
}

/** A local variable or parameter of a function. */
export class Local {
  readonly type: ValueType;
  readonly get: Code;
  readonly #index: readonly number[];

  constructor(type: ValueType, index: number) {
    this.type = type;
    this.#index = unsigned(index);
    this.get = [0x20, this.#index];
  }

  set(value: Code): Code {
    return [value, 0x21, this.#index];
  }

  tee(value: Code): Code {
    return [value, 0x22, this.#index];
  }
}

/** Code with no result in a block, which `branch` 0 inside leaves. */
export const block = (body: Code): Code => [0x02, 0x40, body, 0x0b];

/** Code with no result, which `branch` 0 inside starts again. */
export const loop = (body: Code): Code => [0x03, 0x40, body, 0x0b];

export const branch = (depth: number): Code => [0x0c, unsigned(depth)];

export const branchIf = (condition: Code, depth: number): Code => [condition, 0x0d, unsigned(depth)];

export const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b];

/** Leaves a function without result. */
export const returns: Code = [0x0f];

/** Forgets a value. */
export const drop = (value: Code): Code => [value, 0x1a];

/** One of two values, both computed. */
export const select = (condition: Code, yes: Code, no: Code): Code => [yes, no, condition, 0x1b];

/** So many locals; a tuple where their number is known. */
export type Locals<Count extends number, Found extends Local[] = []> = number extends Count
  ? Local[]
  : Found['length'] extends Count
    ? Found
    : Locals<Count, [...Found, Local]>;

/** A function in the making. */
export class FunctionBuilder<const Types extends readonly ValueType[] = readonly ValueType[]> {
  readonly name: string;
  readonly parameters: { readonly [Place in keyof Types]: Local };
  readonly result: ValueType | null;
  readonly body: Code[] = [];
  readonly #locals: ValueType[] = [];
  /** What is computed once, at the begin, by its code. */
  readonly #constants = new Map<string, { readonly local: Local; readonly value: Code }>();

  constructor(name: string, parameters: Types, result: ValueType | null = null) {
    this.name = name;
    this.parameters = parameters.map((type, index) => new Local(type, index)) as {
      readonly [Place in keyof Types]: Local;
    };
    this.result = result;
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return new Local(type, this.parameters.length + this.#locals.length - 1);
  }

  locals<Count extends number>(type: ValueType, count: Count): Locals<Count> {
    return Array.from({ length: count }, () => this.local(type)) as Locals<Count>;
  }

  /**
   * A vector that is the same wherever it is needed: a number in all lanes of a type. Engines make it anew in every round of
   * a loop, unless it is made at the function's begin. A function that gives a result has no loop around what it computes.
   */
  constant(type: string, value: number | bigint, make: () => Code): Code {
    if (this.result !== null) return make();
    const key = `${type} ${Object.is(value, -0) ? '-0' : value}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.local.get;
    const local = this.local('v128');
    this.#constants.set(key, { local, value: make() });
    return local.get;
  }

  /** Appends code. */
  emit(...code: readonly Code[]): void {
    this.body.push(...code);
  }

  /**
   * Appends what several writers emit in turns, the first statements of all before their second ones: so none waits for
   * its own last result. None may use what another computes.
   */
  inTurns<Result>(writers: readonly (() => Result)[]): Result[] {
    const start = this.body.length;
    const pieces: Code[][] = [];
    const results = writers.map((write) => {
      const result = write();
      pieces.push(this.body.splice(start));
      return result;
    });
    const turns = Math.max(0, ...pieces.map(({ length }) => length));
    for (let turn = 0; turn < turns; turn++)
      for (const piece of pieces) this.emit(...piece.slice(turn, turn + 1));
    return results;
  }

  /** The function's entry in the module's code section. */
  encode(): Code {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const constants = Array.from(this.#constants.values(), ({ local, value }) => local.set(value));
    return sized([
      list(runs.map(({ type, count }) => [unsigned(count), valueTypes[type]])),
      constants,
      this.body,
      0x0b,
    ]);
  }
}

/** A function of two whole numbers. */
export type PairFunction = FunctionBuilder<readonly ['i32', 'i32']>;

/** The memory that the module's user supplies. */
export interface ImportedMemory {
  readonly minimumPages: number;
  readonly maximumPages: number;
  readonly shared: boolean;
}

const list = (items: readonly Code[]): Code => [unsigned(items.length), ...items];

const sized = (code: Code): Code => {
  const bytes = bytesOf(code);
  return [unsigned(bytes.length), bytes];
};

const section = (id: number, items: readonly Code[]): Code =>
  items.length === 0 ? [] : [id, sized(list(items))];

const text = (name: string): Code => list(Array.from(name, (letter) => [letter.charCodeAt(0)]));

const signature = (parameters: readonly ValueType[], result: ValueType | null): Code => [
  0x60,
  list(parameters.map((type) => [valueTypes[type]])),
  list(result === null ? [] : [[valueTypes[result]]]),
];

/** A module in the making; what it imports, the memory and functions of nothing, comes from the module name `windfall`. */
export class ModuleBuilder {
  readonly #memory: ImportedMemory;
  readonly #imported: readonly string[];
  readonly #functions: FunctionBuilder[] = [];
  readonly #calls: { readonly fn: FunctionBuilder; readonly index: number[] }[] = [];

  /** @param imported the names of imported functions, which take and give nothing */
  constructor(memory: ImportedMemory, imported: readonly string[] = []) {
    this.#memory = memory;
    this.#imported = imported;
  }

  add(fn: FunctionBuilder): void {
    this.#functions.push(fn);
  }

  /** Adds a function of two whole numbers, as somebody writes it. */
  addPair(name: string, write: (fn: PairFunction) => void): PairFunction {
    const fn = new FunctionBuilder(name, ['i32', 'i32']);
    write(fn);
    this.add(fn);
    return fn;
  }

  /** A call of one of the module's own functions. */
  call(fn: FunctionBuilder, operands: readonly Code[]): Code {
    // A function may be called before it is added and has its number.
    const index: number[] = [];
    this.#calls.push({ fn, index });
    return [...operands, 0x10, index];
  }

  /** A call of an imported function. */
  callImported(name: string): Code {
    return [0x10, unsigned(this.#imported.indexOf(name))];
  }

  encode(): Uint8Array<ArrayBuffer> {
    const { minimumPages, maximumPages, shared } = this.#memory;
    const memory: Code = [
      text('windfall'),
      text('memory'),
      0x02,
      shared ? 0x03 : 0x01,
      unsigned(minimumPages),
      unsigned(maximumPages),
    ];
    const signatures = this.#functions.map(({ parameters, result }) =>
      signature(
        parameters.map(({ type }) => type),
        result,
      ),
    );
    // Imported functions have the first numbers, and the last signature.
    const first = this.#imported.length;
    const importedSignature = first === 0 ? [] : [signature([], null)];
    const imported = this.#imported.map(
      (name): Code => [text('windfall'), text(name), 0x00, unsigned(signatures.length)],
    );
    for (const { fn, index } of this.#calls)
      index.splice(0, index.length, ...unsigned(first + this.#functions.indexOf(fn)));
    return bytesOf([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, [...signatures, ...importedSignature]),
      section(2, [memory, ...imported]),
      section(
        3,
        this.#functions.map((_, k) => unsigned(k)),
      ),
      section(
        7,
        this.#functions.map(({ name }, k): Code => [text(name), 0x00, unsigned(first + k)]),
      ),
      section(
        10,
        this.#functions.map((fn) => fn.encode()),
      ),
    ]);
  }
}
