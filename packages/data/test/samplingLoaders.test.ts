import { ArgumentError, Pipeline, setSeed } from '@fastts/core';
import {
  balancedClassWeights,
  balancedWeights,
  CategoryBlock,
  DataBlock,
  type DataLoader,
  Datasets,
  IndexSplitter,
  PartialDL,
  WeightedDL,
} from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/loaders.json';
import { NumberBlock, RowBlock, SlowNoise } from './blocks.js';

beforeEach(() => setSeed(3));

/** All numbers in a pass. */
async function pass(loader: DataLoader<tf.Tensor1D, tf.Tensor | undefined>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const [x, y] of loader) {
    numbers.push(...x.arraySync());
    tf.dispose([x, y]);
  }
  return numbers;
}

const numbered = (n: number) => Datasets.build([...Array(n).keys()], { blocks: [NumberBlock()] });
const ascending = (numbers: number[]) => [...numbers].sort((a, b) => a - b);

/** Numbers labeled by their remainder, of which 0 is rare. */
const block = new DataBlock({
  blocks: [NumberBlock(), CategoryBlock()],
  getY: (n: number) => (n % 20 === 0 ? 'rare' : 'usual'),
  splitter: new IndexSplitter([1, 20]),
});
const items = [...Array(800).keys()];

describe('WeightedDL', () => {
  test("has fastai's probabilities, and draws as many items as there are by them", async () => {
    const dataset = await numbered(4);
    expect(new WeightedDL(dataset, { wgts: fixture.weights }).wgts).toEqual(fixture.probabilities);
    const wgts = items.map((i) => fixture.weights[i % 4]!);
    const loader = new WeightedDL<tf.Tensor1D, undefined>(await numbered(800), { wgts });
    expect([loader.length, loader.n]).toEqual([13, 800]);
    const numbers = await pass(loader);
    expect(numbers).toHaveLength(800);
    for (const [kind, p] of fixture.probabilities.entries()) {
      const share = numbers.filter((n) => n % 4 === kind).length / 800;
      // Four standard deviations of 800 draws.
      expect(Math.abs(share - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / 800));
    }
    expect(await pass(loader)).not.toEqual(numbers);
  });

  test('returns all items in order without shuffling, and draws evenly from another data set', async () => {
    const dataset = await numbered(4);
    const loader = new WeightedDL<tf.Tensor1D, undefined>(dataset, { wgts: [1, 0, 0, 0] });
    expect(await pass(loader.with({ bs: 2 }))).toEqual([0, 0, 0, 0]);
    expect(await pass(loader.with({ shuffle: false }))).toEqual([0, 1, 2, 3]);
    expect(ascending(await pass(loader.with({ dataset: await numbered(3) })))).toEqual([0, 1, 2]);
  });

  test('transforms an item that is drawn twice differently each time', async () => {
    const dataset = await Datasets.build([[0], [0]], { blocks: [RowBlock()] });
    const afterItem = new Pipeline([new SlowNoise(() => 0)]);
    const loader = new WeightedDL<tf.Tensor2D, undefined>(dataset, { wgts: [1, 0], afterItem });
    const [x] = await loader.oneBatch();
    const [[first], [second]] = x.arraySync() as [[number], [number]];
    expect(first).not.toBe(second);
    x.dispose();
  });

  test.each([
    [[1, 2], /one weight per item \(3\), got 2/],
    [[1, -1, 2], /≥ 0, got -1/],
    [[1, Number.NaN, 2], /≥ 0, got NaN/],
    [[0, 0, 0], /all 0/],
  ])('rejects the weights %j', async (wgts, message) => {
    const dataset = await numbered(3);
    expect(() => new WeightedDL(dataset, { wgts })).toThrow(ArgumentError);
    expect(() => new WeightedDL(dataset, { wgts })).toThrow(message);
  });

  test('does not count a missing weight as 0', async () => {
    const dataset = await numbered(2);
    for (const missing of [null, '', true]) {
      // @ts-expect-error: a weight is a number
      expect(() => new WeightedDL(dataset, { wgts: [1, missing] })).toThrow(
        /≥ 0, got .* for item 1: correct/,
      );
    }
  });
});

test("balancedWeights equal scikit-learn's", () => {
  expect(balancedWeights(fixture.labels)).toEqual(fixture.balanced);
});

test("balancedClassWeights equal scikit-learn's, in the order of the vocabulary", () => {
  expect(balancedClassWeights(fixture.labels, ['c', 'a', 'b'])).toEqual(fixture.balancedClasses);
  expect(() => balancedClassWeights(fixture.labels, ['a', 'd'])).toThrow(
    /No item has the label 'd'.*remove it/,
  );
  // As in a CategoryMap, a number of the vocabulary is its text in a table.
  expect(balancedClassWeights(['1', '1', '2'], [1, 2])).toEqual([0.75, 1.5]);
});

describe('weightedDataloaders', () => {
  test('weight the training items by their indices in the source, and do not affect validation', async () => {
    const wgts = items.map((i) => Number(i === 40 || i === 20));
    const dls = await block.weightedDataloaders(items, wgts, { bs: 16 });
    expect(new Set(await pass(dls.train))).toEqual(new Set([40]));
    expect(await pass(dls.valid)).toEqual([1, 20]);
  });

  test('draw all classes equally often if balanced', async () => {
    const dls = await block.weightedDataloaders(items, 'balanced', { bs: 798 });
    const [x, y] = await dls.oneBatch();
    const rare = y.arraySync().filter((label) => dls.vocab[label] === 'rare').length;
    expect(Math.abs(rare / 798 - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 798));
    tf.dispose([x, y]);
  });

  test('reject invalid weights', async () => {
    await expect(block.weightedDataloaders(items, [1])).rejects.toThrow(/one weight per item \(800\), got 1/);
    const regression = new DataBlock({ blocks: [NumberBlock(), NumberBlock()] });
    await expect(regression.weightedDataloaders(items, 'balanced')).rejects.toThrow(
      /'balanced' only for .*'category'; the targets are: number/,
    );
  });
});

describe('PartialDL', () => {
  test.each(fixture.partial)(
    "has the same lengths as fastai's: %j",
    async ({ n, partialN, bs, dropLast, length, items: taken }) => {
      const loader = new PartialDL<tf.Tensor1D, undefined>(await numbered(n), { partialN, bs, dropLast });
      expect(loader.length).toBe(length);
      const numbers = await pass(loader);
      expect(numbers).toHaveLength(taken);
      expect(new Set(numbers).size).toBe(taken);
    },
  );

  test('samples different items in each pass, and returns all in order without shuffling', async () => {
    const loader = new PartialDL<tf.Tensor1D, undefined>(await numbered(30), { partialN: 10, bs: 4 });
    const [first, second] = [await pass(loader), await pass(loader.with({ bs: 5 }))];
    expect(second).toHaveLength(10);
    expect(ascending(second)).not.toEqual(ascending(first));
    expect(await pass(loader.with({ shuffle: false }))).toEqual([...Array(30).keys()]);
  });

  test('rejects an invalid partialN, and a batch size larger than it', async () => {
    const dataset = await numbered(9);
    expect(() => new PartialDL(dataset, { partialN: 0 })).toThrow('partialN must be an integer ≥ 1, got 0.');
    await expect(new PartialDL(dataset, { partialN: 3, bs: 4, dropLast: true }).oneBatch()).rejects.toThrow(
      /A pass has 3 items, fewer than the batch size of 4/,
    );
  });
});

test('partialDataloaders sample the training items, and use all validation items', async () => {
  const dls = await block.partialDataloaders(items, 50, { bs: 10 });
  expect([dls.train.length, dls.train.n, dls.valid.n]).toEqual([5, 798, 2]);
  expect(new Set(await pass(dls.train)).size).toBe(50);
  expect(await pass(dls.valid)).toEqual([1, 20]);
});
