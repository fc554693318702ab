/**
 * @file A self-contained page: headings, prose, text as a program prints it, and drawings, readable in light and dark. It knows
 * nothing of what they tell.
 */

/** A part of a page. */
export interface Section {
  readonly heading: string;
  /** One paragraph, as text. */
  readonly prose: string;
  /** Shown in a fixed pitch, as text. */
  readonly listing?: string;
  /** <svg> elements, as HTML. */
  readonly drawing?: string;
}

const style = `
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --muted: #747a84; --panel: #f5f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16181c; --muted: #8f96a1; --panel: #20242a; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 86rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, 'DejaVu Sans', sans-serif; }
p { max-width: 44rem; }
pre, figure { margin: 1rem 0; padding: 1rem; overflow-x: auto; background: var(--panel); border-radius: 6px; }
pre { font: 0.8125rem/1.45 ui-monospace, 'DejaVu Sans Mono', monospace; }
figure svg { display: block; margin: 0 auto; }
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The whole page as the text of an HTML file. */
export function htmlPage(title: string, sections: readonly Section[]): string {
  const parts = sections.map(({ heading, prose, listing, drawing }) =>
    [
      '<section>',
      `<h2>${escaped(heading)}</h2>`,
      `<p>${escaped(prose)}</p>`,
      ...(drawing === undefined ? [] : [`<figure tabindex="0">${drawing}</figure>`]),
      ...(listing === undefined ? [] : [`<pre tabindex="0">${escaped(listing)}</pre>`]),
      '</section>',
    ].join('\n'),
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${escaped(title)}</h1>`,
    ...parts,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
