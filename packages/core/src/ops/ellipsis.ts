/**
 * @file The axes that an einsum equation leaves unnamed: each `...` becomes letters, those that operands share from the last
 * one on. What letters mean is the equation's business.
 */
import { check, formatShape } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import { squeeze } from './movement.ts';
import { nodeOf, type Tensor } from './tensor.ts';

const ellipsis = '...';

/** Operands with a letter for every axis. */
interface Lettered {
  readonly terms: readonly string[];
  readonly operands: readonly Tensor[];
  /** The letters for the unnamed axes, which no equation can have. */
  readonly unnamed: string;
}

/** Operands whose unnamed axes have letters, too; where they broadcast, those of extent 1 are gone. */
export function letterEllipses(terms: readonly string[], operands: readonly Tensor[]): Lettered {
  const covered = operands.map((operand, position) => {
    const { shape } = nodeOf(operand, 'einsum');
    const term = terms[position]!;
    const start = term.indexOf(ellipsis);
    if (start < 0) return { start, extents: [] };
    const named = term.length - ellipsis.length;
    check(
      shape.length >= named,
      'einsum',
      () => `'${term}' needs at least ${named} axes, but operand ${position} has shape ${formatShape(shape)}`,
    );
    return { start, extents: shape.slice(start, start + shape.length - named) };
  });
  const common = broadcastShapes(
    covered.map(({ extents }) => extents),
    'einsum',
  );
  const letters = common.map((_, axis) => String.fromCodePoint(0x2460 + axis));
  const lettered = operands.map((operand, position) => {
    const { start, extents } = covered[position]!;
    const missing = common.length - extents.length;
    const isRepeated = extents.map((extent, axis) => extent !== common[missing + axis]);
    const own = letters.slice(missing).filter((_, axis) => !isRepeated[axis]);
    const repeated = extents.flatMap((_, axis) => (isRepeated[axis] ? [start + axis] : []));
    return {
      term: terms[position]!.replace(ellipsis, own.join('')),
      operand: repeated.length === 0 ? operand : squeeze(operand, repeated),
    };
  });
  return {
    terms: lettered.map(({ term }) => term),
    operands: lettered.map(({ operand }) => operand),
    unnamed: letters.join(''),
  };
}

/** The letters of a result. */
export const letterResult = (result: string, unnamed: string): string => result.replace(ellipsis, unnamed);
