import { train } from './train.ts';

for (const line of train()) console.log(line);
