/**
 * @file Members of nn that nobody calls with arguments of their own, and why. Patterns are matched against `f`, `C`, `C.method`
 * and `C.setter=`.
 */
export const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^(Module|Loss|Optimizer|Schedule|LRScheduler|Dataset|BatchNorm|InstanceNorm)$/,
    'is abstract: its classes are called',
  ],
  [/^(BatchNorm|InstanceNorm)\.forward$/, 'is inherited, and called as that of BatchNorm1d and others'],
  [
    /\.(namedChildren|children|namedModules|namedParameters|parameters|namedBuffers|eval|zeroGrad|stateDict|toString|keys|values|entries|freeze|unfreeze|resetRunningStats|getLastLr|reset)$/,
    'takes no argument',
  ],
  [/^(Optimizer|LRScheduler|SequentialLR|ChainedScheduler)\.step$/, 'takes no argument'],
  [/^(SequentialSampler)\.order$/, 'takes no argument'],
  [/^(ModuleDict|ModuleList)\.forward$/, 'takes no argument: it says that the container has none'],
  [/\.(details|supplement|multiplyAdds)$/, 'is called by Module, for the text, the summary and loading'],
  [/\.(checkOptions|initialState|update)$/, 'is called by Optimizer, with what it has checked'],
  [
    /\.(start|now|assignments|advance|next|restart|formula|restarted)$/,
    'is called by Schedule, with its own moments',
  ],
  [/^Summary$/, 'is made by summary'],
  [/^RunningMean$/, 'takes no argument'],
];
