import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, setQuiet } from '@fastts/core';
import { DownloadError } from '@fastts/data';
import { type LocalServer, serve } from '@fastts/testing/server';
import { downloadImages } from '../src/index.js';

// Seconds; sufficient on a slow machine.
const timeout = 600;

let folder: string;
let server: LocalServer;
let address: string;

beforeAll(async () => {
  setQuiet(true);
  server = await serve(({ url }, response) => {
    if (url!.startsWith('/silent')) return;
    if (url!.startsWith('/stops')) {
      response.writeHead(200, { 'content-length': 100 });
      response.write('begun');
      return;
    }
    response.writeHead(url!.startsWith('/gone') ? 404 : 200);
    response.end(`picture of ${url}`);
  });
  address = server.address;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-download-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(async () => {
  setQuiet(false);
  await server.close();
});

test('takes unique file names from URLs, and returns the URLs that failed', async () => {
  writeFileSync(join(folder, 'Bär.PNG'), 'there before');
  const good = ['/a/B%C3%A4r.PNG?size=3', '/b/bär.png', '/c/photo.php?id=1', '/c/photo', '/d/100%'];
  const gone = `${address}/gone.jpg`;
  const urls = [gone, ...good.map((path) => address + path), 'no address'];
  const failed = await downloadImages(folder, { urls, preserveFilename: true, timeout });
  expect(failed).toEqual([gone, 'no address']);
  const names = ['Bär.PNG', 'Bär1.PNG', 'bär2.png', 'photo.jpg', 'photo1.jpg', '100_.jpg'];
  expect(readdirSync(folder).sort()).toEqual(names.sort());
  expect(readFileSync(join(folder, 'Bär.PNG'), 'utf8')).toBe('there before');
  expect(readFileSync(join(folder, 'Bär1.PNG'), 'utf8')).toBe(`picture of ${good[0]}`);
});

test('takes names that lead nowhere else, and that all platforms allow, from hostile URLs', async () => {
  const dest = join(folder, 'dest');
  const hostile = [
    '/..%2f..%2fup.jpg',
    '/..%5c..%5cup.png',
    '/.jpg',
    '/..',
    '/%2e%2e',
    '/%00.jpg',
    '/%zz.jpg',
    '/CON.jpg',
  ];
  const urls = [...hostile, `/${'a'.repeat(1000)}.jpg`].map((path) => address + path);
  expect(await downloadImages(dest, { urls, preserveFilename: true, timeout })).toEqual([]);
  expect(readdirSync(folder)).toEqual(['dest']);
  const names = readdirSync(dest);
  expect(names).toHaveLength(urls.length);
  for (const name of names) expect(name).toMatch(/^(?!con\.)[\w-][\w.-]{0,140}\.(jpg|png)$/i);
});

test('downloads at most maxPics URLs of a file, to random names', async () => {
  const urlFile = join(folder, 'urls.txt');
  writeFileSync(urlFile, `${address}/1.jpg\r\n\n  ${address}/2.webp\n${address}/3.jpg\n`);
  const dest = join(folder, 'new', 'bears');
  expect(await downloadImages(dest, { urlFile, maxPics: 2, timeout })).toEqual([]);
  const names = readdirSync(dest);
  expect(names.map((name) => name.replace(/^[0-9a-f-]{36}/, 'random')).sort()).toEqual([
    'random.jpg',
    'random.webp',
  ]);
});

test.each(['/silent.jpg', '/stops.jpg'])('aborts a download after the idle timeout: %s', async (path) => {
  await expect(downloadImages(folder, { urls: [address + path], timeout: 0.1 })).rejects.toThrow(
    /None of the 1 images .*: no data for 0\.1 s/,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('throws an error if there are no URLs, or all fail', async () => {
  await expect(downloadImages(folder)).rejects.toThrow(ArgumentError);
  writeFileSync(join(folder, 'none.txt'), '\n');
  await expect(downloadImages(folder, { urlFile: join(folder, 'none.txt') })).rejects.toThrow(
    /no URLs to download in .*none\.txt/,
  );
  const urls = [`${address}/gone/1.jpg`, `${address}/gone/2.jpg`];
  await expect(downloadImages(folder, { urls, timeout })).rejects.toThrow(DownloadError);
  await expect(downloadImages(folder, { urls, timeout })).rejects.toThrow(
    /None of the 2 images .*gone\/1\.jpg: the server responded 404/,
  );
  expect(readdirSync(folder)).toEqual(['none.txt']);
});
