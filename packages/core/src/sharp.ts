import type Sharp from 'sharp';

/** sharp, loaded when the first image is decoded or encoded, since loading is slow and not every program has images. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then((module) => module.default);
  return loading;
}

let loading: Promise<typeof Sharp> | undefined;
