import { runInContext } from 'node:vm';
import { pageWith } from '@fastts/testing/page';

/** A browser's globals, except that a canvas returns the bytes of its pixels unencoded. */
class ImageData {
  readonly data: Uint8ClampedArray;

  constructor(width: number, height: number) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
}

class OffscreenCanvas {
  private pixels: Uint8ClampedArray<ArrayBuffer> = new Uint8ClampedArray();

  getContext() {
    return {
      putImageData: ({ data }: ImageData) => {
        this.pixels = Uint8ClampedArray.from(data);
      },
    };
  }

  async convertToBlob(): Promise<Blob> {
    return new Blob([this.pixels]);
  }
}

it('in a page, charts are drawn synchronously, and images are encoded by the browser', async () => {
  const page = Object.assign(await pageWith("export * from '../src/index.ts';", __dirname), {
    ImageData,
    OffscreenCanvas,
    btoa,
  });
  const chart = runInContext(
    `fastts.plotLines([{ name: 'loss', points: [{ x: 1, y: 2 }, { x: 2, y: 1 }] }], { title: 'curve' }).svg();`,
    page,
  );
  expect(chart).toMatch(/^<svg .*>curve<.*<path .*<\/svg>$/);
  const grid = await runInContext(
    `fastts.imageGrid([
       { image: { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1, channels: 3 } },
       {
         image: { data: Uint8Array.of(7, 8), width: 1, height: 2, channels: 1 },
         mask: { data: Uint8Array.of(0, 1), width: 1, height: 2, channels: 1 },
       },
     ]).then((figure) => figure.svg());`,
    page,
  );
  const images = [...grid.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, url]) => [
    ...Buffer.from(url, 'base64'),
  ]);
  expect(images).toEqual([
    [1, 2, 3, 255, 4, 5, 6, 255],
    [7, 7, 7, 255, 8, 8, 8, 255],
    [0, 0, 0, 0, 0, 114, 178, 128],
  ]);
});
