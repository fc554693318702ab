/**
 * @file Members of nn that nobody calls with arguments of their own, and why. A method without parameters needs no exception.
 */

const because = (reason: string, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, reason]));

/** Each is a whole name: `C` or `C.method`. */
export const exceptions: Readonly<Record<string, string>> = {
  ...because(
    'is abstract: its classes are called',
    ...['Module', 'BatchNorm', 'InstanceNorm', 'Loss', 'Optimizer', 'Schedule', 'LRScheduler', 'Dataset'],
  ),
  ...because('is made by summary', 'Summary'),
  ...because('takes no argument', 'RunningMean'),
  ...because(
    'is inherited, and called as that of BatchNorm1d and others',
    ...['BatchNorm.forward', 'InstanceNorm.forward'],
  ),
  ...because(
    'is called by Module, for the summary and loading',
    ...['Module.supplement', 'BatchNorm.supplement'],
    ...['Module.multiplyAdds', 'LayerNorm.multiplyAdds', 'RMSNorm.multiplyAdds'],
  ),
  ...because(
    'is called by Optimizer, with what it has checked',
    ...['Optimizer.checkOptions', 'SGD.checkOptions'],
    ...['SGD.initialState', 'SGD.update'],
    ...['Adam.initialState', 'Adam.update'],
    ...['AdamW.initialState', 'AdamW.update'],
    ...['RMSprop.initialState', 'RMSprop.update'],
    ...['Adagrad.initialState', 'Adagrad.update'],
  ),
  ...because(
    'is called by Schedule, with its own moments',
    ...['Schedule.assignments', 'Schedule.advance'],
    ...['StepLR.formula', 'StepLR.restarted'],
    ...['MultiStepLR.formula', 'MultiStepLR.restarted'],
    ...['ExponentialLR.formula', 'ExponentialLR.restarted'],
    ...['ConstantLR.formula', 'ConstantLR.restarted'],
    ...['LinearLR.formula', 'LinearLR.restarted'],
    ...['PolynomialLR.formula', 'PolynomialLR.restarted'],
    ...['CosineAnnealingLR.formula', 'CosineAnnealingLR.restarted'],
    ...['CosineAnnealingWarmRestarts.next', 'CosineAnnealingWarmRestarts.restart'],
    ...['OneCycleLR.next', 'OneCycleLR.restart'],
    ...['LambdaLR.formula', 'LambdaLR.restarted'],
    ...['MultiplicativeLR.formula', 'MultiplicativeLR.restarted'],
  ),
};
