import { nameLists, numbers } from '../../src/names.js';
import { given, input, output } from './arrays.js';
import type { Draw } from './draw.js';
import type { Call } from './kernelCalls.js';

// The sizes of calls that depend on a shape of many numbers.

/** A convolution: with groups, strides, dilations, and padding of either sign. */
export function conv2d(draw: Draw) {
  const isWinograd = draw.chance(0.15);
  const groups = isWinograd ? 1 : draw.one([1, 1, 1, 2, 3, 20]);
  const channels = () => (isWinograd ? 16 * draw.integer(1, 3) : groups * draw.size(groups > 3 ? 2 : 20));
  const isDepthwise = !isWinograd && draw.chance(0.2);
  const ic = isDepthwise ? groups : channels();
  const oc = isDepthwise ? groups * draw.integer(1, 3) : channels();
  const [n, ih, iw] = [draw.size(3), draw.size(), draw.size()];
  const [kh, kw] = isWinograd ? [3, 3] : [draw.integer(1, 4), draw.integer(1, 4)];
  const [sh, sw, dh, dw] = draw.list(4, () => (isWinograd || draw.chance(0.6) ? 1 : draw.integer(1, 3)));
  const [pt, pl] = draw.list(2, () => draw.integer(-3, 3));
  const outputs = (size: number, k: number, stride: number, dilation: number, pad: number) =>
    draw.chance(0.2)
      ? draw.size()
      : Math.max(0, Math.floor((size + 2 * pad - dilation * (k - 1) - 1) / stride) + 1);
  const oh = outputs(ih, kh!, sh!, dh!, pt!);
  const ow = outputs(iw, kw!, sw!, dw!, pl!);
  const sizes = { n, ih, iw, ic, oh, ow, oc, kh: kh!, kw: kw!, groups };
  const steps = { sh: sh!, sw: sw!, dh: dh!, dw: dw!, pt: pt!, pl: pl! };
  return {
    shape: numbers('ConvShape', { ...sizes, ...steps }),
    inputs: n * ih * iw * ic,
    outputs: n * oh * ow * oc,
    filters: kh! * kw! * (ic / groups) * oc,
    oc,
    groups,
  };
}

/** A pooling of any windows, which need not overlap the image. */
export function pool(draw: Draw) {
  const [n, ih, iw, oh, ow] = [draw.size(3), ...draw.list(4, () => draw.size())] as const;
  const c = draw.chance(0.1) ? draw.integer(60, 140) : draw.size();
  const [kh, kw, sh, sw] = draw.list(4, () => draw.integer(1, 4)) as [number, number, number, number];
  const [pt, pl] = [draw.integer(-3, 3), draw.integer(-3, 3)];
  return {
    shape: numbers('PoolShape', { n, ih: ih!, iw: iw!, c, oh: oh!, ow: ow!, kh, kw, sh, sw, pt, pl }),
    inputs: n * ih! * iw! * c,
    outputs: n * oh! * ow! * c,
  };
}

/** An image of bytes of which a box is resized; a part of that is reduced, and may be sampled. */
export function imageFromBytes(draw: Draw): Call {
  const [height, width, channels] = [draw.integer(1, 20), draw.integer(1, 20), draw.integer(1, 5)];
  /** A stretch within `size`. */
  const within = (size: number) => {
    const start = draw.integer(0, size - 1);
    return [start, draw.integer(1, size - start)] as const;
  };
  const [[boxTop, boxHeight], [boxLeft, boxWidth]] = [within(height), within(width)];
  const resized = [draw.integer(1, 30), draw.integer(1, 30)] as const;
  const [[partTop, partHeight], [partLeft, partWidth]] = [within(resized[0]), within(resized[1])];
  const shrunk = [draw.integer(1, 20), draw.integer(1, 20)] as const;
  const hasMap = draw.chance(0.5);
  const [outHeight, outWidth] = hasMap ? [draw.integer(1, 20), draw.integer(1, 20)] : shrunk;
  const index = draw.integer(0, 2);
  const plan = numbers('PicturePlan', {
    channels,
    height: resized[0],
    width: resized[1],
    partTop,
    partLeft,
    partHeight,
    partWidth,
    shrunkHeight: shrunk[0],
    shrunkWidth: shrunk[1],
    outHeight,
    outWidth,
    outside: draw.integer(0, nameLists.Outside.length - 1),
    sampling: draw.integer(0, nameLists.Sampling.length - 1),
  });
  const picture = numbers('BoxedPicture', { height, width, boxLeft, boxTop, boxWidth, boxHeight });
  const size = outHeight * outWidth * channels;
  const lanes = channels === 3 ? 4 : channels;
  return {
    bytes: input(draw, 'u8', height * width * channels),
    // Other images of the batch are not written.
    y: index === 0 ? output(draw, 'f32', size) : input(draw, 'f32', (index + 1) * size),
    index,
    scratch: hasMap ? input(draw, 'f32', shrunk[0] * shrunk[1] * lanes) : null,
    picture: given(draw, 'f64', picture),
    plan: given(draw, 'f64', plan),
    map: hasMap ? input(draw, 'f32', 8) : null,
    logits: draw.chance(0.5) ? input(draw, 'f32', 2) : null,
    stats: draw.chance(0.5) ? input(draw, 'f32', 2 * channels) : null,
  };
}
