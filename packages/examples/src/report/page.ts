/**
 * @file A report as one HTML file: no script, nothing fetched, readable on light and dark ground and on small screens.
 */
import { escaped, type Html } from './html.ts';
import { themeCss } from './theme.ts';

const style = `${themeCss}
body { margin: 2rem auto; padding: 0 1rem; max-width: 56rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; }
figure { margin: 1.5rem 0; }
figcaption, caption { color: var(--muted); font-size: 0.9rem; text-align: left; padding: 0.4rem 0; }
.wide { overflow-x: auto; }
.wide svg { display: block; min-width: 28rem; max-width: 100%; height: auto; }
.whole svg { min-width: 0; max-width: none; }
pre { overflow-x: auto; padding: 0.8rem 0; border: solid var(--line); border-width: 1px 0; font: 0.8125rem/1.45 ui-monospace, monospace; }
table { width: 100%; max-width: 34rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal; }
thead th { font-weight: 600; }
td { white-space: nowrap; }
th:first-child { text-align: left; }
.prose { max-width: none; }
.prose th, .prose td { text-align: left; vertical-align: top; white-space: normal; }
.prose td:last-child { white-space: nowrap; }
a { color: var(--series-2); }`;

/** A part of a page under a head of its own. */
export function section(title: string, content: readonly Html[]): Html {
  return {
    html: ['<section>', `<h2>${escaped(title)}</h2>`, ...content.map(({ html }) => html), '</section>'].join(
      '\n',
    ),
  };
}

/**
 * The text of a whole HTML file.
 * @example
 * writeFileSync('report.html', page('Learning rates', [
 *   paragraph('Which are too large?'),
 *   section('Results', [table({ head: ['', 'steps'], rows: [['with BN', '800']], caption: 'Steps to 90 %' })]),
 * ]));
 */
export function page(title: string, content: readonly Html[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
${style}
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${content.map(({ html }) => html).join('\n')}
</main>
</body>
</html>
`;
}
