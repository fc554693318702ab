/**
 * @file The colours of reports and figures, by name, on light and on dark ground. A figure names a colour, as in
 * `stroke: color('series-1')`; the page it stands on says what that looks like.
 */

const light = {
  paper: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  line: '#d1d9e0',
  // Told apart by every kind of eye (Okabe & Ito 2008).
  'series-1': '#d55e00',
  'series-2': '#0072b2',
  'series-3': '#009e73',
  'series-4': '#cc79a7',
} as const;

export type ColorName = keyof typeof light;

/** The same hues, light enough for dark ground. */
const dark: Readonly<Record<ColorName, string>> = {
  paper: '#0d1117',
  ink: '#e6edf3',
  muted: '#9198a1',
  line: '#3d444d',
  'series-1': '#ff8f3d',
  'series-2': '#5ab0f0',
  'series-3': '#2fc79a',
  'series-4': '#e8a3c8',
};

/** The colours of any number of series that are told apart. */
export const seriesColors = (['series-1', 'series-2', 'series-3', 'series-4'] as const).map(color);

/** A colour by name, as CSS and SVG take it. */
export function color(name: ColorName): string {
  return `var(--${name})`;
}

const declarations = (colors: Readonly<Record<ColorName, string>>): string =>
  Object.entries(colors)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');

/** What gives the names their meaning: light, or dark for those who prefer that. */
export const themeCss = [
  `:root { color-scheme: light dark; ${declarations(light)} }`,
  `@media (prefers-color-scheme: dark) { :root { ${declarations(dark)} } }`,
].join('\n');

/** A figure in light colours for where there is no page that says what names and `currentColor` mean. */
export function inLightColors(svg: string): string {
  return svg
    .replaceAll(/var\(--([a-z0-9-]+)\)/g, (whole, name: string) =>
      Object.hasOwn(light, name) ? light[name as ColorName] : whole,
    )
    .replaceAll('currentColor', light.ink);
}

/** The ground on which light colours are seen. */
export const lightPaper = light.paper;
