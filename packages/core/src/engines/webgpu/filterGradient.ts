import * as tf from '@tensorflow/tfjs-core';
import { sumFirstAxis } from './elementwise.js';
import { kernel } from './kernel.js';
import { run, size, unroll, WORKGROUP } from './program.js';
import { accumulators, DEPTH, multiplyAdd, readScalars, type Tile, tiles, write } from './tile.js';

type Shape4D = [number, number, number, number];

interface FilterAttrs extends tf.Conv2DBackpropFilterAttrs {
  filterShape: Shape4D;
}

/** About as many workgroups as keep a large GPU busy. */
const BUSY = 512;

/**
 * The gradient of the convolution's filter as one matrix product: a row per tap and input channel, a column per output
 * channel, summed over the output pixels. There are many of these, so parts of the sum are computed side by side.
 */
export const conv2DBackpropFilter = kernel<{ x: tf.TensorInfo; dy: tf.TensorInfo }, FilterAttrs>(
  'Conv2DBackpropFilter',
  ({ x, dy }, { strides, pad, dimRoundingMode, dataFormat, filterShape }, backend) => {
    if (dataFormat !== 'NHWC' || size(x.shape) === 0) return undefined;
    const info = tf.backend_util.computeConv2DInfo(
      x.shape as Shape4D,
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const columns = info.outChannels;
    const rows = info.filterHeight * info.filterWidth * info.inChannels;
    const pixels = info.batchSize * info.outHeight * info.outWidth;
    const tile: Tile = { rows: rows > 64 ? 8 : 4, columns: columns > 64 ? 8 : 4 };
    const [rowTiles, columnTiles] = [tiles(rows, tile.rows), tiles(columns, tile.columns)];
    const wanted = Math.ceil(BUSY / (rowTiles * columnTiles));
    const perPart = DEPTH * Math.ceil(pixels / Math.min(wanted, Math.ceil(pixels / (8 * DEPTH))) / DEPTH);
    const parts = Math.ceil(pixels / perPart);
    const vectors = [
      ...(info.inChannels % 4 === 0 ? ['x'] : []),
      ...(columns % 4 === 0 ? ['dy', 'result'] : []),
    ];
    const shape = info.filterShape;
    const sums = run(backend, {
      name: `filterGradient ${tile.rows} ${tile.columns}`,
      inputs: { x, dy },
      vectors,
      shape: [parts, ...shape],
      integers: {
        rows,
        columns,
        pixels,
        perPart,
        channels: info.inChannels,
        height: info.inHeight,
        width: info.inWidth,
        outHeight: info.outHeight,
        outWidth: info.outWidth,
        kernelWidth: info.filterWidth,
        strideY: info.strideHeight,
        strideX: info.strideWidth,
        padTop: info.padInfo.top,
        padLeft: info.padInfo.left,
      },
      workgroups: [columnTiles, rowTiles, parts],
      code: filterCode(tile, info.inChannels % 4 === 0, columns % 4 === 0),
    });
    if (parts === 1) return { ...sums, shape };
    const gradient = sumFirstAxis(backend, sums, parts, shape);
    backend.disposeData(sums.dataId);
    return gradient;
  },
);

function filterCode(tile: Tile, isDeepVector: boolean, isVector: boolean) {
  const { rows, columns } = tile;
  const [height, width] = [16 * rows, 16 * columns];
  const [readsA, readsB] = [rows / 4, columns / 4];
  const [rowsOfA, rowsOfB] = [WORKGROUP / (height / 4), WORKGROUP / (width / 4)];
  return `
var<workgroup> tileA: array<vec4<f32>, ${(height * DEPTH) / 4}>;
var<workgroup> tileB: array<vec4<f32>, ${(width * DEPTH) / 4}>;

// The tap and the channel of a row, and whether there is such a row.
struct Row { y: i32, x: i32, channel: i32, exists: bool }

fn rowOf(index: i32) -> Row {
  let tap = index / uniforms.channels;
  return Row(tap / uniforms.kernelWidth - uniforms.padTop, tap % uniforms.kernelWidth - uniforms.padLeft,
      index % uniforms.channels, index < uniforms.rows);
}

// The index of the value of x that a row's tap meets at an output pixel, or -1 outside the image.
fn imageIndex(row: Row, pixel: i32, last: i32) -> i32 {
  let perImage = uniforms.outHeight * uniforms.outWidth;
  let image = pixel / perImage;
  let y = row.y + (pixel % perImage) / uniforms.outWidth * uniforms.strideY;
  let x = row.x + pixel % uniforms.outWidth * uniforms.strideX;
  let inside = row.exists && pixel < last && y >= 0 && y < uniforms.height && x >= 0 && x < uniforms.width;
  return select(-1, ((image * uniforms.height + y) * uniforms.width + x) * uniforms.channels + row.channel, inside);
}

fn readA(index: i32, row: Row, pixel: i32, last: i32) -> vec4<f32> {
${
  isDeepVector
    ? `
  let at = imageIndex(row, pixel, last);
  if (at < 0) { return vec4<f32>(0.0); }
  return x[at / 4];`
    : `
  var value = vec4<f32>(0.0);
  for (var e = 0; e < 4; e++) {
    let at = imageIndex(rowOf(index + e), pixel, last);
    if (at >= 0) { value[e] = x[at]; }
  }
  return value;`
}
}

fn readB(pixel: i32, column: i32, last: i32) -> vec4<f32> {
  if (pixel >= last || column >= uniforms.columns) { return vec4<f32>(0.0); }
  let first = pixel * uniforms.columns + column;
  ${isVector ? 'return dy[first / 4];' : readScalars('dy', 'first', 'column')}
}

fn main(index: i32) {
  let t = i32(localIndex);
  let tx = t % 16;
  let ty = t / 16;
  let firstColumn = i32(workgroupId.x) * ${width};
  let firstRow = i32(workgroupId.y) * ${height};
  let part = i32(workgroupId.z);
  let first = part * uniforms.perPart;
  let last = min(first + uniforms.perPart, uniforms.pixels);
  let rowIndex = firstRow + 4 * (t % ${height / 4});
  let row = rowOf(rowIndex);
  let columnB = firstColumn + 4 * (t % ${width / 4});
  let pixelA = t / ${height / 4};
  let pixelB = t / ${width / 4};
  ${accumulators(tile)}

  ${unroll(readsA, (i) => `var nextA${i} = readA(rowIndex, row, first + pixelA + ${rowsOfA * i}, last);`)}
  ${unroll(readsB, (i) => `var nextB${i} = readB(first + pixelB + ${rowsOfB * i}, columnB, last);`)}
  for (var k = 0; k < uniforms.perPart; k += ${DEPTH}) {
    ${unroll(readsA, (i) => `tileA[t + ${WORKGROUP * i}] = nextA${i};`)}
    ${unroll(readsB, (i) => `tileB[t + ${WORKGROUP * i}] = nextB${i};`)}
    workgroupBarrier();
    let next = first + k + ${DEPTH};
    ${unroll(readsA, (i) => `nextA${i} = readA(rowIndex, row, next + pixelA + ${rowsOfA * i}, last);`)}
    ${unroll(readsB, (i) => `nextB${i} = readB(next + pixelB + ${rowsOfB * i}, columnB, last);`)}
    for (var q = 0; q < ${DEPTH}; q++) {
      ${unroll(readsA, (i) => `let a${i} = tileA[q * ${height / 4} + ${16 * i} + ty];`)}
      ${unroll(readsB, (j) => `let b${j} = tileB[q * ${width / 4} + ${16 * j} + tx];`)}
      ${unroll(rows, (i) => unroll(readsB, (j) => multiplyAdd(i, j, `a${i >> 2}`, i & 3)))}
    }
    workgroupBarrier();
  }

  ${unroll(
    rows,
    (i) => `{
    let row = firstRow + ${64 * (i >> 2) + (i & 3)} + 4 * ty;
    if (row < uniforms.rows) {
      ${unroll(readsB, (j) =>
        write(`sum${i}${j}`, '(part * uniforms.rows + row)', `firstColumn + ${64 * j} + 4 * tx`, isVector),
      )}
    }
  }`,
  )}
}`;
}
