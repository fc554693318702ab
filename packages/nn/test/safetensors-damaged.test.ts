/**
 * @file Damaged safetensors files: each is refused in words that name the damage, and what is only unusual is read.
 */
import { WindfallError } from '@windfall/core';
import { openSafetensors, parseSafetensors } from '../src/index.ts';
import { fileOf } from './support/safetensors.ts';

const x = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const eight = Array<number>(8).fill(0);

describe('a damaged file is refused, and nothing of it is given', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'nothing',
      new Uint8Array(0),
      "0 bytes are no safetensors file, which starts with 8 for the header's length",
    ],
    ['seven bytes', new Uint8Array(7), '7 bytes are no safetensors file'],
    [
      'a length beyond the file',
      Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d),
      "the header has a length of 3 bytes and would end behind the file's 10",
    ],
    [
      'a length over 100 MB',
      Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0),
      'the header has a length of 100000001 bytes, which is more than 100000000',
    ],
    ['the largest length', new Uint8Array(16).fill(255), 'which is more than 100000000'],
    [
      'a length of 2³²',
      Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b, 0x7d),
      'the header has a length of 4294967296 bytes',
    ],
    ['no header', new Uint8Array(8), "the header does not start with '{'"],
    ['space before the header', fileOf(' {}'), "the header does not start with '{'"],
    ['a byte order mark', fileOf('\uFEFF{}'), "the header does not start with '{'"],
    ['a list', fileOf('[]'), "the header does not start with '{'"],
    ['bad UTF-8', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), 'the header is not valid UTF-8'],
    ['bad JSON', fileOf('{"x": '), 'the header is not valid JSON: '],
    ['two values', fileOf('{} {}'), 'the header is not valid JSON: '],
    ['a zero behind the JSON', fileOf('{}\0'), 'the header is not valid JSON: '],
    [
      'a name twice',
      fileOf(`{"x":${JSON.stringify(x)},"x":${JSON.stringify(x)}}`, eight),
      'the header has "x" twice',
    ],
    [
      'a name twice, spelled in two ways',
      fileOf(`{"x":${JSON.stringify(x)},"\\u0078" :${JSON.stringify(x)}}`, eight),
      'the header has "x" twice',
    ],
    [
      'a key twice',
      fileOf('{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}', eight),
      'the header has "shape" twice',
    ],
    ['a key of metadata twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}'), 'the header has "a" twice'],
    [
      'metadata that are no texts',
      fileOf({ __metadata__: { epoch: 3 } }),
      '__metadata__ has under "epoch" no text but 3',
    ],
    [
      'metadata that are a list',
      fileOf({ __metadata__: ['a'] }),
      '__metadata__ is an object of texts, not an array',
    ],
    ['half a character', fileOf('{"__metadata__":{"a":"\\ud800"}}'), '__metadata__ has under "a" no text'],
    [
      'half a character as name',
      fileOf(`{"\\udfff":${JSON.stringify(x)}}`, eight),
      'the name has half of a surrogate pair',
    ],
    [
      'a tensor that is null',
      fileOf({ x: null }),
      '"x": expected an object with dtype, shape and data_offsets, not null',
    ],
    ['a tensor that is a list', fileOf({ x: [] }), '"x": expected an object'],
    ['no dtype', fileOf({ x: { ...x, dtype: undefined } }, eight), '"x": its dtype is one of BOOL, U8, '],
    [
      'an unknown dtype',
      fileOf({ x: { ...x, dtype: 'F31' } }, eight),
      '"x": its dtype is one of BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64, not the string "F31"',
    ],
    [
      'a dtype that all objects have',
      fileOf({ x: { ...x, dtype: 'toString' } }, eight),
      'its dtype is one of',
    ],
    [
      'no shape',
      fileOf({ x: { ...x, shape: undefined } }, eight),
      '"x": its shape is an array of whole numbers ≥ 0',
    ],
    [
      'a shape of fractions',
      fileOf({ x: { ...x, shape: [0.5, 4] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape of −0',
      fileOf('{"x":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'),
      'its shape is an array of whole numbers',
    ],
    [
      'a negative shape',
      fileOf({ x: { ...x, shape: [-1, -2] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape of texts',
      fileOf({ x: { ...x, shape: ['2'] } }, eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape beyond exact numbers',
      fileOf('{"x":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', eight),
      'its shape is an array of whole numbers',
    ],
    [
      'a shape whose product overflows',
      fileOf({ x: { ...x, shape: [2 ** 32, 2 ** 32, 2 ** 32] } }, eight),
      '"x": F32 of shape [4294967296, 4294967296, 4294967296] takes too many bytes, data_offsets [0, 8] hold 8',
    ],
    [
      'a shape whose product overflows to what is there',
      fileOf({ x: { ...x, dtype: 'U8', shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] } }),
      'takes too many bytes',
    ],
    [
      'no offsets',
      fileOf({ x: { ...x, data_offsets: undefined } }, eight),
      '"x": its data_offsets are two whole numbers ≥ 0',
    ],
    [
      'three offsets',
      fileOf({ x: { ...x, data_offsets: [0, 4, 8] } }, eight),
      'its data_offsets are two whole numbers',
    ],
    [
      'offsets below zero',
      fileOf({ x: { ...x, data_offsets: [-8, 0] } }, eight),
      'its data_offsets are two whole numbers',
    ],
    [
      'offsets that run backwards',
      fileOf({ x: { ...x, data_offsets: [8, 0] } }, eight),
      '"x": its data_offsets [8, 0] run backwards',
    ],
    [
      'a file that is cut off',
      fileOf({ x }, eight.slice(1)),
      '"x": its elements are said to end at byte 8 of the 7 behind the header; is the file cut off?',
    ],
    [
      'a shape larger than its elements',
      fileOf({ x: { ...x, shape: [3] } }, eight),
      '"x": F32 of shape [3] takes 12 bytes, data_offsets [0, 8] hold 8',
    ],
    [
      'a scalar with two elements',
      fileOf({ x: { ...x, shape: [] } }, eight),
      'F32 of shape [] takes 4 bytes',
    ],
    [
      'an empty tensor with elements',
      fileOf({ x: { ...x, shape: [0, 5] } }, eight),
      'F32 of shape [0, 5] takes 0 bytes',
    ],
    [
      'a gap before the first',
      fileOf({ x: { ...x, data_offsets: [4, 12] } }, [...eight, ...eight]),
      '"x": its elements start at byte 4, behind a gap from where the tensor before it ends, at 0',
    ],
    [
      'a gap between two',
      fileOf({ x, y: { ...x, data_offsets: [9, 17] } }, [...eight, 0, ...eight]),
      '"y": its elements start at byte 9, behind a gap',
    ],
    [
      'an overlap',
      fileOf({ x, y: { ...x, data_offsets: [4, 12] } }, [...eight, ...eight]),
      '"y": its elements start at byte 4, inside another tensor, which ends at 8',
    ],
    [
      'the same elements twice',
      fileOf({ x, y: x }, eight),
      '"y": its elements start at byte 0, inside another tensor',
    ],
    [
      'bytes behind the last',
      fileOf({ x }, [...eight, 0]),
      'the tensors end at byte 8 of the 9 behind the header',
    ],
    ['bytes of no tensor', fileOf({}, [0]), 'the tensors end at byte 0 of the 1 behind the header'],
  ])('%s', async (_what, file, message) => {
    expect(() => parseSafetensors(file)).toThrow(WindfallError);
    expect(() => parseSafetensors(file)).toThrow(/^parseSafetensors: /);
    expect(() => parseSafetensors(file)).toThrow(message);
    const opening = openSafetensors(new Blob([file]));
    await expect(opening).rejects.toThrow(/^openSafetensors: the blob: /);
    await expect(opening).rejects.toThrow(message);
  });

  test('but what the format allows is read', () => {
    const empty = { dtype: 'I64', shape: [3, 0], data_offsets: [8, 8] };
    const first = { dtype: 'I64', shape: [0], data_offsets: [0, 0] };
    const scalar = {
      dtype: 'F32',
      shape: [],
      data_offsets: [8, 12],
      note: 'unknown keys are for later versions',
    };
    const file = fileOf(`${JSON.stringify({ scalar, x, empty, first, __metadata__: null })}\n \t`, [
      ...eight,
      0,
      0,
      128,
      63,
    ]);
    const state = parseSafetensors(file);
    expect(Object.keys(state)).toEqual(['first', 'x', 'empty', 'scalar']);
    expect(state['empty']!.shape).toEqual([3, 0]);
    expect(state['scalar']!.item()).toBe(1);
  });

  test('a header of many levels, or with long texts, is no more than wrong', () => {
    expect(() => parseSafetensors(fileOf(`{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`))).toThrow(
      WindfallError,
    );
    expect(() => parseSafetensors(fileOf(`{"x":${'{"y":'.repeat(1e5)}`))).toThrow(WindfallError);
    const note = '\\"'.repeat(2e6);
    expect(parseSafetensors(fileOf(`{"__metadata__":{"note":"${note}"}}`))).toEqual({});
  });
});
