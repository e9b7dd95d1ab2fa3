import type { Pixels } from '@fastts/core';

/**
 * Decodes an HEIC image by the package `heic-decode`, if it is installed. It is optional, since libheif's decoder is 8 MB
 * under the LGPL, and `sharp`'s binaries do not include one because of patents.
 *
 * @throws Error whose message is the reason why it cannot be decoded.
 */
export async function decodeHeic(file: Uint8Array): Promise<Pixels> {
  const decode = await loadDecoder();
  const { width, height, data } = await decode({ buffer: file });
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height, channels: 4 };
}

type HeicDecode = (options: {
  buffer: Uint8Array;
}) => Promise<{ width: number; height: number; data: Uint8ClampedArray }>;

async function loadDecoder(): Promise<HeicDecode> {
  // A variable, so that compilers and bundlers do not resolve a package that need not be there.
  const name = 'heic-decode';
  try {
    const module: { default: HeicDecode } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    return module.default;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error(
      `it is an HEIC image: install the package ${name} (npm install ${name}) to read it, or convert it to JPEG`,
    );
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
