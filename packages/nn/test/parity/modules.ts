/**
 * @file What modules of PyTorch can do that modules here can, too.
 */
import type { ParityRow } from './row.ts';

const laws = { fixture: null, order: 0 } as const;

export const modules: readonly ParityRow[] = [
  {
    pytorch: 'nn.Module',
    windfall: 'Module',
    ...laws,
    differs: 'Called by forward; a module is a function of one tensor.',
  },
  { pytorch: 'nn.Parameter', windfall: 'Parameter', ...laws },
  {
    pytorch: 'nn.Module.state_dict',
    windfall: 'Module.stateDict',
    ...laws,
    differs: 'Counts are i32. The values stay as they are when training goes on.',
  },
  {
    pytorch: 'nn.Module.load_state_dict',
    windfall: 'Module.loadStateDict',
    ...laws,
    differs: 'Loads all or, on an error, nothing; a value of another shape or dtype is always one.',
  },
  { pytorch: 'nn.Module.named_parameters', windfall: 'Module.namedParameters', ...laws },
  { pytorch: 'nn.Module.named_buffers', windfall: 'Module.namedBuffers', ...laws },
  { pytorch: 'nn.Module.named_children', windfall: 'Module.namedChildren', ...laws },
  { pytorch: 'nn.Module.named_modules', windfall: 'Module.namedModules', ...laws },
  { pytorch: 'nn.Module.train', windfall: 'Module.train', ...laws },
  { pytorch: 'nn.Module.eval', windfall: 'Module.eval', ...laws },
  { pytorch: 'nn.Module.zero_grad', windfall: 'Module.zeroGrad', ...laws },
  {
    pytorch: 'nn.Module.apply',
    windfall: 'Module.apply',
    ...laws,
    differs: 'A module that is held twice is visited once.',
  },
  {
    pytorch: 'nn.Module.requires_grad_',
    windfall: 'Module.requireGradients',
    ...laws,
    differs: 'false also forgets the gradients collected before.',
  },
  {
    pytorch: 'nn.Module.register_forward_hook',
    windfall: 'Module.registerForwardHook',
    ...laws,
    differs: 'It returns the function that removes the hook.',
  },
  {
    pytorch: 'nn.Module.register_forward_pre_hook',
    windfall: 'Module.registerForwardPreHook',
    ...laws,
    differs: 'It returns the function that removes the hook.',
  },
  {
    pytorch: 'nn.Module.register_full_backward_hook',
    windfall: 'Module.registerFullBackwardHook',
    fixture: null,
    order: 3,
    differs:
      'Called only where the gradient of the input is computed. Gradients of gradients are announced, too.',
  },
  {
    pytorch: 'nn.Module.register_full_backward_pre_hook',
    windfall: 'Module.registerFullBackwardPreHook',
    fixture: null,
    order: 3,
    differs: 'Gradients of gradients are announced, too.',
  },
];
