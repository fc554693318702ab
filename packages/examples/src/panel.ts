/**
 * @file Observable Plot without a browser: plots as SVG in the look of this project's figures, in colours that follow the page
 * they stand on. It knows nothing of what is plotted.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** The axes of all figures over training steps. */
export const figureFrame = {
  height: 380,
  marginTop: 52,
  marginRight: 28,
  marginBottom: 48,
  marginLeft: 52,
  x: { label: 'training steps', labelAnchor: 'center', labelArrow: 'none', ticks: 4, nice: true, zero: true },
} as const;

/** One plot as the text of an SVG file. */
export function figureText(options: Plot.PlotOptions): string {
  const element = Plot.plot({ ...options, document }) as SVGSVGElement;
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  element.setAttribute('font-family', 'DejaVu Sans, sans-serif');
  element.setAttribute('font-size', '12');
  return element.outerHTML;
}
