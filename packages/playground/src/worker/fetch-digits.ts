/**
 * @file Digits from a server that knows nothing of them: idx files, compressed.
 */
import { type Digits, digitsFrom } from '@windfall/examples/digits';
import { type IdxArray, parseIdx } from '@windfall/examples/idx';

async function decompressed(compressed: ArrayBuffer): Promise<Uint8Array> {
  if (!('DecompressionStream' in globalThis))
    throw new Error('this browser cannot decompress data, which Chrome 80, Firefox 113 and Safari 16.4 can');
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function fetchIdx(address: string): Promise<IdxArray> {
  const name = address.slice(address.lastIndexOf('/') + 1);
  const response = await fetch(address).catch((error: unknown) => {
    throw new Error(`${name} could not be fetched: ${String(error)}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${name} could not be fetched: the server answers ${response.status}`);
  return parseIdx(await decompressed(await response.arrayBuffer()), name);
}

/** @param folder its address, with a slash at the end */
export async function fetchDigits(folder: string): Promise<{ training: Digits; test: Digits }> {
  const digits = async (part: string): Promise<Digits> => {
    const [images, labels] = await Promise.all(
      ['images', 'labels'].map(async (kind) => fetchIdx(`${folder}${part}-${kind}.idx.gzip`)),
    );
    return digitsFrom(images!, labels!);
  };
  const [training, test] = await Promise.all([digits('train'), digits('t10k')]);
  return { training, test };
}
