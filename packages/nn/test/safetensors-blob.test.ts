/**
 * @file Safetensors in a Blob, of which only what is asked for is read.
 */
import { tensor, WindfallError } from '@windfall/core';
import { openSafetensors, serializeSafetensors } from '../src/index.ts';
import { fileOf } from './support/safetensors.ts';

describe('an open blob', () => {
  const state = { x: tensor([1, 2]), n: tensor([3], { dtype: 'i32' }) };
  const bytes = serializeSafetensors(state, { metadata: { a: 'b' }, dtypes: { n: 'I64' } });

  test('tells what it holds, and reads a tensor without touching the others', async () => {
    const ranges: [number, number][] = [];
    const blob = new Blob([bytes]);
    const watched = {
      size: blob.size,
      name: 'model.safetensors',
      slice: (start: number, end: number) => {
        ranges.push([start, end]);
        return blob.slice(start, end);
      },
    };
    const file = await openSafetensors(watched);
    const header = bytes.length - 16;
    expect(file.metadata).toEqual({ a: 'b' });
    expect([...file.tensors]).toEqual([
      ['n', { dtype: 'I64', shape: [1], start: header, end: header + 8 }],
      ['x', { dtype: 'F32', shape: [2], start: header + 8, end: header + 16 }],
    ]);
    expect((await file.read('x', { dtype: 'f64' })).dtype).toBe('f64');
    expect(ranges).toEqual([
      [0, 8],
      [8, header],
      [header + 8, header + 16],
    ]);
    expect((await file.stateDict())['n']!.toArray()).toEqual([3]);
    await expect(file.read('y')).rejects.toThrow(
      'openSafetensors: model.safetensors: has no tensor the string "y"',
    );
    await expect(file.read('x', { type: 'f64' } as any)).rejects.toThrow(
      "openSafetensors: has no option 'type'; its options are dtype",
    );
    await file.close();
  });

  test('that can no longer be read is an error of ours', async () => {
    const whole = new Blob([bytes]);
    let read = async (start: number, end: number) => whole.slice(start, end).arrayBuffer();
    const blob = {
      size: whole.size,
      slice: (start: number, end: number) => ({ arrayBuffer: async () => read(start, end) }),
    };
    const file = await openSafetensors(blob);
    expect((await file.read('x')).toArray()).toEqual([1, 2]);
    read = async () => Promise.reject(new Error('it is gone'));
    await expect(file.read('x')).rejects.toThrow(
      /^openSafetensors: the blob: bytes [0-9]+ to [0-9]+ could not be read: it is gone$/,
    );
    await expect(openSafetensors(blob)).rejects.toThrow(WindfallError);
    read = async () => Promise.resolve(new ArrayBuffer(3));
    await expect(file.stateDict()).rejects.toThrow(
      'could not be read; the file has been changed since it was opened',
    );
  });

  test('with a tensor of 2³² elements tells its shape, and refuses to read it before it tries', async () => {
    const header = fileOf({ huge: { dtype: 'U8', shape: [2 ** 16, 2 ** 16], data_offsets: [0, 2 ** 32] } });
    const blob = {
      size: header.length + 2 ** 32,
      slice: (start: number, end: number) => new Blob([header.subarray(start, end)]),
    };
    const file = await openSafetensors(blob);
    expect(file.tensors.get('huge')!.shape).toEqual([65536, 65536]);
    await expect(file.read('huge')).rejects.toThrow(
      'openSafetensors: the blob: huge: [65536, 65536] are 4294967296 elements, and a tensor has fewer than 2³²',
    );
  });

  test('is a Blob, a File or bytes', async () => {
    await expect(openSafetensors('model.safetensors' as any)).rejects.toThrow(
      'openSafetensors: expected a Blob, a File or a Uint8Array, not the string "model.safetensors"',
    );
  });
});
