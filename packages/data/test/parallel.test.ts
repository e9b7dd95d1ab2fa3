import { parallel } from '@fastts/data';

test('gives results in the order of the items, working on no more of them at a time than allowed', async () => {
  let [active, most] = [0, 0];
  const halves = await parallel(
    async (n: number) => {
      most = Math.max(most, ++active);
      await new Promise((done) => setTimeout(done, (7 * n) % 5));
      active--;
      return n / 2;
    },
    [1, 2, 3, 4, 5, 6],
    { nWorkers: 3 },
  );
  expect(halves).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  expect(most).toBe(3);
  expect(await parallel(async () => 1, [])).toEqual([]);
});

test('begins nothing more after an error', async () => {
  const begun: number[] = [];
  const failing = parallel(
    async (n: number) => {
      begun.push(n);
      if (n === 2) throw new Error('two');
      await new Promise(setImmediate);
    },
    [1, 2, 3, 4, 5, 6],
    { nWorkers: 2 },
  );
  await expect(failing).rejects.toThrow('two');
  await new Promise((done) => setTimeout(done, 5));
  expect(begun).toEqual([1, 2]);
});
