import * as tf from '@tensorflow/tfjs-core';
import { flat } from './elementwise.js';
import { kernel } from './kernel.js';
import { run } from './program.js';

interface Picture {
  data: Uint8Array;
  height: number;
  width: number;
  channels: number;
  box?: { left: number; top: number; width: number; height: number };
}

/** Integers per picture in the table of boxes: where it begins, its width, and its box. */
const FIELDS = 6;

/** Images with values from 0 to 1 from bytes, resized bilinearly as `tf.image.resizeBilinear` does with half-pixel centers. */
export const imagesResizedFromBytes = kernel<
  object,
  { pictures: readonly Picture[]; size: [number, number] }
>('ImagesResizedFromBytes', (_, { pictures, size: [height, width] }, backend) => {
  const { channels } = pictures[0]!;
  const bytes = new Uint8Array(
    4 * Math.ceil(pictures.reduce((total, { data }) => total + data.length, 0) / 4),
  );
  const table = new Int32Array(FIELDS * pictures.length);
  let first = 0;
  for (const [i, { data, box, ...picture }] of pictures.entries()) {
    bytes.set(data, first);
    const { left, top, ...part } = box ?? { left: 0, top: 0, ...picture };
    table.set([first, picture.width, left, top, part.width, part.height], FIELDS * i);
    first += data.length;
  }
  const words = tf.tensor1d(new Int32Array(bytes.buffer), 'int32');
  const boxes = tf.tensor1d(table, 'int32');
  const count = pictures.length * height * width * channels;
  const images = run(backend, {
    name: 'imagesResizedFromBytes',
    inputs: { words, boxes },
    shape: [pictures.length, height, width, channels],
    integers: { count, height, width, channels },
    workgroups: flat(count),
    code: `
fn byteAt(index: i32) -> f32 {
  return f32((bitcast<u32>(words[index / 4]) >> (8u * u32(index % 4))) & 255u);
}
fn main(index: i32) {
  if (index >= uniforms.count) { return; }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let x = pixel % uniforms.width;
  let y = pixel / uniforms.width % uniforms.height;
  let box = pixel / uniforms.width / uniforms.height * ${FIELDS};
  let partWidth = boxes[box + 4];
  let partHeight = boxes[box + 5];
  let sourceX = (f32(x) + 0.5) * (f32(partWidth) / f32(uniforms.width)) - 0.5;
  let sourceY = (f32(y) + 0.5) * (f32(partHeight) / f32(uniforms.height)) - 0.5;
  let left = max(i32(floor(sourceX)), 0);
  let top = max(i32(floor(sourceY)), 0);
  let right = min(i32(ceil(sourceX)), partWidth - 1);
  let bottom = min(i32(ceil(sourceY)), partHeight - 1);
  let row0 = boxes[box] + ((boxes[box + 3] + top) * boxes[box + 1] + boxes[box + 2]) * uniforms.channels + channel;
  let row1 = boxes[box] + ((boxes[box + 3] + bottom) * boxes[box + 1] + boxes[box + 2]) * uniforms.channels + channel;
  let acrossX = sourceX - f32(left);
  let upper = mix(byteAt(row0 + left * uniforms.channels), byteAt(row0 + right * uniforms.channels), acrossX);
  let lower = mix(byteAt(row1 + left * uniforms.channels), byteAt(row1 + right * uniforms.channels), acrossX);
  result[index] = mix(upper, lower, sourceY - f32(top)) / 255.0;
}`,
  });
  tf.dispose([words, boxes]);
  return images;
});
