import type * as tf from '@tensorflow/tfjs-core';
import { MOST_WORKGROUPS, run, unroll, type WebGpuBackend, WORKGROUP } from './program.js';
import { accumulators, DEPTH, multiplyAdd, readScalars, type Tile, tiles, write } from './tile.js';

type Pair = [number, number];

/** Height and width of everything, and the channels. */
export interface Windows {
  /** The output pixels; with a stride backward, those of one class. */
  grid: Pair;
  /** The image that the windows read. */
  source: Pair;
  kernel: Pair;
  stride: Pair;
  pad: Pair;
  /** Channels of the source. */
  depth: number;
  /** Channels of the output. */
  columns: number;
  /** Whether the source is the gradient of a convolution's output, rather than its input. */
  isBackward: boolean;
}

/** About as many workgroups as keep a large GPU busy. */
const BUSY = 256;

/**
 * A matrix product with a row per output pixel and a column per output channel, summed over taps and the channels of the
 * source. The first factor is never stored: tiles of it are read from the source's windows where they are needed.
 *
 * With a stride backward, the taps that reach a pixel depend on its place modulo the stride, so each such class of
 * pixels is a separate product.
 *
 * @param taps [height, width, channels of the source, channels of the output].
 * @returns `undefined` for more pixels than a device can count.
 */
export function windowProduct(
  backend: WebGpuBackend,
  source: tf.TensorInfo,
  taps: tf.TensorInfo,
  shape: readonly [number, number, number, number],
  windows: Windows,
): tf.TensorInfo | undefined {
  const { grid, kernel, stride, pad, depth, columns, isBackward } = windows;
  const rows = shape[0] * grid[0] * grid[1];
  const tile = chooseTile(rows, columns);
  const rowTiles = tiles(rows, tile.rows);
  if (rowTiles > MOST_WORKGROUPS) return undefined;
  const vectors = [...(depth % 4 === 0 ? ['source'] : []), ...(columns % 4 === 0 ? ['taps', 'result'] : [])];
  return run(backend, {
    name: `windowProduct ${tile.rows} ${tile.columns} ${isBackward}`,
    inputs: { source, taps },
    vectors,
    shape,
    integers: {
      rows,
      depth,
      columns,
      height: shape[1],
      width: shape[2],
      gridHeight: grid[0],
      gridWidth: grid[1],
      sourceHeight: windows.source[0],
      sourceWidth: windows.source[1],
      kernelHeight: kernel[0],
      kernelWidth: kernel[1],
      strideY: stride[0],
      strideX: stride[1],
      padTop: pad[0],
      padLeft: pad[1],
    },
    workgroups: [tiles(columns, tile.columns), rowTiles, isBackward ? stride[0] * stride[1] : 1],
    code: windowCode(tile, isBackward, depth % 4 === 0, columns % 4 === 0),
  });
}

function windowCode(tile: Tile, isBackward: boolean, isDeepVector: boolean, isVector: boolean) {
  const { rows, columns } = tile;
  const [height, width] = [16 * rows, 16 * columns];
  const [readsA, readsB] = [rows / 4, columns / 4];
  const rowsOfB = WORKGROUP / (width / 4);
  return `
var<workgroup> tileA: array<vec4<f32>, ${(height * DEPTH) / 4}>;
var<workgroup> tileB: array<vec4<f32>, ${(width * DEPTH) / 4}>;

// Number of terms of the sum; a loop with barriers needs a bound that is known to be the same for all invocations.
var<workgroup> terms: i32;

// Where the window of a row begins, the pixel of its first tap, and whether there is such a row.
struct Row { image: i32, y: i32, x: i32, pixel: i32, exists: bool }
// A place in the sum: a tap, by its row and column among those that count, and a channel.
struct Place { tapY: i32, tapX: i32, channel: i32 }
// The class of output pixels, its first tap, and its numbers of taps.
struct Pixels { y: i32, x: i32, tapY: i32, tapX: i32, tapsY: i32, tapsX: i32 }

fn pixelsOf(kind: i32) -> Pixels {
${
  isBackward
    ? `
  let y = kind / uniforms.strideX;
  let x = kind % uniforms.strideX;
  let tapY = (y + uniforms.padTop) % uniforms.strideY;
  let tapX = (x + uniforms.padLeft) % uniforms.strideX;
  let tapsY = (uniforms.kernelHeight - tapY + uniforms.strideY - 1) / uniforms.strideY;
  let tapsX = (uniforms.kernelWidth - tapX + uniforms.strideX - 1) / uniforms.strideX;
  return Pixels(y, x, tapY, tapX, max(tapsY, 0), max(tapsX, 0));`
    : 'return Pixels(0, 0, 0, 0, uniforms.kernelHeight, uniforms.kernelWidth);'
}
}

fn rowOf(index: i32, pixels: Pixels) -> Row {
  let perImage = uniforms.gridHeight * uniforms.gridWidth;
  let image = index / perImage;
  let y = (index % perImage) / uniforms.gridWidth;
  let x = index % uniforms.gridWidth;
${
  isBackward
    ? `
  let outY = pixels.y + y * uniforms.strideY;
  let outX = pixels.x + x * uniforms.strideX;
  let sourceY = (outY + uniforms.padTop - pixels.tapY) / uniforms.strideY;
  let sourceX = (outX + uniforms.padLeft - pixels.tapX) / uniforms.strideX;
  let exists = index < uniforms.rows && outY < uniforms.height && outX < uniforms.width;`
    : `
  let outY = y;
  let outX = x;
  let sourceY = y * uniforms.strideY - uniforms.padTop;
  let sourceX = x * uniforms.strideX - uniforms.padLeft;
  let exists = index < uniforms.rows;`
}
  return Row(image * uniforms.sourceHeight * uniforms.sourceWidth, sourceY, sourceX,
      (image * uniforms.height + outY) * uniforms.width + outX, exists);
}

fn settle(place: Place, pixels: Pixels) -> Place {
  var p = place;
  while (p.channel >= uniforms.depth && p.tapY < pixels.tapsY) {
    p.channel -= uniforms.depth;
    p.tapX += 1;
    if (p.tapX >= pixels.tapsX) { p.tapX = 0; p.tapY += 1; }
  }
  return p;
}

// The source's index at a place of a row's window, or -1 outside the image or the sum.
fn sourceIndex(row: Row, place: Place, pixels: Pixels) -> i32 {
  let y = row.y ${isBackward ? '-' : '+'} place.tapY;
  let x = row.x ${isBackward ? '-' : '+'} place.tapX;
  let inside = row.exists && place.tapY < pixels.tapsY && y >= 0 && y < uniforms.sourceHeight &&
      x >= 0 && x < uniforms.sourceWidth;
  return select(-1, (row.image + y * uniforms.sourceWidth + x) * uniforms.depth + place.channel, inside);
}

fn readA(row: Row, place: Place, pixels: Pixels) -> vec4<f32> {
${
  isDeepVector
    ? `
  let index = sourceIndex(row, place, pixels);
  if (index < 0) { return vec4<f32>(0.0); }
  return source[index / 4];`
    : `
  var value = vec4<f32>(0.0);
  for (var e = 0; e < 4; e++) {
    let index = sourceIndex(row, settle(Place(place.tapY, place.tapX, place.channel + e), pixels), pixels);
    if (index >= 0) { value[e] = source[index]; }
  }
  return value;`
}
}

fn readB(place: Place, column: i32, pixels: Pixels) -> vec4<f32> {
  if (place.tapY >= pixels.tapsY || column >= uniforms.columns) { return vec4<f32>(0.0); }
  let tap = (pixels.tapY + place.tapY * ${isBackward ? 'uniforms.strideY' : '1'}) * uniforms.kernelWidth +
      pixels.tapX + place.tapX * ${isBackward ? 'uniforms.strideX' : '1'};
  let first = (tap * uniforms.depth + place.channel) * uniforms.columns + column;
  ${isVector ? 'return taps[first / 4];' : readScalars('taps', 'first', 'column')}
}

fn main(index: i32) {
  let t = i32(localIndex);
  let tx = t % 16;
  let ty = t / 16;
  let firstColumn = i32(workgroupId.x) * ${width};
  let firstRow = i32(workgroupId.y) * ${height};
  let pixels = pixelsOf(i32(workgroupId.z));
  ${unroll(readsA, (i) => `let row${i} = rowOf(firstRow + t / 4 + ${64 * i}, pixels);`)}
  var placeA = settle(Place(0, 0, 4 * (t % 4)), pixels);
  let columnB = firstColumn + 4 * (t % ${width / 4});
  ${unroll(readsB, (i) => `var placeB${i} = settle(Place(0, 0, t / ${width / 4} + ${rowsOfB * i}), pixels);`)}
  ${accumulators(tile)}

  ${unroll(readsA, (i) => `var nextA${i} = readA(row${i}, placeA, pixels);`)}
  ${unroll(readsB, (i) => `var nextB${i} = readB(placeB${i}, columnB, pixels);`)}
  if (t == 0) { terms = pixels.tapsY * pixels.tapsX * uniforms.depth; }
  let depth = workgroupUniformLoad(&terms);
  for (var k = 0; k < depth; k += ${DEPTH}) {
    ${unroll(readsA, (i) => `tileA[t + ${WORKGROUP * i}] = nextA${i};`)}
    ${unroll(readsB, (i) => `tileB[t + ${WORKGROUP * i}] = nextB${i};`)}
    workgroupBarrier();
    // The next slice is read while this one is multiplied.
    placeA.channel += ${DEPTH};
    placeA = settle(placeA, pixels);
    ${unroll(readsA, (i) => `nextA${i} = readA(row${i}, placeA, pixels);`)}
    ${unroll(
      readsB,
      (i) => `placeB${i}.channel += ${DEPTH};
    placeB${i} = settle(placeB${i}, pixels);
    nextB${i} = readB(placeB${i}, columnB, pixels);`,
    )}
    for (var q = 0; q < ${DEPTH / 4}; q++) {
      ${unroll(rows, (i) => `let a${i} = tileA[(ty + ${16 * i}) * ${DEPTH / 4} + q];`)}
      ${unroll(
        4,
        (e) => `{
        ${unroll(readsB, (j) => `let b${j} = tileB[(4 * q + ${e}) * ${width / 4} + ${16 * j} + tx];`)}
        ${unroll(rows, (i) => unroll(readsB, (j) => multiplyAdd(i, j, `a${i}`, e)))}
      }`,
      )}
    }
    workgroupBarrier();
  }

  ${unroll(
    rows,
    (i) => `{
    let row = rowOf(firstRow + ty + ${16 * i}, pixels);
    if (row.exists) {
      ${unroll(readsB, (j) => write(`sum${i}${j}`, 'row.pixel', `firstColumn + ${64 * j} + 4 * tx`, isVector))}
    }
  }`,
  )}
}`;
}

/** The largest tile with enough workgroups. */
function chooseTile(rows: number, columns: number): Tile {
  const candidates: Tile[] = [
    { rows: 8, columns: 8 },
    { rows: 8, columns: 4 },
    { rows: 4, columns: 4 },
  ];
  const fits = (tile: Tile) =>
    (tile.columns === 4 || columns > 64) &&
    (tile.rows === 4 || rows > 64) &&
    tiles(rows, tile.rows) * tiles(columns, tile.columns) >= BUSY;
  return candidates.find(fits) ?? { rows: 4, columns: 4 };
}
