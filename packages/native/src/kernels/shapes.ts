/** One value for height and one for width. */
export type Pair = [number, number];

/** `[n, height, width, channels]` of images, `[height, width, in, out]` of a filter. */
export type Shape4D = [number, number, number, number];
