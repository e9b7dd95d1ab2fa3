import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet } from '@fastts/core';
import { ArchiveError, DownloadError, URLs, untarData } from '@fastts/data';
import { type LocalServer, serve } from '@fastts/testing/server';
import { create } from 'tar';
import { archiveChecks } from '../src/downloads/archiveChecks.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let home: string;
let server: LocalServer;
let base: string;
let archive: Buffer;
let answer: Answer;
let requests: IncomingMessage[];

beforeAll(async () => {
  const made = mkdtempSync(join(tmpdir(), 'fastts-archive-'));
  mkdirSync(join(made, 'shapes', 'train'), { recursive: true });
  writeFileSync(join(made, 'shapes', 'train', 'noise.bin'), randomBytes(300_000));
  writeFileSync(join(made, 'shapes', 'labels.txt'), 'circle\n');
  await create({ gzip: true, file: join(made, 'shapes.tgz'), cwd: made }, ['shapes']);
  archive = readFileSync(join(made, 'shapes.tgz'));
  rmSync(made, { recursive: true });
  server = await serve((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  base = server.address;
});
afterAll(() => server.close());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fastts-home-'));
  process.env.FASTTS_HOME = home;
  requests = [];
  answer = whole;
  setQuiet(true);
});
afterEach(() => {
  delete process.env.FASTTS_HOME;
  setQuiet(false);
  rmSync(home, { recursive: true });
});

const whole: Answer = (_request, response) => {
  response.setHeader('content-length', archive.length);
  response.end(archive);
};

/** Sends the bytes that a Range request asks for, but disconnects after `limit` bytes. */
const ranged =
  (limit: number, { etag = '"v1"', body = archive } = {}): Answer =>
  (request, response) => {
    const asked = /bytes=(\d+)-/.exec(request.headers.range ?? '');
    const sameFile = !request.headers['if-range'] || request.headers['if-range'] === etag;
    const start = asked && sameFile ? Number(asked[1]) : 0;
    if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const headers: Record<string, string | number> = { etag, 'content-length': body.length - start };
    if (start > 0) headers['content-range'] = `bytes ${start}-${body.length - 1}/${body.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    const part = body.subarray(start, start + limit);
    if (part.length === body.length - start) response.end(part);
    else response.write(part, () => void breakOff(response, start + part.length));
  };

/** Disconnects once the client has stored the given number of bytes. */
async function breakOff(response: ServerResponse, bytes: number): Promise<void> {
  const part = join(home, 'archive', 'shapes.tgz.part');
  while (!existsSync(part) || statSync(part).size < bytes) await new Promise(setImmediate);
  response.destroy();
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

function expectUnpacked(folder: string): void {
  expect(filesIn(folder)).toEqual(['labels.txt', 'train']);
  expect(readFileSync(join(folder, 'train', 'noise.bin')).length).toBe(300_000);
  expect(filesIn(join(home, 'archive'))).toEqual([]);
}

test('downloads and unpacks into the cache, and makes no request the second time', async () => {
  const path = await untarData(`${base}/shapes.tgz`);
  expect(path).toBe(join(home, 'data', 'shapes'));
  expectUnpacked(path);
  expect(await untarData(`${base}/shapes.tgz`)).toBe(path);
  expect(requests).toHaveLength(1);
  expect(filesIn(join(home, 'data'))).toEqual(['shapes']);
});

test('unpacks into another folder if set, and downloads again if forced', async () => {
  const dest = join(home, 'elsewhere');
  const path = await untarData(`${base}/shapes.tgz`, { dest });
  expect(path).toBe(join(dest, 'shapes'));
  writeFileSync(join(path, 'mine.txt'), '');
  await untarData(`${base}/shapes.tgz`, { dest, force: true });
  expectUnpacked(path);
  expect(filesIn(dest)).toEqual(['shapes']);
});

test('two concurrent calls download only once', async () => {
  const paths = await Promise.all([untarData(`${base}/shapes.tgz`), untarData(`${base}/shapes.tgz`)]);
  expect(paths[0]).toBe(paths[1]);
  expect(requests).toHaveLength(1);
});

describe('a download that is interrupted', () => {
  test('is resumed', async () => {
    answer = ranged(120_000);
    expectUnpacked(await untarData(`${base}/shapes.tgz`));
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=120000-',
      'bytes=240000-',
    ]);
    expect(requests[1]!.headers['if-range']).toBe('"v1"');
  });

  test('repeatedly leaves the partial download for the next call, and no folder', async () => {
    answer = (request, response) =>
      requests.length > 1 ? response.destroy() : ranged(100_000)(request, response);
    await expect(untarData(`${base}/shapes.tgz`)).rejects.toThrow(DownloadError);
    expect(filesIn(join(home, 'archive'))).toEqual(['shapes.tgz.part', 'shapes.tgz.part.json']);
    expect(filesIn(join(home, 'data'))).toEqual([]);
    answer = ranged(1e9);
    expectUnpacked(await untarData(`${base}/shapes.tgz`));
    expect(requests.at(-1)!.headers.range).toBe('bytes=100000-');
  });

  test('starts over if the file has changed', async () => {
    const other = Buffer.concat([randomBytes(100_000), archive]);
    answer = (request, response) =>
      requests.length === 1
        ? ranged(100_000, { etag: '"old"', body: other })(request, response)
        : ranged(1e9)(request, response);
    expectUnpacked(await untarData(`${base}/shapes.tgz`));
  });

  test('starts over if the server does not support ranges', async () => {
    answer = (request, response) =>
      requests.length === 1 ? ranged(100_000)(request, response) : whole(request, response);
    expectUnpacked(await untarData(`${base}/shapes.tgz`));
    expect(requests).toHaveLength(2);
  });
});

describe('a failed download', () => {
  test('names the URL and the reason, and leaves no files', async () => {
    answer = (_request, response) => response.writeHead(404).end();
    await expect(untarData(`${base}/none.tgz`)).rejects.toThrow(DownloadError);
    await expect(untarData(`${base}/none.tgz`)).rejects.toThrow(
      `${base}/none.tgz: the server responded 404 Not Found`,
    );
    const refused = 'http://127.0.0.1:9/none.tgz';
    await expect(untarData(refused)).rejects.toThrow(
      /Cannot reach http:\/\/127\.0\.0\.1:9\/none\.tgz: .+Check/,
    );
    await expect(untarData('imagenette')).rejects.toThrow(/'imagenette' is not a URL/);
    expect(filesIn(join(home, 'data'))).toEqual([]);
    expect(filesIn(join(home, 'archive'))).toEqual([]);
  });

  test('a truncated archive is an error, and leaves no files', async () => {
    answer = ranged(1e9, { body: archive.subarray(0, 200_000) });
    await expect(untarData(`${base}/shapes.tgz`)).rejects.toThrow(ArchiveError);
    await expect(untarData(`${base}/shapes.tgz`)).rejects.toThrow(
      /archive from .*shapes\.tgz is truncated or damaged \(.+\)/,
    );
    expect(filesIn(join(home, 'data'))).toEqual([]);
    expect(filesIn(join(home, 'archive'))).toEqual([]);
  });

  test('a file that is not an archive is an error', async () => {
    answer = (_request, response) => response.end('<html>Please log in</html>');
    await expect(untarData(`${base}/shapes.tgz`)).rejects.toThrow(ArchiveError);
    expect(filesIn(join(home, 'data'))).toEqual([]);
  });

  test('a wrong size or hash is an error if they are known', async () => {
    const url = `${base}/shapes.tgz`;
    const md5 = createHash('md5').update(archive).digest('hex');
    try {
      archiveChecks[url] = { size: archive.length, md5: md5.replace(/^./, (c) => (c === '0' ? '1' : '0')) };
      await expect(untarData(url)).rejects.toThrow(ArchiveError);
      await expect(untarData(url)).rejects.toThrow(`MD5 ${md5}`);
      archiveChecks[url] = { size: archive.length + 1, md5 };
      await expect(untarData(url)).rejects.toThrow(`archive has ${archive.length + 1}`);
      expect(filesIn(join(home, 'data'))).toEqual([]);
      expect(filesIn(join(home, 'archive'))).toEqual([]);
      archiveChecks[url] = { size: archive.length, md5 };
      expectUnpacked(await untarData(url));
    } finally {
      delete archiveChecks[url];
    }
  });
});

test('URLs are the same as in fastai, and all image data sets have known sizes and hashes', () => {
  expect(URLs.IMAGENETTE_160).toBe('https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz');
  expect(URLs.CIFAR).toBe('https://s3.amazonaws.com/fast-ai-sample/cifar10.tgz');
  expect(archiveChecks[URLs.IMAGENETTE_160]).toEqual({
    size: 99003388,
    md5: 'c475f8f7617a200ba35b9facc48443c3',
  });
  expect(
    Object.values(URLs).filter((url) => /imageclas|imagelocal/.test(url) && !archiveChecks[url]),
  ).toEqual([]);
});
