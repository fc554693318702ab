/**
 * @file Leaves a figure behind as SVG and PNG. It knows nothing of what is drawn.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inLightColors } from './report/theme.ts';
import { svgToPng } from './svg-to-png.ts';

/**
 * Writes `<name>.svg` and `<name>.png` into a directory, and prints their paths.
 * @param svg the text of an SVG file
 */
export function writePicture(directory: string, name: string, svg: string): void {
  for (const [extension, content] of [
    ['svg', inLightColors(svg)] as const,
    ['png', svgToPng(svg)] as const,
  ]) {
    const path = join(directory, `${name}.${extension}`);
    writeFileSync(path, content);
    console.log(path);
  }
}
