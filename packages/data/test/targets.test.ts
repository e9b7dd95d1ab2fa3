import {
  CategoryBlock,
  DataBlock,
  Datasets,
  IndexSplitter,
  LabelError,
  MultiCategoryBlock,
  type MultiCategoryBlockOptions,
  RegressionBlock,
  type TransformBlock,
} from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/blocks.json';
import { RowBlock } from './blocks.js';

function datasets(block: TransformBlock, train: readonly unknown[], valid: readonly unknown[] = []) {
  const items = [...train, ...valid];
  const splits = [[...train.keys()], [...valid.keys()].map((i) => i + train.length)];
  return Datasets.build(items, { blocks: [block], nInp: 0, splits });
}

describe("MultiCategoryBlock encodes like fastai's", () => {
  test.each(fixture.multi)('$name', async ({ train, valid, options, vocab, encoded, decoded, c }) => {
    const made = datasets(MultiCategoryBlock(options as MultiCategoryBlockOptions), train, valid);
    if (!encoded) {
      await expect(made).rejects.toThrow(LabelError);
      await expect(made).rejects.toThrow(/item \d.*Label 'ant' is not in the vocabulary.*most similar is/);
      return;
    }
    const multi = await made;
    expect([multi.vocab, multi.c]).toEqual([vocab, c]);
    const rows = await Promise.all(encoded.map((_, i) => multi.get(i)));
    expect(rows.flat()).toEqual(encoded);
    expect(rows.map(([row]) => multi.decode(0, row))).toEqual(decoded);
  });
});

test('a label is one class however its accents are encoded, and the vocabulary has the composed form', async () => {
  const decomposed = 'café'.normalize('NFD');
  const made = await datasets(CategoryBlock(), [decomposed, 'café', 'tea']);
  expect(made.vocab).toEqual(['café', 'tea']);
  expect(await Promise.all([0, 1, 2].map((i) => made.get(i)))).toEqual([[0], [0], [1]]);
  await expect(datasets(CategoryBlock({ vocab: ['cafés', 'cafxx'] }), [decomposed])).rejects.toThrow(
    /most similar is 'cafés'/,
  );
});

describe('MultiCategoryBlock rejects', () => {
  test.each([
    ['a text instead of a list', {}, 'dog cat', /must be a list, got 'dog cat'.*labelDelim/],
    ['a missing label', {}, [null], /item 0.*label is missing \(null\)/],
    [
      'a one-hot target of another length',
      { encoded: true, vocab: ['a', 'b'] },
      [1],
      /one 0 or 1 per label .*\(2\)/,
    ],
    [
      'a one-hot target of other numbers',
      { encoded: true, vocab: ['a', 'b'] },
      [0, 3],
      /0 or 1.*got \[0, 3\]/,
    ],
    ...[null, undefined, '', '1'].map(
      (missing) =>
        [
          `a one-hot target with ${JSON.stringify(missing)}`,
          { encoded: true, vocab: ['a', 'b'] },
          [1, missing],
          /item 0.*0 or 1.*got \[1, /,
        ] as const,
    ),
  ] as const)('%s', async (_, options, target, message) => {
    const made = datasets(MultiCategoryBlock(options), [target]);
    await expect(made).rejects.toThrow(LabelError);
    await expect(made).rejects.toThrow(message);
  });
});

test('missing labels are not a class; with addNa they are #na#', async () => {
  const labels = ['b', null, Number.NaN, 'a', undefined];
  const known = await datasets(CategoryBlock({ addNa: true }), labels);
  expect(known.vocab).toEqual(['#na#', 'a', 'b']);
  expect(await known.get(1)).toEqual([0]);
  await expect(datasets(CategoryBlock(), labels)).rejects.toThrow(/item 1.*label is missing \(null\)/);
});

test('a value that is not a label is an error, and labels with the same text are the same', async () => {
  await expect(datasets(CategoryBlock(), [['a'], ['b']])).rejects.toThrow(LabelError);
  await expect(datasets(CategoryBlock(), [['a'], ['b']])).rejects.toThrow(/got \['a'\].*MultiCategoryBlock/);
  const alike = await datasets(CategoryBlock(), [1, '1', 2]);
  expect(alike.vocab).toEqual([1, 2]);
});

test.each(fixture.regression)("RegressionBlock encodes targets like fastai's: %j", async ({ targets, c }) => {
  const numbers = await datasets(RegressionBlock({ nOut: c }), targets);
  expect(numbers.c).toBe(c);
  expect((await Promise.all(targets.map((_, i) => numbers.get(i)))).flat()).toEqual(targets);
});

describe('RegressionBlock rejects', () => {
  test.each([
    ['a text', undefined, '3.5', /must be a number, got '3.5', which is text: a column is read as text/],
    ['a missing number', undefined, null, /must be a number, got null/],
    ['a list instead of one number', undefined, [1, 2], /must be a number, got \[1, 2\].*nOut/],
    ['a number instead of a list', 2, 1, /a list of 2 numbers, got 1/],
    ['a list of another length', 2, [1, 2, 3], /a list of 2 numbers, got \[1, 2, 3\]/],
  ])('%s', async (_, nOut, target, message) => {
    const made = datasets(nOut ? RegressionBlock({ nOut }) : RegressionBlock(), [target]);
    await expect(made).rejects.toThrow(LabelError);
    await expect(made).rejects.toThrow(message);
  });

  test('nOut', () => {
    expect(() => RegressionBlock({ nOut: 0.5 }).typeTfms()).toThrow(/nOut must be an integer ≥ 1, got 0.5/);
  });
});

eachEngine(() => {
  test('several targets of these kinds are a batch of float32 tensors, and are shown as text', async () => {
    const items = [
      { row: [1, 2], labels: ['x', 'y'], size: 0.1, center: [0.5, 0.25] },
      { row: [3, 4], labels: [], size: 7, center: [1, -1] },
    ];
    type Item = (typeof items)[number];
    const dls = await new DataBlock({
      blocks: [RowBlock(), MultiCategoryBlock(), RegressionBlock(), RegressionBlock({ nOut: 2 })],
      nInp: 1,
      getX: (item: Item) => item.row,
      getY: [(item: Item) => item.labels, (item: Item) => item.size, (item: Item) => item.center],
      splitter: new IndexSplitter([]),
    }).dataloaders(items, { bs: 2, shuffle: false });
    const before = tf.memory().numTensors;
    const batch = await dls.oneBatch();
    const [, [labels, size, center]] = batch;
    expect([labels.dtype, labels.arraySync()]).toEqual([
      'float32',
      [
        [1, 1],
        [0, 0],
      ],
    ]);
    expect([size.dtype, size.shape]).toEqual(['float32', [2]]);
    expect([center.dtype, center.arraySync()]).toEqual(['float32', items.map((item) => item.center)]);
    expect(await dls.train.decodeBatch(batch)).toEqual(items.map((item) => Object.values(item)));
    const svg = (await dls.showBatch({ batch })).svg();
    expect(svg).toContain('x;y 0.1 0.5, 0.25');
    tf.dispose(batch);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('number of outputs and vocabulary depend on the targets, not on inputs', async () => {
  const made = (blocks: readonly TransformBlock[], items: readonly unknown[][], nInp?: number) =>
    Datasets.build(items, { blocks, nInp, getters: blocks.map((_, k) => (item: unknown[]) => item[k]) });
  const rows = [
    [[1, 2], 3, 'a'],
    [[3, 4], 5, 'b'],
  ];
  const numberAsInput = await made([RowBlock(), RegressionBlock(), CategoryBlock()], rows);
  expect([numberAsInput.c, numberAsInput.vocab]).toEqual([2, ['a', 'b']]);
  const labelAsInput = await made(
    [CategoryBlock(), RegressionBlock()],
    [
      ['a', 1],
      ['b', 2],
    ],
  );
  expect([labelAsInput.c, labelAsInput.vocab]).toEqual([1, []]);
  const both = await made([RowBlock(), RegressionBlock(), CategoryBlock()], rows, 1);
  expect([both.c, both.vocab]).toEqual([2, ['a', 'b']]);
  const inputsOnly = numberAsInput.testSet([rows[0]]);
  expect([inputsOnly.c, inputsOnly.vocab]).toEqual([0, []]);
});

test('items without labels, and without classes, can be shown', async () => {
  for (const [vocab, length] of [
    [undefined, 0],
    [['a', 'b'], 2],
  ] as const) {
    const dls = await new DataBlock({
      blocks: [RowBlock(), MultiCategoryBlock({ vocab })],
      getX: (i: number) => [i],
      getY: () => [],
      splitter: new IndexSplitter([2, 3]),
    }).dataloaders([0, 1, 2, 3], { bs: 2 });
    const batch = await dls.valid.oneBatch();
    expect(batch[1].shape).toEqual([2, length]);
    expect(await dls.valid.decodeBatch(batch)).toEqual([
      [[2], []],
      [[3], []],
    ]);
    expect((await dls.valid.showBatch({ batch })).svg().match(/<image/g)).toHaveLength(2);
    tf.dispose(batch);
  }
});
