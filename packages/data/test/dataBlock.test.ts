import { type DataSource, Transform } from '@fastts/core';
import {
  AttrGetter,
  CategoryBlock,
  CollateError,
  ColReader,
  DataBlock,
  EmptySourceError,
  GrandparentSplitter,
  IndexSplitter,
  LabelError,
  parentLabel,
  RegexLabeller,
  RegressionBlock,
  type SplitterLike,
} from '@fastts/data';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { Double, NumberBlock, RowBlock } from './blocks.js';

const files = ['d/train/dog/1', 'd/train/cat/2', 'd/train/dog/3', 'd/valid/cat/4'];
const number = (file: string) => Number(file.at(-1));
const block = () =>
  new DataBlock({
    blocks: [NumberBlock(), CategoryBlock()],
    getItems: (source: string[]) => source,
    getX: number,
    getY: parentLabel,
    splitter: new GrandparentSplitter(),
  });

test('datasets split the items, return tuples, and sort the vocabulary', async () => {
  const datasets = await block().datasets(files);
  expect([datasets.train.length, datasets.valid.length]).toEqual([3, 1]);
  expect(await datasets.train.get(0)).toEqual([1, 1]);
  expect(await datasets.valid.get(0)).toEqual([4, 0]);
  expect(datasets.vocab).toEqual(['cat', 'dog']);
  expect(datasets.c).toBe(2);
  await expect(datasets.get(9)).rejects.toThrow(/no item 9.*has 4/);
  expect(await datasets.train[0]).toEqual([1, 1]);
  expect(await datasets[3]).toEqual([4, 0]);
  await expect(datasets.valid[1]).rejects.toThrow(/no item 1.*has 1/);
  expect(String(datasets)).toBe('[object Object]');
});

test('a splitter into three sets makes three loaders, the last two with validation transforms', async () => {
  const three = new DataBlock({
    blocks: [NumberBlock(), CategoryBlock()],
    getX: number,
    getY: parentLabel,
    splitter: () => [[0, 1], [3], [2]],
  });
  const { loaders } = await three.dataloaders(files, { bs: 2, valBs: 1 });
  const seen = loaders.map(({ n, bs, split, shuffle }) => [n, bs, split, shuffle]);
  expect(seen).toEqual([
    [2, 2, 'train', true],
    [1, 1, 'valid', false],
    [1, 1, 'valid', false],
  ]);
  const [x] = await loaders[2]!.oneBatch();
  expect(x.arraySync()).toEqual([3]);
  x.dispose();
  const datasets = await three.datasets(files);
  expect(([0, 'train', 1, 'valid', 2] as const).map((set) => datasets.subset(set).items)).toEqual(
    [[0, 1], [0, 1], [3], [3], [2]].map((indices) => indices.map((i) => files[i])),
  );
});

test('each data set has its own vocabulary', async () => {
  const shared = block();
  const first = await shared.dataloaders(files, { bs: 1 });
  const second = await shared.dataloaders(['d/train/owl/1', 'd/train/bat/2'], { bs: 1 });
  expect([first.vocab, second.vocab]).toEqual([
    ['cat', 'dog'],
    ['bat', 'owl'],
  ]);
});

describe('CategoryBlock', () => {
  const labeled = (labels: unknown[], options = {}, valid: number[] = []) =>
    new DataBlock({
      blocks: [NumberBlock(), CategoryBlock(options)],
      getX: () => 0,
      splitter: new IndexSplitter(valid),
    }).datasets(labels);

  test('sorts words alphabetically and numbers numerically; sort: false keeps the order of appearance', async () => {
    expect((await labeled(['b', 'a', 'b'])).vocab).toEqual(['a', 'b']);
    expect((await labeled([10, 9, 10])).vocab).toEqual([9, 10]);
    expect((await labeled(['b', 'a'], { sort: false })).vocab).toEqual(['b', 'a']);
    expect((await labeled(['a'], { vocab: ['z', 'a'], sort: false })).vocab).toEqual(['z', 'a']);
  });

  test('an unknown label is an error before training that names the label, the item, and the most similar label', async () => {
    const wrong = [...files, 'd/valid/dgo/5'];
    await expect(block().dataloaders(wrong)).rejects.toThrow(LabelError);
    await expect(block().dataloaders(wrong)).rejects.toThrow(
      /d\/valid\/dgo\/5: Label 'dgo'.*most similar is 'dog'/,
    );
    await expect(labeled(['a', 'b'], { vocab: ['a'] })).rejects.toThrow(/Label 'b'/);
  });

  test('an error of a labeler names the item', async () => {
    const labels = new DataBlock({
      blocks: [NumberBlock(), CategoryBlock()],
      getX: number,
      getY: (file: string) => JSON.parse(file),
      splitter: new GrandparentSplitter(),
    });
    await expect(labels.datasets(files)).rejects.toThrow(/^d\/train\/dog\/1: .*JSON/);
  });

  test('with addNa, unknown labels become #na#', async () => {
    const datasets = await labeled(['b', 'a', 'x'], { addNa: true }, [2]);
    expect(datasets.vocab).toEqual(['#na#', 'a', 'b']);
    expect((await datasets.valid.get(0))[1]).toBe(0);
  });
});

test('dataloaders have the number of classes, the vocabulary, and batches of the blocks', async () => {
  const dls = await block().dataloaders(files, { bs: 3, path: 'models-here' });
  expect([dls.c, dls.vocab, dls.path, dls.train.bs]).toEqual([2, ['cat', 'dog'], 'models-here', 3]);
  const [x, y] = await dls.oneBatch();
  expect([x.shape, y.shape, y.dtype]).toEqual([[3], [3], 'int32']);
  tf.dispose([x, y]);
});

test('several inputs are a list', async () => {
  const dls = await new DataBlock({
    blocks: [NumberBlock(), RowBlock(), NumberBlock()],
    getX: [(n: number) => n, (n: number) => [n, n]],
    getY: (n: number) => -n,
    splitter: new IndexSplitter([]),
  }).dataloaders([1, 2], { shuffle: false, bs: 2 });
  const [[one, row], y] = await dls.oneBatch();
  expect([one.arraySync(), row.arraySync(), y.arraySync()]).toEqual([
    [1, 2],
    [
      [1, 1],
      [2, 2],
    ],
    [-1, -2],
  ]);
  tf.dispose([one, row, y]);
});

test('nInp determines how many blocks are inputs', async () => {
  const dls = await new DataBlock({
    blocks: [NumberBlock(), RowBlock(), NumberBlock()],
    nInp: 1,
    getY: [(n: number) => [n, n], (n: number) => -n],
    splitter: new IndexSplitter([]),
  }).dataloaders([1, 2], { shuffle: false, bs: 2 });
  const [x, [row, last]] = await dls.oneBatch();
  expect([x.shape, row.shape, last.shape]).toEqual([[2], [2, 2], [2]]);
  tf.dispose([x, row, last]);
});

test('a transform replaces the one of the same class in the block, and is set up on the data that it receives', async () => {
  class Scale extends Transform {
    override kinds = ['number'];
    factor = 1;
    constructor(private readonly source: 'batch' | 'items') {
      super();
    }
    override async setups(items: DataSource): Promise<void> {
      if (this.source === 'items') return;
      const { tensors } = await items.oneBatch!();
      this.factor = tensors[0]!.max().dataSync()[0]!;
      tf.dispose([...tensors]);
    }
    encodes(batch: tf.Tensor1D): tf.Tensor1D {
      return tf.div(batch, this.factor);
    }
  }
  const scale = new Scale('batch');
  const dls = await new DataBlock({
    blocks: [NumberBlock(), CategoryBlock()],
    getX: number,
    getY: parentLabel,
    splitter: new GrandparentSplitter(),
    batchTfms: [new Scale('items'), scale],
  }).dataloaders(files, { shuffle: false });
  expect(scale.factor).toBe(3);
  const [x, y] = await dls.oneBatch();
  expect(x.arraySync()[2]).toBe(1);
  tf.dispose([x, y]);
});

test('mistakes in the settings are errors that name the setting', async () => {
  const given = { blocks: [NumberBlock(), CategoryBlock()] as const };
  await expect(block().datasets([])).rejects.toThrow(EmptySourceError);
  await expect(new DataBlock({ ...given, getItems: (_: string) => [] }).datasets('folder/x')).rejects.toThrow(
    /getItems found no items in 'folder\/x'/,
  );
  // @ts-expect-error: without getItems the source is a list
  await expect(new DataBlock(given).datasets('folder/x')).rejects.toThrow(
    /Without getItems.*array.*'folder\/x'/,
  );
  expect(() => new DataBlock({ ...given, getY: [parentLabel, parentLabel] })).toThrow(
    /getY must have one function per block \(1\), got 2/,
  );
  expect(() => new DataBlock({ ...given, getters: [parentLabel] })).toThrow(
    /getters must have .* \(2\), got 1/,
  );
  expect(() => new DataBlock({ ...given, nInp: 3 })).toThrow('nInp must be an integer from 1 to 2, got 3.');
  // @ts-expect-error: a block must be called
  expect(() => new DataBlock({ blocks: [CategoryBlock] })).toThrow(/write CategoryBlock\(\)/);
  // @ts-expect-error: a transform must be an instance
  expect(() => new DataBlock({ ...given, itemTfms: Double })).toThrow(/write new Double\(…\)/);
});

test('new returns a data block with other transforms, and does not change the original', async () => {
  const first = new DataBlock({
    blocks: [RowBlock(), CategoryBlock()],
    getX: (file: string) => [number(file)],
    getY: parentLabel,
    splitter: new IndexSplitter([0]),
    batchTfms: new Double(),
  });
  const values = async (made: typeof first) => {
    const batch = await (await made.dataloaders(files, { bs: 3, shuffle: false })).oneBatch();
    const rows = batch[0].arraySync().flat();
    tf.dispose(batch);
    return rows;
  };
  expect(await values(first.new())).toEqual([2, 3, 4]);
  expect(await values(first)).toEqual([4, 6, 8]);
});

test('a splitter that leaves no training items, or returns invalid indices, is an error', async () => {
  const split = (splitter: SplitterLike<string>) =>
    new DataBlock({
      blocks: [NumberBlock(), CategoryBlock()],
      getX: number,
      getY: parentLabel,
      splitter,
    }).datasets(files);
  await expect(split(new GrandparentSplitter({ train: 'tr' }))).rejects.toThrow(EmptySourceError);
  await expect(split(new GrandparentSplitter({ train: 'tr' }))).rejects.toThrow(
    /none of the 4 items to training/,
  );
  await expect(split(() => [[0, 9], [1]])).rejects.toThrow(/from 0 to 3, got 9/);
  const lines = await linesDuring(() => split(new GrandparentSplitter({ valid: 'val' })));
  expect(lines).toEqual(['The splitter assigns none of the 4 items to validation.']);
});

test('values that cannot be collated are an error, and leak no tensor', async () => {
  const dls = await new DataBlock({
    blocks: [RowBlock(), CategoryBlock()],
    getX: (n: number) => Array(n).fill(n),
    splitter: new IndexSplitter([]),
  }).dataloaders([1, 2, 4], { bs: 3 });
  const before = tf.memory().numTensors;
  await expect(dls.oneBatch()).rejects.toThrow(CollateError);
  await expect(dls.oneBatch()).rejects.toThrow(/row values.*cannot be collated/);
  expect(tf.memory().numTensors).toBe(before);
});

describe('summary', () => {
  const described = (batchTfms: Transform[]) =>
    new DataBlock({
      blocks: [RowBlock(), CategoryBlock()],
      getX: function digits(file: string) {
        return [number(file), 0];
      },
      getY: parentLabel,
      splitter: new GrandparentSplitter(),
      batchTfms,
    });

  test('logs the result of each step, and leaks no tensor', async () => {
    await described([]).summary(files, { log: () => {} });
    const before = tf.memory().numTensors;
    const text = await described([new Double()]).summary(files, { bs: 2, log: () => {} });
    expect(tf.memory().numTensors).toBe(before);
    for (const part of [
      'Found 4 items',
      'sizes 3, 1',
      "applying parentLabel gives\n      'dog'",
      'applying Categorize gives\n      1',
      'Final sample: [[1, 0], 1]',
      'No item transforms',
      'float32 tensor of 2×2',
      'applying Double gives',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('supports getters and transforms without a name', async () => {
    const rows = [1, 2, 3, 4, 5].map((n) => ({ n, file: `${n}_dog.jpg`, label: 'dog' }));
    const text = await new DataBlock({
      blocks: [RowBlock(), CategoryBlock(), CategoryBlock(), RegressionBlock()],
      nInp: 1,
      getters: [
        ({ n }) => [n, 0],
        ColReader('label'),
        (row) => RegexLabeller(/_(.*)\.jpg/)(row.file),
        AttrGetter('n'),
      ],
      splitter: new IndexSplitter([4]),
      itemTfms: new (class extends Transform {
        encodes(value: unknown) {
          return value;
        }
      })(),
    }).summary(rows, { log: () => {} });
    for (const part of [
      'row: a function',
      'applying a function gives\n      [1, 0]',
      "applying ColReader gives\n      'dog'",
      'category: a function -> Categorize',
      'applying AttrGetter gives\n      1',
      'Final sample: [[1, 0], 0, 0, 1]',
      'applying a transform gives',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('starts from the item itself if there is no getter', async () => {
    const block = new DataBlock({ blocks: [RowBlock()], splitter: new IndexSplitter([0]) });
    const text = await block.summary([[1], [2]], { log: () => {} });
    expect(text).toContain('row: the item itself');
    expect(text).not.toContain('applying itself');
  });

  test('logs which step failed', async () => {
    class Broken extends Transform {
      encodes(): never {
        throw new Error('out of paint');
      }
    }
    const lines: string[] = [];
    const made = described([new Broken()]).summary(files, { log: (line) => lines.push(line) });
    await expect(made).rejects.toThrow('out of paint');
    expect(lines.at(-1)).toMatch(/applying Broken failed: out of paint/);
  });
});
