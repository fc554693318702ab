/**
 * @file Figures of a report: pictures with captions.
 */
import { escaped, type Html } from './html.ts';

export interface FigureContent {
  /** The text of an SVG file. */
  readonly svg: string;
  /** What is seen, in a few words, for those who do not see it. */
  readonly label: string;
  readonly caption: string;
  /** Whether it keeps its size, and is scrolled, where the page is too narrow for it; by default it becomes smaller. */
  readonly keepsSize?: boolean;
}

/** The picture stands in the page itself, so that its colours follow the page's. */
export function figure({ svg, label, caption, keepsSize = false }: FigureContent): Html {
  const picture = svg.replace('<svg', `<svg role="img" aria-label="${escaped(label)}"`);
  return {
    html: `<figure>\n<div class="wide${keepsSize ? ' whole' : ''}" tabindex="0">${picture}</div>\n<figcaption>${escaped(caption)}</figcaption>\n</figure>`,
  };
}
