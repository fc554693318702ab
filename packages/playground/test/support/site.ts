/**
 * @file The page as it is published: built, and served as files by a server that knows nothing of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Digits, digitsFrom } from '@windfall/examples/digits';
import { parseIdx } from '@windfall/examples/idx';

const playground = dirname(dirname(__dirname));

/** Builds the page into a folder. */
export function buildSite(folder: string): void {
  const vite = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'],
    { cwd: playground, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
  );
  if (status !== 0) throw new Error(`the page cannot be built: ${stderr}`);
}

/** The digits of a built page. */
export function digitsOf(folder: string): { training: Digits; test: Digits } {
  const digits = (part: string): Digits => {
    const [images, labels] = ['images', 'labels'].map((kind) => {
      const name = `${part}-${kind}.idx.gzip`;
      return parseIdx(gunzipSync(readFileSync(join(folder, 'digits', name))), name);
    });
    return digitsFrom(images!, labels!);
  };
  return { training: digits('train'), test: digits('t10k') };
}

export interface Site {
  readonly address: string;
  readonly close: () => void;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/**
 * Serves a folder.
 * @param options.isolated whether its pages may share memory with threads
 * @param options.lacks the beginning of paths that there are not
 */
export async function serve(folder: string, options: { isolated: boolean; lacks?: string }): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url.replace(/[?#].*/, '');
    const file = join(folder, path);
    if (options.isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const isMissing = options.lacks !== undefined && path.startsWith(options.lacks);
    if (isMissing || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
