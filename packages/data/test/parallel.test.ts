import { parallel } from '@fastts/data';

test('returns results in the order of the items, with limited concurrency', async () => {
  const end = new Map<number, () => void>();
  const halves = parallel(
    (n: number) => new Promise<number>((resolve) => end.set(n, () => resolve(n / 2))),
    [1, 2, 3, 4, 5, 6],
    { nWorkers: 3 },
  );
  const begun: number[] = [];
  for (const n of [2, 3, 4, 1, 6, 5]) {
    begun.push(end.size);
    end.get(n)!();
    await new Promise(setImmediate);
  }
  expect(await halves).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  expect(begun).toEqual([3, 4, 5, 6, 6, 6]);
  expect(await parallel(async () => 1, [])).toEqual([]);
});

test('starts no more calls after an error', async () => {
  const begun: number[] = [];
  let endFirst = () => {};
  const failing = parallel(
    async (n: number) => {
      begun.push(n);
      if (n === 2) throw new Error('two');
      await new Promise<void>((resolve) => {
        endFirst = resolve;
      });
    },
    [1, 2, 3, 4, 5, 6],
    { nWorkers: 2 },
  );
  await expect(failing).rejects.toThrow('two');
  endFirst();
  await new Promise(setImmediate);
  expect(begun).toEqual([1, 2]);
});
