/**
 * @file Text of a report that stands as a program prints it.
 */
import { escaped, type Html } from './html.ts';

/** Lines as they are, in a fixed pitch; what is too wide can be scrolled to. */
export const listing = (text: string): Html => ({ html: `<pre tabindex="0">${escaped(text)}</pre>` });
