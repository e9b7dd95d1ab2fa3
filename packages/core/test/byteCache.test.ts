import { ArgumentError, ByteCache, setProgressSink } from '@fastts/core';
import { lineSink } from '@fastts/testing/progress';

const said: string[] = [];
beforeAll(() => setProgressSink(lineSink(said)));
afterAll(() => setProgressSink(null));
beforeEach(() => void said.splice(0));

it('keeps the first values that fit, and logs once that it is full', () => {
  const cache = new ByteCache(100);
  for (const name of ['a', 'b', 'c', 'd']) cache.set(name, 'rgb', name.toUpperCase(), 40);
  cache.set('e', 'rgb', 'E', 20);
  expect(['a', 'b', 'c', 'd', 'e'].map((name) => cache.get(name, 'rgb'))).toEqual([
    'A',
    'B',
    undefined,
    undefined,
    'E',
  ]);
  expect([cache.bytes, cache.size]).toEqual([100, 3]);
  expect(said.join('\n')).toMatch(/^The cache of .* is full with 2 items/);
  expect(said).toHaveLength(1);
});

it('keeps each form of a source separately, and replaces an old value by a new one', () => {
  const cache = new ByteCache(100);
  const source = new Uint8Array(3);
  cache.set(source, 'rgb', 1, 30);
  cache.set(source, 'gray', 2, 10);
  cache.set(source, 'rgb', 3, 90);
  expect([cache.get(source, 'rgb'), cache.get(source, 'gray'), cache.bytes, cache.size]).toEqual([
    3, 2, 100, 2,
  ]);
  expect(cache.get(new Uint8Array(3), 'rgb')).toBeUndefined();
  cache.clear();
  expect([cache.get(source, 'rgb'), cache.bytes, cache.size]).toEqual([undefined, 0, 0]);
});

it('requires a number of bytes', () => {
  expect(() => new ByteCache(0)).toThrow(ArgumentError);
  expect(() => new ByteCache(Number.NaN)).toThrow('maxBytes must be a number > 0, got NaN');
});
