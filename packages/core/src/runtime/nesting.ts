/**
 * @file What functions take and give besides single tensors: arrays and plain objects of them, nested to any depth, with
 * other values in between.
 */
import { Tensor } from '../ops/tensor.ts';
import { isList, isPlainObject } from '../errors.ts';

/**
 * The same nesting with every leaf (whatever is no array and no plain object) mapped.
 * @param map takes a leaf and where it is: `[0].weight`
 */
export function mapLeaves(value: unknown, map: (leaf: unknown, path: string) => unknown, path = ''): unknown {
  if (isList(value)) return value.map((entry, position) => mapLeaves(entry, map, `${path}[${position}]`));
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, mapLeaves(entry, map, `${path}.${name}`)]),
    );
  }
  return map(value, path);
}

/** The tensors in a nesting, in order. */
export function tensorsIn(value: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  mapLeaves(value, (leaf) => {
    if (leaf instanceof Tensor) tensors.push(leaf);
    return leaf;
  });
  return tensors;
}
