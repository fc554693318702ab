/**
 * @file Functions that fill parameters with initial values and give them back: PyTorch's `nn.init`, without the underscores.
 */
export { calculateFanInAndFanOut, type Fans } from './fans.ts';
export { calculateGain, type Nonlinearity } from './gain.ts';
export { constant, eye, ones, zeros } from './constants.ts';
export { kaimingNormal, type KaimingOptions, kaimingUniform } from './kaiming.ts';
export { normal, type NormalOptions, uniform, type UniformOptions } from './draws.ts';
export { orthogonal, type OrthogonalOptions } from './orthogonal.ts';
export { truncNormal, type TruncNormalOptions } from './trunc-normal.ts';
export { xavierNormal, type XavierOptions, xavierUniform } from './xavier.ts';
