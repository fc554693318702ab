/**
 * @file The second face of core, for packages that are built upon it, such as @windfall/nn: how it words its errors, and its
 * arithmetic of shapes. What programs use is in index.ts.
 */
export {
  check,
  checkFlag,
  describe,
  describeList,
  fail,
  formatShape,
  isPlainObject,
} from './errors.ts';
export { equalShapes, sizeOf } from './shape.ts';
