/**
 * @file The value of a node at one point of some loops, as an expression: a load if the node is stored, else its own
 * computation with everything below it inlined and every movement turned into offsets and strides.
 */
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { equalShapes, type Shape, sizeOf, stridesOf } from '../shape.ts';
import {
  combine,
  type Coordinates,
  isView,
  mergedCoordinates,
  significant,
  viewSource,
} from './coordinates.ts';
import type { Expression, Index } from './kernel.ts';

/** The loops whose counters expressions are made of, and the expressions already built for them. */
export class Scope {
  readonly loops: readonly number[];
  readonly #expressions = new Map<string, Map<Node, Expression>>();
  /** The same by coordinates themselves, which most nodes share with what they are computed from. */
  readonly #found = new WeakMap<Coordinates, Map<Node, Expression>>();
  #size = 0;

  constructor(loops: readonly number[]) {
    this.loops = loops;
  }

  /** How many expressions there are. */
  get size(): number {
    return this.#size;
  }

  #at(coordinates: Coordinates): Map<Node, Expression> {
    const found = this.#found.get(coordinates);
    if (found !== undefined) return found;
    const key = coordinates.map(({ offset, strides }) => `${offset}:${strides.join()}`).join(' ');
    const expressions = this.#expressions.get(key) ?? new Map<Node, Expression>();
    this.#expressions.set(key, expressions);
    this.#found.set(coordinates, expressions);
    return expressions;
  }

  get(node: Node, coordinates: Coordinates): Expression | undefined {
    return this.#at(coordinates).get(node);
  }

  add(node: Node, coordinates: Coordinates, expression: Expression): void {
    this.#at(coordinates).set(node, expression);
    this.#size++;
  }
}

type Inline<P extends Primitive> = (node: Node<P>, coordinates: Coordinates, scope: Scope) => Expression;

/** Whether a view has elements between its input's elements, so that no affine index leads back. */
export function hasHoles(node: Node): boolean {
  return isOp(node, 'pad') && node.attributes.padding.some(({ interior }) => interior > 0);
}

/** The position of a node's element at coordinates, in row-major order. */
function rowMajor(node: Node, coordinates: Coordinates, loops: readonly number[]): Index {
  return combine(coordinates, stridesOf(node.shape), loops.length);
}

/**
 * Builds expressions.
 * @param bufferOf the buffer of a node if it is stored; `demand` asks for one that must be
 * @param most after how many expressions in one scope further values are demanded rather than inlined
 */
export class Inliner {
  readonly #mostExpressions: number;
  readonly #bufferOf: (node: Node) => number | undefined;
  readonly #demand: (node: Node) => number;
  readonly #spaces = new Map<Node, Shape>();

  constructor(bufferOf: (node: Node) => number | undefined, demand: (node: Node) => number, most = Infinity) {
    this.#mostExpressions = most;
    this.#bufferOf = bufferOf;
    this.#demand = demand;
  }

  /** The value of a node at coordinates. */
  read(node: Node, coordinates: Coordinates, scope: Scope): Expression {
    const known = scope.get(node, coordinates);
    if (known !== undefined) return known;
    const isTooMuch = scope.size > this.#mostExpressions && node.inputs.length > 0 && !isView(node);
    const buffer = isTooMuch ? this.#demand(node) : this.#bufferOf(node);
    const expression =
      buffer === undefined
        ? this.compute(node, coordinates, scope)
        : this.#load(node, buffer, coordinates, scope);
    scope.add(node, coordinates, expression);
    return expression;
  }

  /** The computation of a node at coordinates, stored or not. */
  compute(node: Node, coordinates: Coordinates, scope: Scope): Expression {
    if (isView(node)) return this.#view(node, coordinates, scope);
    const rule = this.#rules[node.op] as Inline<Primitive> | undefined;
    return rule === undefined
      ? this.#load(node, this.#demand(node), coordinates, scope)
      : rule(node, coordinates, scope);
  }

  #load(node: Node, buffer: number, coordinates: Coordinates, { loops }: Scope): Expression {
    return { kind: 'load', buffer, index: rowMajor(node, coordinates, loops), row: null, dtype: node.dtype };
  }

  #view(node: Node, coordinates: Coordinates, scope: Scope): Expression {
    const [input] = node.inputs as [Node];
    if (hasHoles(node)) return this.#load(node, this.#demand(node), coordinates, scope);
    const source = viewSource(node, coordinates, scope.loops);
    if (source === null) {
      // A reshape that is not affine here: its position is also its input's, in row-major order.
      const index = rowMajor(node, coordinates, scope.loops);
      return { kind: 'load', buffer: this.#demand(input), index, row: null, dtype: node.dtype };
    }
    const inside = this.read(input, source.coordinates, scope);
    if (source.bounds.length === 0) return inside;
    return { kind: 'guard', bounds: source.bounds, inside, outside: source.outside, dtype: node.dtype };
  }

  readonly #rules: { readonly [P in Primitive]?: Inline<P> } = {
    constant: ({ attributes, dtype }) => ({ kind: 'constant', value: attributes.value, dtype }),
    iota: ({ attributes }, coordinates) => ({
      kind: 'coordinate',
      index: coordinates[attributes.axis]!,
      dtype: 'i32',
    }),
    randomBits: (node, coordinates, { loops }) => ({
      kind: 'random',
      key: this.#demand(node.inputs[0]!),
      position: rowMajor(node, coordinates, loops),
      word: node.attributes.word,
      dtype: 'i32',
    }),
    elementwise: ({ attributes, inputs, dtype }, coordinates, scope) => ({
      kind: 'apply',
      function: attributes.function,
      operands: inputs.map((operand) => this.read(operand, coordinates, scope)),
      dtype,
    }),
    cast: ({ inputs, dtype }, coordinates, scope) => ({
      kind: 'cast',
      operand: this.read(inputs[0]!, coordinates, scope),
      dtype,
    }),
    materialize: ({ inputs }, coordinates, scope) => this.read(inputs[0]!, coordinates, scope),
    gather: ({ inputs: [table, index], dtype }, coordinates, scope) => {
      const rank = index!.shape.length;
      const [rows, ...rest] = table!.shape as [number, ...number[]];
      return {
        kind: 'load',
        buffer: this.#demand(table!),
        index: combine(coordinates.slice(rank), stridesOf(rest), scope.loops.length),
        row: { row: this.read(index!, coordinates.slice(0, rank), scope), rows, rowSize: sizeOf(rest) },
        dtype,
      };
    },
  };

  /**
   * The extents of the loops to compute a node in: finer ones than its own where it is made from a reshape that merges the
   * axes of a value that is not stored, so that this value need not be.
   */
  spaceOf(node: Node): Shape {
    const known = this.#spaces.get(node);
    if (known !== undefined) return known;
    const space = this.#finerSpace(node, node, new Set()) ?? node.shape;
    this.#spaces.set(node, space);
    return space;
  }

  #finerSpace(node: Node, inner: Node, seen: Set<Node>): Shape | null {
    const [input] = inner.inputs;
    if (seen.has(inner) || input === undefined || !equalShapes(inner.shape, node.shape)) return null;
    seen.add(inner);
    if (inner !== node && this.#bufferOf(inner) !== undefined) return null;
    if (isOp(inner, 'reshape')) {
      const isMerged = mergedCoordinates(node.shape, significant(input.shape)) !== null;
      return isMerged && this.#bufferOf(input) === undefined ? input.shape : null;
    }
    if (isView(inner)) return null;
    return inner.inputs.reduce<Shape | null>(
      (found, operand) => found ?? this.#finerSpace(node, operand, seen),
      null,
    );
  }

  /** Where a node's elements stand in some buffer; demands one for what is not a plain view of a stored value. */
  locate(node: Node, coordinates: Coordinates, loops: readonly number[]): { buffer: number; index: Index } {
    const buffer = this.#bufferOf(node);
    if (buffer !== undefined) return { buffer, index: rowMajor(node, coordinates, loops) };
    const source = isView(node) && !hasHoles(node) ? viewSource(node, coordinates, loops) : null;
    if (source !== null && source.bounds.length === 0) {
      return this.locate(node.inputs[0]!, source.coordinates, loops);
    }
    return { buffer: this.#demand(node), index: rowMajor(node, coordinates, loops) };
  }
}
