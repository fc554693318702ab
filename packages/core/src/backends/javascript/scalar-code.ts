/**
 * @file How each scalar function reads as JavaScript: an operator or builtin where there is one that gives exactly the
 * table's value, else a call of the table's own evaluation (`null`).
 */
import type { ScalarName } from '../../graph/scalar-functions.ts';

/** Source text from the operands' source text. Bools are 0 and 1. */
type Code = ((a: string, b: string, c: string) => string) | null;

export const scalarCode: Readonly<Record<ScalarName, Code>> = {
  add: (a, b) => `(${a} + ${b})`,
  sub: (a, b) => `(${a} - ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  div: (a, b) => `(${a} / ${b})`,
  pow: null,
  remainder: null,
  maximum: (a, b) => `Math.max(${a}, ${b})`,
  minimum: (a, b) => `Math.min(${a}, ${b})`,
  atan2: (a, b) => `Math.atan2(${a}, ${b})`,
  equal: (a, b) => `(${a} === ${b} ? 1 : 0)`,
  notEqual: (a, b) => `(${a} !== ${b} ? 1 : 0)`,
  less: (a, b) => `(${a} < ${b} ? 1 : 0)`,
  lessEqual: (a, b) => `(${a} <= ${b} ? 1 : 0)`,
  greater: (a, b) => `(${a} > ${b} ? 1 : 0)`,
  greaterEqual: (a, b) => `(${a} >= ${b} ? 1 : 0)`,
  logicalAnd: (a, b) => `(${a} & ${b})`,
  logicalOr: (a, b) => `(${a} | ${b})`,
  logicalXor: (a, b) => `(${a} ^ ${b})`,
  logicalNot: (a) => `(1 - ${a})`,
  where: (condition, a, b) => `(${condition} !== 0 ? ${a} : ${b})`,
  neg: (a) => `(-${a})`,
  abs: (a) => `Math.abs(${a})`,
  sign: (a) => `Math.sign(${a})`,
  floor: (a) => `Math.floor(${a})`,
  ceil: (a) => `Math.ceil(${a})`,
  round: null,
  trunc: (a) => `Math.trunc(${a})`,
  reciprocal: (a) => `(1 / ${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  rsqrt: (a) => `(1 / Math.sqrt(${a}))`,
  exp: (a) => `Math.exp(${a})`,
  expm1: (a) => `Math.expm1(${a})`,
  log: (a) => `Math.log(${a})`,
  log1p: (a) => `Math.log1p(${a})`,
  sin: (a) => `Math.sin(${a})`,
  cos: (a) => `Math.cos(${a})`,
  tan: (a) => `Math.tan(${a})`,
  asin: (a) => `Math.asin(${a})`,
  acos: (a) => `Math.acos(${a})`,
  atan: (a) => `Math.atan(${a})`,
  sinh: (a) => `Math.sinh(${a})`,
  cosh: (a) => `Math.cosh(${a})`,
  tanh: (a) => `Math.tanh(${a})`,
  sigmoid: null,
  softplus: null,
  erf: null,
};
