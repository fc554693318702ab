/**
 * @file Turns a scheduled graph into kernels: each stored value joins the kernel that already walks the same memory, if
 * its order allows that, and else starts one of its own.
 */
import { invariant } from '../errors.ts';
import { isOp, type Node } from '../graph/node.ts';
import { describeValue } from '../graph/print.ts';
import { sizeOf } from '../shape.ts';
import { collapse } from './collapse.ts';
import { ContractBuilder } from './contract-builder.ts';
import { Inliner } from './inline.ts';
import { type BufferSpec, type Kernel, type Plan, storesOf } from './kernel.ts';
import { LoopBuilder, type Offer } from './loop-builder.ts';
import { prune } from './prune.ts';
import { isScattered, scatterKernels } from './scatter-kernels.ts';
import { unroll } from './unroll.ts';

/** A plan, and where in it each stored node's value stands. */
export interface Lowered {
  readonly plan: Plan;
  readonly bufferOf: ReadonlyMap<Node, number>;
}

/** The most expressions that one value is computed from before parts of it are stored. */
const mostExpressions = 2000;

/** One or more kernels in the making. */
interface Group {
  readonly offer: (node: Node, buffer: number) => Offer | null;
  /** Finds everything that the kernels read. */
  readonly reach: () => void;
  readonly build: () => Kernel[];
}

/** The kernels that compute one node, open to others. */
function startGroup(node: Node, buffer: number, inliner: Inliner): Group {
  if (isScattered(node)) {
    const kernels = scatterKernels(node, buffer, inliner);
    return {
      offer: () => null,
      reach: () => undefined,
      build: () => kernels.map((kernel) => collapse(kernel)),
    };
  }
  if (isOp(node, 'contract')) {
    const builder = new ContractBuilder(node, buffer, inliner);
    const build = (): Kernel[] => [builder.build()];
    return { offer: (user, at) => builder.offer(user, at), reach: build, build };
  }
  let builder = new LoopBuilder(
    isOp(node, 'reduce') ? node.inputs[0]!.shape : inliner.spaceOf(node),
    inliner,
  );
  builder.take(node, buffer);
  const widen = (other: Node, at: number): Offer | null => {
    const wider = builder.widened(other, at);
    const take = (): void => {
      builder = wider!;
    };
    return wider === null ? null : { bytes: 0, take };
  };
  const offer = (other: Node, at: number): Offer | null => builder.offer(other, at) ?? widen(other, at);
  return { offer, reach: () => undefined, build: () => [collapse(unroll(builder.build()))] };
}

/** Whether kernels of other values can compute a value, too. */
const canJoin = (node: Node): boolean => !isScattered(node) && !isOp(node, 'contract');

/** What a reshape reshapes: the same elements in the same order, which can stand in the same memory. */
function unshaped(node: Node): Node {
  return isOp(node, 'reshape') ? unshaped(node.inputs[0]!) : node;
}

/**
 * @param inputs the nodes whose values the caller supplies, in this order
 * @param roots the nodes whose values are wanted
 * @param stored the nodes to store, as decided by the scheduler; those that turn out to be needed besides are added
 * @param order all nodes, inputs before users
 */
export function lower(
  inputs: readonly Node[],
  roots: readonly Node[],
  stored: Set<Node>,
  order: readonly Node[],
): Lowered {
  const dependencies = findDependencies(new Set(inputs), stored, order);
  const buffers: BufferSpec[] = [];
  const bufferOf = new Map<Node, number>();
  const allot = (node: Node): void => {
    bufferOf.set(node, buffers.length);
    buffers.push({ dtype: node.dtype, size: sizeOf(node.shape), origin: describeValue(node) });
  };
  inputs.forEach(allot);
  const last = unawaited(order, dependencies);
  const tasks = order.filter((node) => {
    if (!stored.has(node) || bufferOf.has(node)) return false;
    const shared = bufferOf.get(unshaped(node));
    // A result has memory of its own, apart from the caller's.
    const isShared = shared !== undefined && !(shared < inputs.length && roots.includes(node));
    if (isShared) bufferOf.set(node, shared);
    else allot(node);
    return !isShared && sizeOf(node.shape) > 0;
  });
  const known = (node: Node): number => {
    const buffer = bufferOf.get(node);
    invariant(buffer !== undefined, `the value of a ${node.op} was not stored`);
    return buffer;
  };
  const inliner = new Inliner((node) => bufferOf.get(node), known);
  const groups = groupsOf(tasks, (node) => last.has(node), dependencies, known, inliner);
  const kernels = groups.flatMap(({ build }) => build());
  const plan = prune({ inputs: inputs.length, buffers, kernels }, new Set(roots.map(known)));
  const written = new Set(plan.kernels.flatMap((kernel) => storesOf(kernel).map(({ buffer }) => buffer)));
  for (const [node, buffer] of bufferOf) {
    if (buffer >= inputs.length && !written.has(buffer) && buffers[buffer]!.size > 0) bufferOf.delete(node);
  }
  return { plan, bufferOf };
}

/**
 * The kernels that tasks are put into, in their order, but that folds may wait for others.
 * @param isLast whether a task comes after all that are not
 */
function groupsOf(
  tasks: readonly Node[],
  isLast: (task: Node) => boolean,
  dependencies: ReadonlyMap<Node, ReadonlySet<Node>>,
  known: (node: Node) => number,
  inliner: Inliner,
): Group[] {
  const groups: Group[] = [];
  const groupOf = new Map<number, number>();
  /** Folds that no kernel was there for, by their buffers. */
  const waiting = new Map<number, Node<'reduce'>>();
  /** Places those of some values that still wait: what reads most first, so that the others find their sweep there. */
  const placeWaiting = (buffers: readonly number[]): void => {
    const late = buffers.flatMap((buffer) => waiting.get(buffer) ?? []);
    late.sort((a, b) => dependencies.get(b)!.size - dependencies.get(a)!.size);
    for (const node of late) if (waiting.delete(known(node))) place(node, false);
  };
  /** @param canWait whether a fold may also wait for others that read what it reads */
  const place = (node: Node, canWait: boolean): void => {
    const buffer = known(node);
    const needed = Array.from(dependencies.get(node)!, known);
    placeWaiting(needed);
    // A value can be computed no sooner than the last of what it is computed from.
    const first = Math.max(0, ...needed.map((other) => groupOf.get(other) ?? 0));
    let best: { readonly number: number; readonly offer: Offer } | null = null;
    for (let number = first; canJoin(node) && number < groups.length && best?.offer.bytes !== 0; number++) {
      const offer = groups[number]!.offer(node, buffer);
      if (offer !== null && offer.bytes < (best?.offer.bytes ?? Infinity)) best = { number, offer };
    }
    if (best === null && canWait && isOp(node, 'reduce')) {
      waiting.set(buffer, node);
      return;
    }
    if (best === null) groups.push(startGroup(node, buffer, inliner));
    else best.offer.take();
    groupOf.set(buffer, best?.number ?? groups.length - 1);
  };
  for (const node of tasks) if (!isLast(node)) place(node, true);
  placeWaiting([...waiting.keys()]);
  for (const node of tasks) if (isLast(node)) place(node, false);
  return groups;
}

/**
 * What nobody waits for, folds excepted. It comes last: whatever sweeps there are then over what it is computed from, one of
 * them may compute it, too.
 */
function unawaited(
  order: readonly Node[],
  dependencies: ReadonlyMap<Node, ReadonlySet<Node>>,
): ReadonlySet<Node> {
  const awaited = new Set(Array.from(dependencies.values(), (needed) => [...needed]).flat());
  return new Set(order.filter((node) => !awaited.has(node) && canJoin(node) && !isOp(node, 'reduce')));
}

/**
 * Which stored nodes each stored node is computed from. Values that a kernel can only reach in memory are stored as well.
 */
function findDependencies(
  inputs: ReadonlySet<Node>,
  stored: Set<Node>,
  order: readonly Node[],
): Map<Node, Set<Node>> {
  const dependencies = new Map<Node, Set<Node>>();
  const recomputed = new Set<Node>();
  /** What was recomputed and has to be loaded instead. */
  const stale = new Set<Node>();
  const visit = (node: Node): void => {
    const needed = new Set<Node>();
    dependencies.set(node, needed);
    if (inputs.has(node) || sizeOf(node.shape) === 0) return;
    const numbers = new Map<Node, number>();
    const note = (other: Node): number => {
      needed.add(other);
      if (!stored.has(other)) {
        stored.add(other);
        if (recomputed.has(other)) stale.add(other);
      }
      if (!dependencies.has(other)) visit(other);
      const number = numbers.get(other) ?? numbers.size;
      numbers.set(other, number);
      return number;
    };
    const bufferOf = (other: Node): number | undefined => {
      if (stored.has(other)) return note(other);
      recomputed.add(other);
      return undefined;
    };
    startGroup(node, -1, new Inliner(bufferOf, note, mostExpressions)).reach();
  };
  // What a later value needs in memory an earlier one may have recomputed, and would load from now on.
  do {
    stale.clear();
    recomputed.clear();
    dependencies.clear();
    for (const node of order) if (stored.has(node) && !dependencies.has(node)) visit(node);
  } while (stale.size > 0);
  return dependencies;
}
