/** Of height and of width. */
export type Pair = [number, number];

/** `[n, height, width, channels]` of pictures, `[height, width, in, out]` of a filter. */
export type Shape4D = [number, number, number, number];
