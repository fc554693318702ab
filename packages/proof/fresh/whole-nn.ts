import * as core from '@windfall/core';
import * as nn from '@windfall/nn';

console.log(Object.keys(core).length, Object.keys(nn).length);
