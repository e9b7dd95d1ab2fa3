import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { encodeSafetensors, setQuiet } from '@fastts/core';
import { DownloadError } from '@fastts/data';
import { type LocalServer, serve } from '@fastts/testing/server';
import * as tf from '@tensorflow/tfjs-core';
import { loadWeights } from '../src/models/pretrained/pretrainedWeights.js';

let top: string;
let home: string;
let server: LocalServer;
let requests: string[];

beforeAll(async () => {
  setQuiet(true);
  server = await serve(async ({ url, method }, response) => {
    if (method !== 'HEAD') requests.push(url!);
    response.end(await encodeSafetensors({ a: tf.tensor1d([requests.length]) }));
  });
});
afterAll(async () => {
  setQuiet(false);
  await server.close();
});
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'fastts-home-'));
  home = join(top, 'home');
  mkdirSync(join(home, 'models'), { recursive: true });
  for (const folder of [top, home, join(home, 'models')]) {
    for (const name of ['victim', 'victim.safetensors']) writeFileSync(join(folder, name), 'precious');
  }
  process.env.FASTTS_HOME = home;
  requests = [];
});
afterEach(() => {
  delete process.env.FASTTS_HOME;
  rmSync(top, { recursive: true });
});

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

async function load(path: string): Promise<number> {
  const { a } = Object.fromEntries(await loadWeights(server.address + path));
  const [value] = await a!.data();
  a!.dispose();
  return value!;
}

test.each([
  '/..%2f..%2f..%2fvictim.safetensors',
  '/a/..%2f..%2f..%2f..%2fvictim',
  '/%2e%2e%5c..%5cvictim.safetensors',
  '/%2ftmp%2fvictim',
  '/%zz%00.safetensors',
  '/',
  '',
  '/CON/nul.safetensors',
  `/${'a'.repeat(2000)}.safetensors`,
  '/a.safetensors.lock',
  '/a?b=../../victim.safetensors',
])('weights at %j are kept inside of their host’s folder', async (path) => {
  await load(path);
  const host = new URL(server.address).host.replace(':', '_');
  const created = filesIn(top).filter((name) => !/victim(\.safetensors)?$/.test(name) || name.includes(host));
  expect(created).toHaveLength(1);
  expect(created[0]).toContain(join('home', 'models', host));
  for (const folder of [top, home, join(home, 'models')]) {
    for (const name of ['victim', 'victim.safetensors']) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe('precious');
    }
  }
});

test('weights are downloaded once, and different URLs never share a file', async () => {
  const paths = [
    '/a/b.safetensors',
    '/a%2Fb.safetensors',
    '/a_b.safetensors',
    '/a/b.safetensors?v=1',
    '/a/b.safetensors?v=2',
  ];
  for (const _ of [0, 1]) {
    for (const [i, path] of paths.entries()) expect(await load(path)).toBe(i + 1);
  }
  expect(requests).toEqual(paths);
});

test('an address that is no URL is an error', async () => {
  await expect(loadWeights('https://')).rejects.toThrow(DownloadError);
});
