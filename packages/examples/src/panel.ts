/**
 * @file Observable Plot without a browser: plots as SVG in the look of this project's figures, black on white.
 * It knows nothing of what is plotted.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** One plot as an <svg> element. */
export function panel(options: Plot.PlotOptions): SVGSVGElement {
  const element = Plot.plot({ ...options, document }) as SVGSVGElement;
  element.setAttribute('font-family', 'DejaVu Sans, sans-serif');
  element.setAttribute('font-size', '12');
  element.setAttribute('color', '#222');
  return element;
}

/** Panels of equal height beside each other, as the text of one SVG file. */
export function sideBySide(panels: readonly SVGSVGElement[]): string {
  const height = Math.max(...panels.map((one) => Number(one.getAttribute('height'))));
  let width = 0;
  for (const one of panels) {
    one.setAttribute('x', String(width));
    width += Number(one.getAttribute('width'));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...panels.map((one) => one.outerHTML),
    '</svg>',
  ].join('\n');
}
