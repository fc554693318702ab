/**
 * @file A graph's structure as whole numbers: two graphs with the same signature are computed by the same plan.
 */
import { dtypes } from '../dtype.ts';
import { isOp, type Node } from '../graph/node.ts';

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function valueText(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.values(value).map(valueText).join()}}`;
  return String(value);
}

/** A node's attributes as text that differs whenever they do, for nodes of one primitive. */
export function attributesKey({ attributes }: Node): string {
  return Object.values(attributes).map(valueText).join(';');
}

export interface Signature {
  readonly words: Int32Array;
  /** Of the words, in 32 bits: different for nearly all different signatures. */
  readonly hash: number;
}

export function sameSignature(a: Signature, b: Signature): boolean {
  if (a.hash !== b.hash || a.words.length !== b.words.length) return false;
  for (let k = 0; k < a.words.length; k++) if (a.words[k] !== b.words[k]) return false;
  return true;
}

/** Numbers for the names of primitives, functions and dtypes, of which there are few. */
const numberOfName = new Map<string, number>();

function numberFor(name: string): number {
  let number = numberOfName.get(name);
  if (number === undefined) {
    number = numberOfName.size;
    numberOfName.set(name, number);
  }
  return number;
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

const kinds = { whole: 0, double: 1, name: 2, list: 3, other: 4 } as const;

/** Whole numbers of 32 bits, one after the other. */
class Words {
  #words = new Int32Array(4096);
  #count = 0;

  /** A copy of those pushed so far. */
  get all(): Int32Array {
    return this.#words.slice(0, this.#count);
  }

  clear(): void {
    this.#count = 0;
  }

  push(word: number): void {
    if (this.#count === this.#words.length) {
      const longer = new Int32Array(2 * this.#count);
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words[this.#count++] = word;
  }
}

/** Those of the signature that is being made. */
const words = new Words();

/** Appends a value so that no other value, whatever follows it, gives the same words. */
function write(value: unknown): void {
  if (typeof value === 'number') {
    if (Object.is(value | 0, value)) {
      words.push(kinds.whole);
      words.push(value);
    } else {
      double[0] = value;
      words.push(kinds.double);
      words.push(halves[0]!);
      words.push(halves[1]!);
    }
  } else if (typeof value === 'string') {
    words.push(kinds.name);
    words.push(numberFor(value));
  } else if (Array.isArray(value)) {
    words.push(kinds.list);
    words.push(value.length);
    for (let k = 0; k < value.length; k++) write(value[k]);
  } else if (typeof value === 'object' && value !== null) {
    for (const key in value) write(value[key as keyof typeof value]);
  } else {
    words.push(kinds.other);
    words.push(numberFor(String(value)));
  }
}

function hashOf(words: Int32Array): number {
  let hash = 0;
  for (let k = 0; k < words.length; k++) {
    hash = Math.imul(hash ^ words[k]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/**
 * The structure of a graph.
 * @param order all its nodes, inputs before users
 * @param inputs the numbers of the nodes whose values are given
 */
export function signatureOf(
  order: readonly Node[],
  inputs: ReadonlyMap<Node, number>,
  roots: readonly Node[],
): Signature {
  words.clear();
  for (let position = 0; position < order.length; position++) {
    const node = order[position]!;
    node.mark = position;
    const given = inputs.get(node);
    const { shape } = node;
    words.push(given ?? -1);
    words.push(shape.length * dtypes.length + dtypes.indexOf(node.dtype));
    // One that takes more than 32 bits can only stand beside a 0: then there is nothing to compute.
    for (let axis = 0; axis < shape.length; axis++) words.push(shape[axis]!);
    if (given !== undefined) continue;
    words.push(numberFor(node.op));
    words.push(node.inputs.length);
    for (const input of node.inputs) words.push(input.mark);
    // The objects of one primitive's attributes all have the same keys.
    if (!isOp(node, 'customGradient')) write(node.attributes);
  }
  for (const root of roots) words.push(root.mark);
  const { all } = words;
  return { words: all, hash: hashOf(all) };
}
