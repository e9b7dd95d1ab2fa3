import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Pixels, Rng, setProgressSink } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter, ItemError } from '@fastts/data';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/pictures.json';
import { getImageFiles, ImageBlock, ImageError, LazyImage, Resize, verifyImages } from '../src/index.js';

let folder: string;
const said: string[] = [];
const at = (name: string) => join(folder, name);

const noise = Buffer.from(Array.from({ length: 40 * 60 * 3 }, (_, i) => (i * i * 31) % 251));
const whole = () => sharp(noise, { raw: { width: 60, height: 40, channels: 3 } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-broken-'));
  setProgressSink(lineSink(said));
  for (let i = 0; i < 4; i++)
    await whole()
      .jpeg()
      .toFile(at(`good${i}.jpg`));
  for (const [name, [make]] of Object.entries(files)) await make(at(name));
});
afterAll(() => {
  setProgressSink(null);
  rmSync(folder, { recursive: true });
});

/** A BMP's header of 54 bytes. */
function bmpHeader(width: number, height: number, bits: number, compression: number): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  return header;
}

/** A PNG whose header declares another size. */
async function pngOfSize(width: number, height: number): Promise<Buffer> {
  const png = await whole().png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

/** Of the PNG specification, annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const svg = (content: string) =>
  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">${content}</svg>`;
/** Groups, each of which contains the one before ten times: a drawing of 10¹² rectangles. */
const groups = Array.from(
  { length: 12 },
  (_, i) => `<g id="g${i + 1}">${`<use href="#g${i}"/>`.repeat(10)}</g>`,
);
const svgBomb = svg(`<rect id="g0" width="1" height="1"/>${groups.join('')}`);

const unsupported =
  'it is not an image in a supported format (JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC, BMP, PPM)';
const tooMany = (height: number, width: number) =>
  `it has ${height}×${width} pixels, more than the limit of 268402689: raise it by setMaxImagePixels(count)`;

const files: Record<string, [make: (path: string) => unknown, reason: string | RegExp]> = {
  'empty.jpg': [(path) => writeFileSync(path, ''), 'the file is empty'],
  'byte.jpg': [(path) => writeFileSync(path, 'x'), unsupported],
  'text.jpg': [(path) => writeFileSync(path, 'just text'), unsupported],
  'page.jpg': [
    (path) => writeFileSync(path, '<!doctype html><html><body>Not found</body></html>'),
    unsupported,
  ],
  'zeros.jpg': [(path) => writeFileSync(path, Buffer.alloc(5000)), unsupported],
  'drawing.jpg': [(path) => writeFileSync(path, svgBomb), unsupported],
  'signature.jpg': [(path) => writeFileSync(path, Buffer.of(0xff, 0xd8, 0xff)), /damaged or truncated/],
  'cut.jpg': [
    async (path) => writeFileSync(path, (await whole().jpeg().toBuffer()).subarray(0, -100)),
    /truncated/,
  ],
  'cut.png': [
    async (path) => writeFileSync(path, (await whole().png().toBuffer()).subarray(0, -100)),
    /truncated/,
  ],
  'flipped.png': [
    async (path) => {
      const png = await whole().png().toBuffer();
      png[png.length >> 1]! ^= 4;
      writeFileSync(path, png);
    },
    /damaged or truncated/,
  ],
  'cut.bmp': [(path) => writeFileSync(path, bmpHeader(60, 40, 24, 0)), 'it is truncated'],
  'cut.ppm': [(path) => writeFileSync(path, 'P6 60 40 255\n'), 'it is truncated'],
  'bomb.png': [async (path) => writeFileSync(path, await pngOfSize(60000, 60000)), tooMany(60000, 60000)],
  'bomb.bmp': [(path) => writeFileSync(path, bmpHeader(60000, -70000, 24, 0)), tooMany(70000, 60000)],
  'bomb.ppm': [(path) => writeFileSync(path, 'P6 60000 70000 255\n'), tooMany(70000, 60000)],
  // The end of the picture, after no pixel.
  'short.bmp': [
    (path) => writeFileSync(path, Buffer.concat([bmpHeader(16000, 16000, 8, 1), Buffer.of(0, 1)])),
    'it is truncated',
  ],
  'short.ppm': [(path) => writeFileSync(path, 'P3 16000 16000 255\n1 2 3'), 'it is truncated'],
  'folder.jpg': [(path) => mkdirSync(path), 'it is a folder'],
  'missing.jpg': [() => {}, 'the file does not exist'],
  'empty.jpg/inside.jpg': [() => {}, 'a part of its path is not a folder'],
};
const special = 'it is not a file but a pipe, a socket or a device';
// Windows has no pipes in folders, and lets only administrators make links.
if (process.platform !== 'win32') {
  files['pipe.jpg'] = [(path) => execFileSync('mkfifo', [path]), special];
  files['dangling.jpg'] = [(path) => symlinkSync(at('nowhere'), path), 'the file does not exist'];
  files['loop.jpg'] = [(path) => symlinkSync(path, path), 'it is a symbolic link that leads back to itself'];
  files['device.jpg'] = [(path) => symlinkSync('/dev/zero', path), special];
  if (process.getuid?.() !== 0) {
    // The superuser may read everything.
    files['denied.jpg'] = [
      (path) => {
        writeFileSync(path, 'x');
        chmodSync(path, 0);
      },
      'there is no permission to read it',
    ];
  }
}

/** A loader of four good pictures with a bad one among them. */
async function loader(bad: string, options: { strict?: boolean } = {}) {
  const good = [0, 1, 2, 3].map((i) => at(`good${i}.jpg`));
  const block = new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getY: () => 'a',
    splitter: new IndexSplitter([4]),
    itemTfms: new Resize(16),
  });
  const items = [...good.slice(0, 2), bad, ...good.slice(2)];
  return (await block.dataloaders(items, { bs: 2, shuffle: false, ...options })).train;
}

describe.each(Object.keys(files))('%s', (name) => {
  const reason = files[name]![1];

  test('is an error with path and reason in one line', async () => {
    const path = at(name);
    for (const image of [new LazyImage(path), new LazyImage(path).resize(8), new LazyImage(path, 'mask')]) {
      const error = await image.compute().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ImageError);
      const { message } = error as ImageError;
      expect(message).toMatch(/cannot be read as an? (image|mask): [^\n]+$/);
      expect(message.slice(message.indexOf(': ') + 2)).toMatch(reason);
      expect(message.startsWith(path)).toBe(true);
    }
    // The header of some files is whole.
    await new LazyImage(path).size().catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
  });

  test('is skipped, counted and named at the end of the epoch; strict throws', async () => {
    const path = at(name);
    const train = await loader(path);
    said.splice(0);
    const sizes: number[] = [];
    for await (const [x, y] of train) {
      sizes.push(x.shape[0]);
      tf.dispose([x, y]);
    }
    expect(sizes).toEqual([2, 1]);
    const lines = said.filter((line) => line.startsWith('Skipped'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(
      `Skipped 1 of 4 items that cannot be loaded: ${path} cannot be read as an image: `,
    );
    const reading = (async () => {
      for await (const batch of await loader(path, { strict: true })) tf.dispose(batch);
    })();
    await expect(reading).rejects.toThrow(ItemError);
    await expect(reading).rejects.toThrow(path);
  });
});

test('a file that is deleted meanwhile is skipped and named', async () => {
  const path = at('deleted.jpg');
  await whole().jpeg().toFile(path);
  const train = await loader(path);
  const count = async () => {
    let n = 0;
    for await (const [x, y] of train) {
      n += x.shape[0];
      tf.dispose([x, y]);
    }
    return n;
  };
  expect(await count()).toBe(4);
  rmSync(path);
  said.splice(0);
  expect(await count()).toBe(3);
  expect(said.join('')).toContain(`Skipped 1 of 4 items that cannot be loaded: ${path}`);
});

test('pictures in a folder are found without pipes, devices, folders and links that lead nowhere', async () => {
  const found = getImageFiles(folder).map((path) => basename(path));
  for (const name of ['pipe.jpg', 'device.jpg', 'folder.jpg', 'dangling.jpg', 'missing.jpg']) {
    expect(found).not.toContain(name);
  }
  const failed = await verifyImages(getImageFiles(folder));
  expect(failed.map((path) => basename(path))).toEqual(found.filter((name) => !/good|inside/.test(name)));
});

test('a picture of a very long side is an error, since reducing it would take minutes', async () => {
  const long = await pngOfSize(8_000_000, 24);
  await expect(new LazyImage(long).resize(8).compute()).rejects.toThrow(
    'it has 24×8000000 pixels, and its longer side more than 262128: raise this limit by setMaxImagePixels(count)',
  );
});

test('of any picture with changed bytes, either an image or one line comes out', async () => {
  const rng = new Rng(12);
  for (let i = 0; i < 400; i++) {
    const { file } = fixture.cases[rng.int(fixture.cases.length)]!;
    const bytes = Buffer.from(file, 'base64');
    for (let flips = 1 + rng.int(4); flips > 0; flips--) bytes[rng.int(bytes.length)]! ^= 1 << rng.int(8);
    const image = new LazyImage(bytes, rng.bernoulli(0.3) ? 'mask' : 'rgb');
    const result = await (rng.bernoulli(0.5) ? image.resize(8) : image)
      .compute()
      .catch((error: unknown) => error);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(ImageError);
      expect(result.message).toMatch(/^The given (image|mask) cannot be read as an? (image|mask): [^\n]+$/);
    } else {
      const { data, height, width, channels } = result as Pixels;
      expect(data).toHaveLength(height * width * channels);
    }
  }
});

test.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)(
  'a %s that is cut off anywhere is an error, or whole',
  async (format) => {
    const file = await whole().toFormat(format).toBuffer();
    const { data } = await new LazyImage(file).compute();
    for (const share of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
      for (const less of [1, 2, 5]) {
        const part = file.subarray(0, Math.max(0, Math.floor(file.length * share) - less));
        const reading = await new LazyImage(part).compute().catch((error: unknown) => error);
        if (reading instanceof Error) expect(reading).toBeInstanceOf(ImageError);
        else expect(reading).toMatchObject({ data });
      }
    }
  },
);
