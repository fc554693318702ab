import { figure } from '../src/report/figure.ts';
import { paragraph } from '../src/report/html.ts';
import { listing } from '../src/report/listing.ts';
import { page, section } from '../src/report/page.ts';
import { table } from '../src/report/table.ts';
import { color, inLightColors } from '../src/report/theme.ts';

test('text is escaped wherever it stands', () => {
  const nasty = '<b> & "c"';
  const html = page(nasty, [
    paragraph(nasty),
    section(nasty, [
      table({ head: [nasty, ''], rows: [[nasty, nasty]], caption: nasty }),
      figure({ svg: '<svg></svg>', label: nasty, caption: nasty }),
      listing(nasty),
    ]),
  ]);
  expect(html).not.toContain('<b>');
  expect(html.match(/&lt;b&gt; &amp; &quot;c&quot;/g)).toHaveLength(11);
});

test('a page fetches nothing and has colours for light and dark', () => {
  const html = page('Report', [figure({ svg: '<svg></svg>', label: 'nothing', caption: 'Nothing' })]);
  expect(html).not.toMatch(/<script|<link|src=|@import|url\(/);
  expect(html).toContain('@media (prefers-color-scheme: dark)');
  expect(html).toContain('<svg role="img" aria-label="nothing">');
});

test('a table says what its rows and columns are about', () => {
  const { html } = table({ head: ['', 'steps'], rows: [['with BN', '800']], caption: 'Steps' });
  expect(html).toContain('<th scope="col">steps</th>');
  expect(html).toContain('<tr><th scope="row">with BN</th><td>800</td></tr>');
});

test('a row without a cell for each head is refused', () => {
  const content = { head: ['', 'with', 'without'], rows: [['steps', '800']], caption: 'Steps' };
  expect(() => table(content)).toThrow('3 heads, but 2 cells in the row of "steps"');
});

test('without a page, colours by name are those on light ground', () => {
  const svg = `<path fill="${color('series-1')}" stroke="currentColor" style="color: var(--foreign)"/>`;
  expect(inLightColors(svg)).toBe('<path fill="#d55e00" stroke="#1f2328" style="color: var(--foreign)"/>');
});
