type Sides = readonly [before: number, after: number];

/** The paddings, as `tf.pad` takes them, of `[n, height, width, channels]` by rows and columns. */
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
