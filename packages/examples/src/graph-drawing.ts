/**
 * @file Drawings of graphs for a web page, laid out by Graphviz, in the colors of the text around them. It knows nothing of what
 * the graphs mean.
 */
import { instance } from '@viz-js/viz';
import { color } from './report/theme.ts';

const layout = {
  graphAttributes: { bgcolor: 'transparent', nodesep: 0.15, ranksep: 0.22 },
  nodeAttributes: { fontname: 'DejaVu Sans', fontsize: 10, height: 0.1, margin: '0.08,0.04' },
  edgeAttributes: { arrowsize: 0.6 },
};

/**
 * What Graphviz writes, and what a page can show: its text colour for black and its muted one for gray, in light or dark. Boxes are
 * measured for the wide font; where it is missing, a narrower one fits.
 */
const inPage = [
  ['stroke="black"', 'stroke="currentColor"'],
  ['fill="black"', 'fill="currentColor"'],
  ['stroke="gray"', `stroke="${color('muted')}"`],
  ['fill="gray"', `fill="${color('muted')}"`],
  ['font-family="DejaVu Sans"', 'font-family="DejaVu Sans, Verdana, Arial, sans-serif"'],
] as const;

/** From a graph in the DOT language to an <svg> element as text. */
export async function graphDrawer(): Promise<(dot: string) => string> {
  const graphviz = await instance();
  return (dot) => {
    const file = graphviz.renderString(dot, { ...layout, format: 'svg' });
    // What stands before the element belongs to a file of its own. Text that Graphviz gives no color is black.
    const element = file
      .slice(file.indexOf('<svg'))
      .replace('<svg', '<svg fill="currentColor"')
      // The numbers of its nodes tell a reader nothing, but would be shown below the pointer.
      .replaceAll(/<title>.*?<\/title>\n/g, '')
      .replaceAll(/<!--.*?-->\n/g, '');
    return inPage.reduce((svg, [from, to]) => svg.replaceAll(from, to), element);
  };
}
