import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ArchiveError } from '@fastts/data';
import { repeatable } from '@fastts/testing/repeatable';
import { Header, type HeaderData } from 'tar';
import { unpack } from '../src/downloads/unpack.js';

const ARCHIVES = 200;
const NAMES = [
  ...[
    '',
    '.',
    './',
    '/',
    '//',
    '..',
    '../x',
    'a',
    'a/',
    'a/b',
    'a//b',
    './a',
    '/abs',
    'a/../b',
    'a/./b',
    'é',
  ],
  ...[
    'C:\\x',
    'a\\..\\..\\x',
    '\\\\srv\\x',
    'a'.repeat(99),
    'l',
    'l/x',
    'l/../x',
    'a/l',
    ' ',
    'con',
    'x\ny',
    '~',
  ],
];
const COMMON = ['File', 'Directory', 'SymbolicLink', 'Link'] as const;
const OTHERS = [
  ...([
    'OldFile',
    'FIFO',
    'CharacterDevice',
    'BlockDevice',
    'ContiguousFile',
    'GNUDumpDir',
    'SparseFile',
  ] as const),
  ...(['NextFileHasLongPath', 'NextFileHasLongLinkpath', 'ExtendedHeader', 'GlobalExtendedHeader'] as const),
];
const TEXTS = ['', 'hello', 'x'.repeat(600), '20 path=../../evil\n', '19 linkpath=../../x\n', '../../../x\0'];

/** An archive of random entries, which may be damaged, truncated and compressed. */
function archiveOf(random: () => number): Buffer {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const blocks: Buffer[] = [];
  for (let left = 1 + Math.floor(random() * 6); left > 0; left--) {
    const type: HeaderData['type'] = random() < 0.6 ? pick(COMMON) : pick(OTHERS);
    const isLink = type === 'SymbolicLink' || type === 'Link';
    const text = Buffer.from(isLink ? '' : pick(TEXTS));
    const header = new Header({
      path: pick(NAMES),
      linkpath: isLink ? pick(NAMES) : '',
      type,
      size: random() < 0.1 ? Math.floor(random() * 1e12) : text.length,
      mode: Math.floor(random() * 0o10000),
      mtime: new Date(0),
    });
    header.encode();
    blocks.push(header.block!, text, Buffer.alloc((512 - (text.length % 512)) % 512));
  }
  const whole = Buffer.concat([...blocks, Buffer.alloc(1024)]);
  if (random() < 0.3) whole[Math.floor(random() * whole.length)] = Math.floor(random() * 256);
  const bytes = random() < 0.1 ? whole.subarray(0, Math.floor(random() * whole.length)) : whole;
  return random() < 0.5 ? gzipSync(bytes) : bytes;
}

test('a random tar archive is unpacked or an ArchiveError, ends, and changes nothing outside of its folder', async () => {
  const top = mkdtempSync(join(tmpdir(), 'fastts-fuzz-'));
  const random = repeatable(12);
  let unpacked = 0;
  for (let i = 0; i < ARCHIVES; i++) {
    const home = join(top, 'home');
    const folder = join(home, 'in', 'folder');
    mkdirSync(folder, { recursive: true });
    for (const place of [home, join(home, 'in')]) writeFileSync(join(place, 'x'), 'precious');
    const archive = join(top, 'a.tgz');
    writeFileSync(archive, archiveOf(random));
    await unpack(archive, folder).then(
      () => unpacked++,
      (error) => expect(error).toBeInstanceOf(ArchiveError),
    );
    expect([top, home, join(home, 'in')].map((place) => readdirSync(place).sort())).toEqual([
      ['a.tgz', 'home'],
      ['in', 'x'],
      ['folder', 'x'],
    ]);
    for (const place of [home, join(home, 'in')])
      expect(readFileSync(join(place, 'x'), 'utf8')).toBe('precious');
    rmSync(home, { recursive: true });
  }
  expect(unpacked).toBeGreaterThan(0);
  rmSync(top, { recursive: true });
});
