import { gradient, tensor } from '@windfall/core';

const x = tensor(3);
console.log(gradient(x.mul(x), [x])[0].item());
