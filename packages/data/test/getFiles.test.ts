import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError } from '@fastts/core';
import { EmptySourceError, FileGetter, getFiles, LabelError, parentLabel, RegexLabeller } from '@fastts/data';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'fastts-files-'));
  for (const folder of ['train/cat', 'train/dog', 'valid/cat', '.hidden', 'empty']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const file of [
    'train/dog/b.PNG',
    'train/cat/a.png',
    'valid/cat/c.jpg',
    'valid/notes.txt',
    '.hidden/x.png',
    'top.png',
  ]) {
    writeFileSync(join(root, file), '');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const names = (files: string[]) => files.map((f) => f.slice(root.length + 1).replaceAll('\\', '/'));

test('finds files by extension, ignoring case, in the same order on every machine', () => {
  expect(names(getFiles(root, { extensions: ['.png', '.JPG'] }))).toEqual([
    'top.png',
    'train/cat/a.png',
    'train/dog/b.PNG',
    'valid/cat/c.jpg',
  ]);
});

test('searches only the given folders', () => {
  expect(names(FileGetter('valid', { extensions: ['.txt'] })(root))).toEqual(['valid/notes.txt']);
  expect(names(getFiles(root, { folders: ['valid'] }))).toEqual(['valid/notes.txt', 'valid/cat/c.jpg']);
  expect(names(getFiles(root, { folders: ['.', 'valid'], extensions: ['.png', '.txt'] }))).toEqual([
    'top.png',
    'valid/notes.txt',
  ]);
  expect(names(getFiles(root, { recurse: false }))).toEqual(['top.png']);
});

test('follows links, but not in cycles', () => {
  const linked = mkdtempSync(join(tmpdir(), 'fastts-links-'));
  mkdirSync(join(linked, 'a'));
  writeFileSync(join(linked, 'a', 'x.png'), '');
  symlinkSync(join(root, 'train', 'cat'), join(linked, 'cats'), 'junction');
  symlinkSync(linked, join(linked, 'a', 'round'), 'junction');
  expect(getFiles(linked).map((f) => f.slice(linked.length + 1))).toEqual([
    join('a', 'x.png'),
    join('cats', 'a.png'),
  ]);
  rmSync(linked, { recursive: true });
});

test('names the folder that is empty or missing, and the extensions searched for', () => {
  expect(() => getFiles(join(root, 'empty'), { extensions: ['.png'] })).toThrow(EmptySourceError);
  expect(() => getFiles(join(root, 'empty'), { extensions: ['.png', '.jpg'] })).toThrow(
    /no file ending in \.png, \.jpg in .*empty/,
  );
  expect(() => getFiles(join(root, 'nowhere'))).toThrow(/folder .*nowhere does not exist/);
});

test('labels files by the parent folder or by a pattern', () => {
  expect(parentLabel(join('data', 'train', 'cat', '1.png'))).toBe('cat');
  expect(RegexLabeller(/([^/]+)_\d+\.jpg$/)(join('pets', 'great_pyrenees_17.jpg'))).toBe('great_pyrenees');
  expect(RegexLabeller('(b.)', { match: true })('bcbd')).toBe('bc');
  expect(RegexLabeller(/^(café)_/)('café_1.jpg'.normalize('NFD'))).toBe('café');
  expect(() => RegexLabeller('(b.)', { match: true })('abc')).toThrow(LabelError);
  expect(() => RegexLabeller(/(\d+)/)('cat.jpg')).toThrow(/no label in 'cat\.jpg'/);
  expect(() => RegexLabeller('(?P<kind>[a-z]+)')).toThrow(ArgumentError);
  expect(() => RegexLabeller('(?P<kind>[a-z]+)')).toThrow(/write \(\?<name>…\) instead of \(\?P<name>…\)/);
});
