import { checkInteger, ensureEngine, registered, type Size } from '@fastts/core';
import { createBody } from './body.js';
import { type Arch, metaOf } from './pretrained/modelMeta.js';
import { DynamicUnet, type DynamicUnetOptions } from './unet.js';
import { checkPretrained, loadBody, type PretrainedOptions, type VisionModelOptions } from './visionModel.js';

/** Options of {@link unetModel}. */
export interface UnetModelOptions extends DynamicUnetOptions, Pick<VisionModelOptions, 'cut' | 'nIn'> {}

/**
 * A {@link DynamicUnet} on an architecture's body, untrained.
 *
 * @param imgSize Height and width of the images.
 */
export const unetModel = registered('unetModel')(
  (
    arch: Arch,
    nOut: number,
    imgSize: Size,
    { cut = metaOf(arch).cut, nIn = 3, ...options }: UnetModelOptions = {},
  ): DynamicUnet => {
    checkInteger('nOut', nOut, { min: 1 });
    return new DynamicUnet(createBody(arch(), { nIn, pretrained: false, cut }), nOut, imgSize, options);
  },
);

/**
 * A {@link DynamicUnet} on an architecture's body, pretrained by default.
 *
 * Source: fastai `vision/learner.py`, `create_unet_model`.
 *
 * @param imgSize Height and width of the images.
 * @throws what {@link createVisionModel} throws.
 * @example
 * const model = await createUnetModel(resnet34, 2, [128, 128]);
 */
export async function createUnetModel(
  arch: Arch,
  nOut: number,
  imgSize: Size,
  { pretrained = true, weights, ...options }: UnetModelOptions & PretrainedOptions = {},
): Promise<DynamicUnet> {
  checkPretrained({ pretrained, weights });
  await ensureEngine();
  const model = unetModel(arch, nOut, imgSize, options);
  if (pretrained) await loadBody(model.layers.at(0), arch, { ...options, weights });
  return model;
}
