/**
 * @file The graph's one building block and the closed set of primitives it can stand for.
 * A node says what is computed, never how or when; it knows no tensor handle, no gradient rule and no machine.
 */
import { type DType, isFloat, type TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import type { ScalarName } from './scalar-functions.ts';

/** Elements in row-major order. Whoever holds a storage never writes to its array. */
export interface Storage {
  readonly array: TypedArray;
  /** Whether there are no elements: it stands for whatever a compiled function will be given. */
  readonly isAbstract?: true;
  /** The number of elements, where taking the array would have to fetch it first. */
  readonly size?: number;
}

/** `variance` is the population variance: the mean squared distance from the mean. */
export type ReduceKind = 'sum' | 'max' | 'min' | 'variance';

/** Padding of one axis: `interior` elements between neighbours, `low` and `high` at the ends (negative: crop). */
export interface Padding {
  readonly low: number;
  readonly high: number;
  readonly interior: number;
}

/** The cotangents of a custom gradient's arguments, in the graph's own terms; `null` for none. */
export type CustomPullback = (cotangent: Node) => readonly (Node | null)[];

/** What each primitive carries besides its inputs. */
export interface Attributes {
  /** One value everywhere. */
  constant: { readonly value: number };
  /** Elements in memory. */
  data: { readonly storage: Storage; readonly forgetful: boolean };
  /** The coordinate along `axis`. */
  iota: { readonly axis: number };
  /** Word `word` of threefry(key, position): 32 random bits per element. Input: the key, i32 [2]. */
  randomBits: { readonly word: 0 | 1 };
  /** A row of the scalar table, applied to inputs of one shape and dtype. */
  elementwise: { readonly function: ScalarName };
  cast: object;
  /** Removes the axes (ascending). */
  reduce: { readonly kind: ReduceKind; readonly axes: readonly number[] };
  reshape: object;
  /** Output axis k is input axis `order[k]`. */
  permute: { readonly order: readonly number[] };
  /** Inserts axes (ascending positions in the output) along which the input repeats. */
  expand: { readonly axes: readonly number[] };
  pad: { readonly padding: readonly Padding[]; readonly value: number };
  /** Per axis: the first element and the step (≥ 1) to the next. */
  slice: { readonly starts: readonly number[]; readonly steps: readonly number[] };
  flip: { readonly axes: readonly number[] };
  concat: { readonly axis: number };
  /**
   * Windows along `axis`: it becomes the window count and a new last axis counts within the window,
   * `out[…i…, j] = in[…i·stride + j·dilation…]`.
   */
  unfold: {
    readonly axis: number;
    readonly size: number;
    readonly stride: number;
    readonly dilation: number;
  };
  /** The adjoint of unfold: every window element is added back to where it came from, in an axis of `extent`. */
  fold: {
    readonly axis: number;
    readonly extent: number;
    readonly stride: number;
    readonly dilation: number;
  };
  /**
   * Σ over the labels absent from `output` of left·right, as in einsum: each axis carries a label, no label occurs
   * twice in one operand, and every label of an operand occurs in the other operand or in the output.
   */
  contract: {
    readonly left: readonly number[];
    readonly right: readonly number[];
    readonly output: readonly number[];
  };
  /** Inputs: table, index (i32). Rows of the table (along its axis 0), one for each index. */
  gather: object;
  /** Inputs: source, index (i32). The adjoint of gather: adds each source row into row `index` of `rows` zero rows. */
  scatterAdd: { readonly rows: number };
  /** The identity, through which no gradient flows. */
  stopGradient: object;
  /** The identity, whose value is stored rather than recomputed. */
  materialize: object;
  /** The identity of the first input, with a gradient that the user gave for the others. */
  customGradient: { readonly pullback: CustomPullback };
}

/** The names of the primitives. */
export type Primitive = keyof Attributes;

/** As much of a tensor as the graph needs to know. */
export interface Handle {
  node: Node;
}

let nodesMade = 0;

/**
 * An operation in a graph: immutable, but for the memory of its own value and the notes of whoever walks the graph.
 * @typeParam P the primitive it applies
 */
export class Node<P extends Primitive = Primitive> {
  readonly op: P;
  /** What it is computed from; let go once the value is known, where no gradient passes. */
  inputs: readonly Node[];
  readonly attributes: Attributes[P];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether a leaf that asked for its gradient lies below. */
  readonly tracked: boolean;
  /** The longest path to a source, in operations. */
  readonly depth: number;
  /** Counts up from node to node: an input is always older than what uses it. */
  readonly id: number;
  /** Once this node's value is known: the data node that holds it. A memo, which changes no meaning. */
  settled: Node<'data'> | undefined = undefined;
  /** The tensor whose gradient is collected here, if any. */
  watcher: Handle | undefined = undefined;
  /** The walk that came by last: looking nodes up in a set takes longer than all the rest of a walk. */
  walk = 0;
  /** A number for whoever goes through a graph, until somebody else does. */
  mark = 0;

  constructor(
    op: P,
    inputs: readonly Node[],
    attributes: Attributes[P],
    shape: Shape,
    dtype: DType,
    tracked?: boolean,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.shape = shape;
    this.dtype = dtype;
    let depth = 0;
    let inherited = false;
    for (const input of inputs) {
      if (input.depth >= depth) depth = input.depth + 1;
      inherited ||= input.tracked;
    }
    this.tracked = tracked ?? (inherited && isFloat(dtype));
    this.depth = depth;
    this.id = nodesMade++;
  }
}

/** Whether a node applies the primitive `op`, and therefore carries its attributes. */
export function isOp<P extends Primitive>(node: Node, op: P): node is Node<P> {
  return node.op === op;
}
