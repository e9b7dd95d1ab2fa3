import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFormatError } from '@fastts/core';
import fixture from '../fixtures/annotations.json';
import { getAnnotations } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'fastts-annotations-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  writeFileSync(join(folder, 'train.json'), text);
  return join(folder, 'train.json');
}

test('a file in COCO format is read as by fastai', async () => {
  const file = write(JSON.stringify(fixture.coco));
  expect(await getAnnotations(file, { prefix: 'train/' })).toEqual([fixture.files, fixture.boxes]);
});

test('any other file is an error', async () => {
  await expect(getAnnotations(write('{"images": []}'))).rejects.toThrow(/not in COCO format/);
  await expect(getAnnotations(write('{'))).rejects.toThrow(FileFormatError);
  for (const bbox of [[1, 2, null, 4], ['1', '2', '3', '4'], [1, 2, 3], undefined]) {
    const annotations = [{ image_id: 7, category_id: 1, bbox }];
    await expect(getAnnotations(write(JSON.stringify({ ...fixture.coco, annotations })))).rejects.toThrow(
      /the bbox of annotation 0 \(image 7\) must be four numbers, got/,
    );
  }
});
