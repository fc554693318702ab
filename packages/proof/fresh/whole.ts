import * as core from '@windfall/core';

console.log(Object.keys(core).length);
