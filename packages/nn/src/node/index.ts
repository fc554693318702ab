/**
 * @file The public interface of @windfall/nn/node: what needs Node's file system. The main entry runs everywhere.
 */
export { loadSafetensors } from './load-safetensors.ts';
export { openSafetensors } from './open-safetensors.ts';
export { saveSafetensors } from './save-safetensors.ts';
