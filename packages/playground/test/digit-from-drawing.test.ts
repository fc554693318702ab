import { digitFromDrawing } from '../src/drawing/digit-from-drawing.ts';

/** A drawing with a filled rectangle. */
function drawn(size: number, left: number, top: number, width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: size ** 2 }, (_, place) => {
    const [x, y] = [place % size, Math.floor(place / size)];
    return x >= left && x < left + width && y >= top && y < top + height ? 1 : 0;
  });
}

test('nothing drawn is no digit', () => {
  expect(digitFromDrawing(new Uint8Array(50 ** 2), 50)).toBeNull();
});

test('the larger extent of a drawing becomes 20 pixels, wherever and however large it is', () => {
  const expected = drawn(28, 12, 4, 4, 20);
  expect(digitFromDrawing(drawn(280, 0, 0, 40, 200), 280)).toEqual(expected);
  expect(digitFromDrawing(drawn(280, 230, 30, 50, 250), 280)).toEqual(expected);
  expect(digitFromDrawing(drawn(100, 7, 9, 8, 40), 100)).toEqual(expected);
});

test('the centre of mass comes to the middle', () => {
  // An L: most of its ink is at the left and at the bottom.
  const foot = drawn(200, 0, 80, 60, 20);
  const drawing = drawn(200, 0, 0, 20, 100).map((ink, place) => Math.max(ink, foot[place]!));
  const digit = digitFromDrawing(drawing, 200)!;
  const places = [...digit.keys()].filter((place) => digit[place] === 1);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean(places.map((place) => (place % 28) + 0.5)) - 14)).toBeLessThan(0.5);
  expect(Math.abs(mean(places.map((place) => Math.floor(place / 28) + 0.5)) - 14)).toBeLessThan(0.5);
});

test('a drawing at the size of MNIST is only moved', () => {
  expect(digitFromDrawing(drawn(28, 0, 0, 4, 20), 28)).toEqual(drawn(28, 12, 4, 4, 20));
});
