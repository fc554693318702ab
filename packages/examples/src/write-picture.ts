/**
 * @file Leaves a figure behind as SVG and PNG, in the directory that `--out` names. It knows nothing of what is drawn.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFlags } from './flags.ts';
import { inLightColors } from './report/theme.ts';
import { svgToPng } from './svg-to-png.ts';

/**
 * Writes `<name>.svg` and `<name>.png`, and prints their paths.
 * @param svg the text of an SVG file
 * @param args the program's arguments: `--out <directory>`, by default results
 */
export function writePicture(
  name: string,
  svg: string,
  args: readonly string[] = process.argv.slice(2),
): void {
  const { out } = parseFlags(args, { out: { type: 'string', default: 'results' } });
  mkdirSync(out, { recursive: true });
  for (const [extension, content] of [
    ['svg', inLightColors(svg)] as const,
    ['png', svgToPng(svg)] as const,
  ]) {
    const path = join(out, `${name}.${extension}`);
    writeFileSync(path, content);
    console.log(path);
  }
}
