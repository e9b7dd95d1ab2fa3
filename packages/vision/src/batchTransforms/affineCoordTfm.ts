import {
  type Box,
  type DrawContext,
  type EncodeContext,
  type PadMode,
  type Rng,
  registered,
  type Size,
  Transform,
  type TransformContext,
  toSize,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LazyImageBatch } from '../image/lazyImageBatch.js';
import { imagesIn } from './imagesIn.js';
import { forAspect, identity, type Matrix, multiply } from './matrix.js';
import { moveBoxes, movePoints } from './movePoints.js';
import { type Geometry, type SampleMode, sampleGeometry } from './sampleGeometry.js';

/** Draws a map for each of the `n` images of a batch. */
export type DrawMatrices = (n: number, rng: Rng) => Matrix[];

/** Chooses the box to which all images of a batch, of size `height` × `width`, are cropped. */
export type DrawCrop = (height: number, width: number, context: TransformContext) => Box;

/** The draw for a batch. */
interface BatchMoves {
  geometry: Geometry;
  /** Height and width of the input images. */
  full: readonly [height: number, width: number];
}

/** Options shared by all spatial transforms of a batch. */
export interface AffineCoordOptions {
  /** Height and width of the output (default: those of the input). */
  size?: Size;
  /** Interpolation between pixels (default `'bilinear'`). */
  mode?: SampleMode;
  /** Interpolation between a mask's pixels (default `'nearest'`). */
  modeMask?: SampleMode;
  /** Padding beyond the edges (default `'reflection'`). */
  padMode?: PadMode;
  /** Whether the corners of input and output are the centers of their outermost pixels (default true). */
  alignCorners?: boolean;
}

/** The maps of an {@link AffineCoordTfm}. */
export interface Moves {
  /** Affine maps, corrected for the image's aspect ratio. */
  affine?: readonly DrawMatrices[];
  /** Other projective maps, such as a perspective, applied after the affine ones. */
  coord?: readonly DrawMatrices[];
  /** A crop of the mapped image. */
  crop?: { draw: DrawCrop; size: Size };
}

/**
 * Transforms the geometry of a batch's images, and of their masks, points and boxes: any number of affine maps, then
 * perspectives, then one crop, all in one sampling. In validation, images are only resized to `size`.
 *
 * `Flip`, `Rotate` and similar transforms extend it; {@link setupAugTfms} composes several into one.
 *
 * Source: fastai `vision/augment.py`, where a crop is sampled separately.
 */
@registered('AffineCoordTfm')
export class AffineCoordTfm extends Transform<BatchMoves | null> {
  override order = 30;
  override kinds = ['image', 'mask', 'point', 'bbox'];
  override takesLazy = true;

  constructor(
    readonly moves: Moves,
    readonly options: AffineCoordOptions = {},
  ) {
    super();
    if (options.size !== undefined) toSize(options.size);
    if (moves.crop) toSize(moves.crop.size);
  }

  /** One transform equivalent to `transforms` in order, with the options of the first. */
  @registered('AffineCoordTfm.compose')
  static compose(transforms: readonly AffineCoordTfm[]): AffineCoordTfm {
    const moves: Moves = {
      affine: transforms.flatMap((t) => t.moves.affine ?? []),
      coord: transforms.flatMap((t) => t.moves.coord ?? []),
      crop: transforms.map((t) => t.moves.crop).findLast((crop) => crop !== undefined),
    };
    return new AffineCoordTfm(moves, transforms[0]!.options);
  }

  override draw(context: DrawContext): BatchMoves | null {
    const images = imagesIn(context, this);
    if (!images) return null;
    const [n, height, width] = images.shape;
    return { geometry: this.drawGeometry(n, height, width, context), full: [height, width] };
  }

  encodes(
    value: tf.Tensor | LazyImageBatch,
    { kind, draw }: EncodeContext<BatchMoves | null>,
  ): tf.Tensor | LazyImageBatch {
    if (!draw) return value;
    const { options } = this;
    const { geometry: drawn, full } = draw;
    const isStill = !drawn.crop && drawn.matrices.every((matrix) => matrix === identity);
    if (kind === 'point') return isStill ? value : movePoints(value as tf.Tensor3D, drawn, full);
    if (kind === 'bbox') return isStill ? value : moveBoxes(value as tf.Tensor3D, drawn, full);
    const [, height, width] = value.shape as [number, number, number];
    // A second image, or a mask, may differ in size from the first.
    const size = this.moves.crop || options.size !== undefined ? drawn.size : ([height, width] as const);
    if (isStill && size[0] === height && size[1] === width) return value;
    const geometry = { ...drawn, size };
    if (kind === 'mask') return moveMasks(value as tf.Tensor3D, geometry, options.modeMask);
    return sampleGeometry(value as tf.Tensor4D, geometry);
  }

  private drawGeometry(n: number, height: number, width: number, context: TransformContext): Geometry {
    const { size, mode = 'bilinear', padMode = 'reflection', alignCorners = true } = this.options;
    const { crop } = this.moves;
    const outputSize = toSize(crop?.size ?? size ?? [height, width]);
    const moves =
      context.split === 'train' && [...(this.moves.affine ?? []), ...(this.moves.coord ?? [])].length > 0;
    return {
      matrices: moves
        ? this.drawMatrices(n, height, width, context.rng)
        : new Array<Matrix>(n).fill(identity),
      crop: crop?.draw(height, width, context),
      size: outputSize,
      mode,
      padMode,
      alignCorners,
    };
  }

  private drawMatrices(n: number, height: number, width: number, rng: Rng): Matrix[] {
    const { affine = [], coord = [] } = this.moves;
    const draws = affine.map((draw) => draw(n, rng));
    const warps = coord.map((draw) => draw(n, rng));
    return Array.from({ length: n }, (_, i) => {
      const moved = forAspect(
        draws.reduce((product, matrices) => multiply(product, matrices[i]!), identity),
        height,
        width,
      );
      return warps.reduce((product, matrices) => multiply(matrices[i]!, product), moved);
    });
  }
}

/** Masks `[n, height, width]`, transformed like their images. */
function moveMasks(masks: tf.Tensor3D, geometry: Geometry, mode: SampleMode = 'nearest'): tf.Tensor3D {
  return tf.tidy(() => {
    const images = tf.expandDims(tf.cast(masks, 'float32'), 3) as tf.Tensor4D;
    return tf.cast(tf.squeeze(sampleGeometry(images, { ...geometry, mode }), [3]), 'int32') as tf.Tensor3D;
  });
}
