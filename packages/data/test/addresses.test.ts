import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { FasttsError, setQuiet } from '@fastts/core';
import { DownloadError, safeName, untarData } from '@fastts/data';
import { type LocalServer, serve } from '@fastts/testing/server';
import fc from 'fast-check';
import { create } from 'tar';
import { dataSetName } from '../src/downloads/dataSetName.js';

let top: string;
let home: string;
let server: LocalServer;
let archive: Buffer;

beforeAll(async () => {
  setQuiet(true);
  const made = mkdtempSync(join(tmpdir(), 'fastts-archive-'));
  mkdirSync(join(made, 'shapes'));
  writeFileSync(join(made, 'shapes', 'new.txt'), 'new');
  await create({ gzip: true, file: join(made, 'shapes.tgz'), cwd: made }, ['shapes']);
  archive = readFileSync(join(made, 'shapes.tgz'));
  rmSync(made, { recursive: true });
  server = await serve((_, response) => void response.end(archive));
});
afterAll(async () => {
  setQuiet(false);
  await server.close();
});
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'fastts-home-'));
  home = join(top, 'a', 'home');
  for (const folder of ['data', 'archive', 'models', 'data/other', '../..', '..']) {
    mkdirSync(join(home, folder), { recursive: true });
    for (const name of ['victim.tgz', 'victim', 'mine.txt']) {
      if (folder !== 'archive') writeFileSync(join(home, folder, `${name}`), 'precious');
    }
  }
  rmSync(join(home, 'data', 'victim'));
  process.env.FASTTS_HOME = home;
});
afterEach(() => {
  delete process.env.FASTTS_HOME;
  rmSync(top, { recursive: true });
});

/** All files with their contents, and links with their targets. */
function contentsOf(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(relative(folder, path), readFileSync(path, 'utf8'));
  }
  return found;
}

/** Names of files that are new, gone, or changed. */
function changes(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}

const hostile = [
  '/..%2fvictim.tgz',
  '/..%2F..%2Fvictim.tgz',
  '/..%5cvictim.tgz',
  '/..%5C..%5Cvictim.tgz',
  '/%2e%2e%2fvictim.tgz',
  '/..%252fvictim.tgz',
  '/%2fetc%2fpasswd.tgz',
  '/.tgz',
  '/..tgz',
  '/...tgz',
  '/%2e.tgz',
  '/.%2e.tgz',
  '/..%2f.tgz',
  '/%2e%2e%2f%2e%2e.tgz',
  '/%20.tgz',
  '/ . .tgz',
  '/',
  '',
  '/?',
  '/?x=../../victim.tgz',
  '/get?file=../victim.tgz',
  '/a.tgz?x=/../../victim.tgz#../victim.tgz',
  '/%zz',
  '/%zz.tgz',
  '/%00',
  '/%00.tgz',
  '/a%00b.tgz',
  '/victim%00.tgz',
  '/%c0%ae%c0%ae%2fvictim.tgz',
  '/%e2%80%ae.tgz',
  '/%0a.tgz',
  '/CON.tgz',
  '/nul',
  '/aux.tar.gz',
  '/lpt1.zip',
  '/C:%5cvictim.tgz',
  '/C:victim.tgz',
  '/a.tgz.lock',
  '/a.tgz.part',
  '/a.unpacking.tgz',
  '/a.old.tgz',
  '/-rf.tgz',
  '/*.tgz',
  '/~.tgz',
  '/$HOME.tgz',
  `/${'a'.repeat(3000)}.tgz`,
  `/${'%F0%9F%98%80'.repeat(200)}.tgz`,
  `/${'%2e%2e%2f'.repeat(200)}victim.tgz`,
];

test.each(hostile.map((path) => [path.slice(0, 60), path]))(
  'writes and removes nothing outside of the data set for %j, also if forced',
  async (_, path) => {
    const before = contentsOf(top);
    for (const force of [false, true]) {
      const folder = await untarData(server.address + path, { force });
      const inData = relative(join(home, 'data'), folder);
      expect(inData).toMatch(/^[^/\\]+$/);
      expect(['.', '..', 'other', 'mine.txt', 'victim.tgz']).not.toContain(inData);
      expect(changes(before, contentsOf(top))).toEqual([join('a', 'home', 'data', inData, 'new.txt')]);
    }
  },
);

test.each(['file:///etc/passwd', 'ftp://h/a.tgz', 'data:,a', 'javascript:1', '', 'h/a.tgz', 'http://', '\0'])(
  '%j is not downloaded',
  async (url) => {
    await expect(untarData(url)).rejects.toThrow(DownloadError);
    await expect(untarData(url)).rejects.toThrow(/is not (an HTTP|a) URL/);
  },
);

test('URLs that differ only by their query are different data sets, unless it follows the name of an archive', () => {
  const folders = ['/get?file=a', '/get?file=b', '/get', '/a.tgz?signature=1', '/a.tgz?signature=2'].map(
    (path) => dataSetName(`http://h${path}`).folder,
  );
  expect(new Set(folders).size).toBe(4);
  expect(folders.slice(2)).toEqual(['get', 'a', 'a']);
});

test('safeName gives one name that all platforms allow, for any text', () => {
  const parts = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    '%2f',
    '%5c',
    '%00',
    '%',
    ':',
    'con',
    '.lock',
    ' ',
    'é',
    '%F0',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (part) => {
      const name = safeName(part);
      expect(name).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cs}]|^\.|[. ]$/u);
      expect(name).not.toMatch(/^(con|nul)(\.|$)|\.(lock|part|old)$/i);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(130);
    }),
    { numRuns: 2000, seed: 12 },
  );
});

test('a file in the place of the data set is neither returned nor removed', async () => {
  const url = `${server.address}/mine.txt.tgz`;
  for (const force of [false, true]) {
    await expect(untarData(url, { force })).rejects.toThrow(/mine\.txt is not a folder/);
  }
  expect(readFileSync(join(home, 'data', 'mine.txt'), 'utf8')).toBe('precious');
});

/** Windows lets only administrators create symbolic links. */
const withLinks = process.platform === 'win32' ? describe.skip : describe;

withLinks('symbolic links in the place of', () => {
  const url = () => `${server.address}/shapes.tgz`;

  test('the folder are replaced if forced, and what they lead to stays', async () => {
    const outside = join(top, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'mine.txt'), 'precious');
    symlinkSync(outside, join(home, 'data', 'shapes'));
    expect(await untarData(url())).toBe(join(home, 'data', 'shapes'));
    expect(readdirSync(outside)).toEqual(['mine.txt']);
    const folder = await untarData(url(), { force: true });
    expect(lstatSync(folder).isDirectory()).toBe(true);
    expect(readdirSync(folder)).toEqual(['new.txt']);
    expect(readFileSync(join(outside, 'mine.txt'), 'utf8')).toBe('precious');
  });

  test.each(['shapes.tgz', 'shapes.tgz.part', 'shapes.tgz.part.json', 'shapes.tgz.lock'])(
    'archive/%s are not followed',
    async (name) => {
      const victim = join(top, 'victim.txt');
      const source = { url: url(), origin: server.address, validator: '"v1"', total: 1e6 };
      writeFileSync(victim, name.endsWith('json') ? JSON.stringify(source) : 'precious');
      const before = readFileSync(victim, 'utf8');
      symlinkSync(victim, join(home, 'archive', name));
      await untarData(url()).catch((error) => expect(error).toBeInstanceOf(FasttsError));
      expect(readFileSync(victim, 'utf8')).toBe(before);
      expect(existsSync(join(home, 'data', 'shapes', 'new.txt'))).toBe(true);
    },
  );
});
