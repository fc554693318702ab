/**
 * @file From a drawing of any size and place to an image like those that the networks have learned from: MNIST's digits fill
 * 20 × 20 pixels and have their centre of mass in the middle of 28 × 28. It knows no canvas.
 */

const side = 28;
const box = 20;

/** Samples along each side of a pixel. */
const fineness = 4;

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of a drawing that has ink; null if none has. */
function boundsOf(drawing: Uint8Array, size: number): Bounds | null {
  let [left, top, right, bottom] = [size, size, -1, -1];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      if (drawing[y * size + x] === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  return right < 0 ? null : { left, top, right: right + 1, bottom: bottom + 1 };
}

/** Where the ink of a drawing is on average. */
function centreOfMass(drawing: Uint8Array, size: number): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  drawing.forEach((ink, place) => {
    if (ink === 0) return;
    mass++;
    x += (place % size) + 0.5;
    y += Math.floor(place / size) + 0.5;
  });
  return [x / mass, y / mass];
}

/**
 * An image of 28 × 28 bytes, 1 for ink.
 * @param drawing size × size bytes, 0 for paper
 * @returns null if nothing has been drawn
 */
export function digitFromDrawing(drawing: Uint8Array, size: number): Uint8Array | null {
  const bounds = boundsOf(drawing, size);
  if (bounds === null) return null;
  // Drawing pixels per image pixel.
  const scale = Math.max(bounds.right - bounds.left, bounds.bottom - bounds.top) / box;
  const [centreX, centreY] = centreOfMass(drawing, size);
  const isInk = (x: number, y: number): boolean => {
    const [column, row] = [
      Math.floor(centreX + (x - side / 2) * scale),
      Math.floor(centreY + (y - side / 2) * scale),
    ];
    return column >= 0 && column < size && row >= 0 && row < size && drawing[row * size + column]! > 0;
  };
  const samples = Array.from({ length: fineness }, (_, k) => (k + 0.5) / fineness);
  return Uint8Array.from({ length: side * side }, (_, pixel) => {
    const [x, y] = [pixel % side, Math.floor(pixel / side)];
    const hits = samples.flatMap((dx) => samples.filter((dy) => isInk(x + dx, y + dy))).length;
    return 2 * hits > fineness ** 2 ? 1 : 0;
  });
}
