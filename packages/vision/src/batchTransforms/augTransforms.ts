import { ArgumentError, checkNumber, type PadMode, type Size, type Transform } from '@fastts/core';
import { AffineCoordTfm } from './affineCoordTfm.js';
import { Dihedral, Flip } from './flip.js';
import { Brightness, Contrast } from './lighting.js';
import { LightingTfm } from './lightingTfm.js';
import { RandomResizedCropGPU } from './randomResizedCropGPU.js';
import { Rotate } from './rotate.js';
import type { SampleMode } from './sampleGeometry.js';
import { Warp } from './warp.js';
import { Zoom } from './zoom.js';

/** Options of {@link augTransforms}. */
export interface AugTransformsOptions {
  /** Multiplies `maxRotate`, `maxLighting` and `maxWarp` (default 1). */
  mult?: number;
  /** Whether to flip (default true). */
  doFlip?: boolean;
  /** Whether flips include the vertical ones and quarter turns (default false). */
  flipVert?: boolean;
  /** Maximum rotation in either direction, in degrees (default 10). */
  maxRotate?: number;
  /** Minimum magnification (default 1). */
  minZoom?: number;
  /** Maximum magnification (default 1.1). */
  maxZoom?: number;
  /** Maximum change of brightness and contrast (default 0.2). */
  maxLighting?: number;
  /** Maximum change of perspective (default 0.2). */
  maxWarp?: number;
  /** Probability of each of warping, rotating, zooming (default 0.75). */
  pAffine?: number;
  /** Probability of each lighting change (default 0.75). */
  pLighting?: number;
  /** Additional batch transforms (default: none). */
  xtraTfms?: readonly Transform[];
  /** Height and width of the output (default: those of the input). */
  size?: Size;
  /** Interpolation between pixels (default `'bilinear'`). */
  mode?: SampleMode;
  /** Padding beyond the edges (default `'reflection'`). */
  padMode?: PadMode;
  /** Whether corners are the centers of the outermost pixels (default true). */
  alignCorners?: boolean;
  /** Whether one draw is shared by the whole batch (default false). */
  batch?: boolean;
  /** Minimum fraction of the area that a random square crop keeps; 1 (default) does not crop. Requires `size`. */
  minScale?: number;
}

/**
 * Batch transforms that suit most images: random flips, rotations, zooms, warps and lighting changes.
 *
 * All spatial transforms are fused into one sampling, and all lighting changes into one pass. In validation, images
 * are only resized to `size`.
 *
 * Source: `aug_transforms` of fastai `vision/augment.py`, with its defaults.
 *
 * @throws ArgumentError when `minScale` is given without `size`.
 * @example
 * const batchTfms = [...augTransforms({ size: 224, minScale: 0.75 }), Normalize.fromStats(imagenetStats)];
 */
export function augTransforms({
  mult = 1,
  doFlip = true,
  flipVert = false,
  maxRotate = 10,
  minZoom = 1,
  maxZoom = 1.1,
  maxLighting = 0.2,
  maxWarp = 0.2,
  pAffine = 0.75,
  pLighting = 0.75,
  xtraTfms = [],
  size,
  mode = 'bilinear',
  padMode = 'reflection',
  alignCorners = true,
  batch = false,
  minScale = 1,
}: AugTransformsOptions = {}): Transform[] {
  const upTo1 = { min: 0, max: 1 };
  for (const [name, value] of Object.entries({ mult, maxRotate, maxLighting, maxWarp })) {
    checkNumber(name, value, { min: 0 });
  }
  checkNumber('maxLighting', maxLighting, { below: 1 });
  // Their product must be a change of lighting that is below 1, too.
  checkNumber('mult', mult, { below: 1 / maxLighting });
  checkNumber('maxZoom', maxZoom, { above: 0 });
  checkNumber('minZoom', minZoom, { above: 0, max: maxZoom });
  checkNumber('pAffine', pAffine, upTo1);
  checkNumber('pLighting', pLighting, upTo1);
  checkNumber('minScale', minScale, { above: 0, max: 1 });
  if (minScale !== 1 && size === undefined) {
    throw new ArgumentError(
      `minScale ${minScale} crops images, which requires the size to resize them to: pass \`size\`.`,
    );
  }
  const shared = { mode, padMode, alignCorners, batch };
  const resize = minScale === 1 ? size : undefined;
  // The composition has the options of the first transform, and resizes even if there is no other one.
  const transforms: Transform[] = [new AffineCoordTfm({}, { size: resize, mode, padMode, alignCorners })];
  if (doFlip)
    transforms.push(flipVert ? new Dihedral({ p: 0.5, ...shared }) : new Flip({ p: 0.5, ...shared }));
  if (maxWarp * mult) transforms.push(new Warp({ magnitude: maxWarp * mult, p: pAffine, ...shared }));
  if (maxRotate * mult) transforms.push(new Rotate({ maxDeg: maxRotate * mult, p: pAffine, ...shared }));
  if (minZoom < 1 || maxZoom > 1) transforms.push(new Zoom({ minZoom, maxZoom, p: pAffine, ...shared }));
  if (maxLighting * mult) {
    transforms.push(new Brightness({ maxLighting: maxLighting * mult, p: pLighting, batch }));
    transforms.push(new Contrast({ maxLighting: maxLighting * mult, p: pLighting, batch }));
  }
  if (minScale !== 1) transforms.push(new RandomResizedCropGPU(size!, { minScale, ratio: [1, 1] }));
  return setupAugTfms([...transforms, ...xtraTfms]);
}

/**
 * Composes all spatial transforms into one and all lighting transforms into one, and puts these first.
 *
 * Source: `setup_aug_tfms` of fastai `vision/augment.py`.
 */
export function setupAugTfms(transforms: readonly Transform[]): Transform[] {
  const moving = transforms.filter((t): t is AffineCoordTfm => t instanceof AffineCoordTfm);
  const lighting = transforms.filter((t): t is LightingTfm => t instanceof LightingTfm);
  const others = transforms.filter((t) => !(t instanceof AffineCoordTfm || t instanceof LightingTfm));
  return [
    ...(moving.length > 0 ? [AffineCoordTfm.compose(moving)] : []),
    ...(lighting.length > 0 ? [LightingTfm.compose(lighting)] : []),
    ...others,
  ];
}
