/**
 * @file Text that is HTML, told apart from text that has yet to be escaped.
 */

/** A piece of a page. Only this folder makes HTML; everything else gives it text. */
export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text with the characters escaped that mean something in HTML, as an element's content or a quoted attribute's value. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character]!);

/** @example paragraph('BN needs < 1,000 steps.').html; // '<p>BN needs &lt; 1,000 steps.</p>' */
export const paragraph = (text: string): Html => ({ html: `<p>${escaped(text)}</p>` });

/** A paragraph that leads to another page. */
export const link = (text: string, target: string): Html => ({
  html: `<p><a href="${escaped(target)}">${escaped(text)}</a></p>`,
});
