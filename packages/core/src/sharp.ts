import type Sharp from 'sharp';

/** sharp, loaded when the first picture is decoded or encoded: it takes a while, and not every program has pictures. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then((module) => module.default);
  return loading;
}

let loading: Promise<typeof Sharp> | undefined;
