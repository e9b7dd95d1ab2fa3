type Sides = readonly [before: number, after: number];

/** The argument of `tf.pad` that pads rows and columns of images `[n, height, width, channels]`. */
export function imagePadding(
  [top, bottom]: Sides,
  [left, right]: Sides,
): [[number, number], [number, number], [number, number], [number, number]] {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
