/**
 * @file Pictures of dots from pictures of lines.
 */
import { Resvg } from '@resvg/resvg-js';
import { inLightColors, lightPaper } from './report/theme.ts';

/**
 * A figure as the bytes of a PNG on light ground, at twice its size so that it is sharp on every screen. Text is set in DejaVu Sans,
 * whatever fonts are installed.
 */
export function svgToPng(svg: string): Uint8Array {
  const picture = new Resvg(inLightColors(svg), {
    background: lightPaper,
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      loadSystemFonts: false,
      defaultFontFamily: 'DejaVu Sans',
      fontFiles: ['DejaVuSans', 'DejaVuSans-Bold'].map((name) =>
        require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`),
      ),
    },
  });
  return picture.render().asPng();
}
