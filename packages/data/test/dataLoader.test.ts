import { Pipeline, setProgressSink, setSeed, Transform } from '@fastts/core';
import {
  type Batch,
  CategoryBlock,
  DataBlock,
  DataError,
  type DataLoader,
  type DataLoadersOptions,
  IndexSplitter,
  ItemError,
  itemsOf,
  LabelError,
  TransformBlock,
} from '@fastts/data';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { Double, RowBlock, SlowNoise, Unreadable } from './blocks.js';

const items = Array.from({ length: 22 }, (_, i) => ({ row: [i, i + 0.5], label: 'abc'[i % 3]! }));

type Item = (typeof items)[number];

async function loaders(
  itemTfms: Transform[] = [],
  options: DataLoadersOptions = {},
  batchTfms: Transform[] = [],
) {
  return new DataBlock({
    blocks: [RowBlock(), CategoryBlock()],
    getX: (item: Item) => item.row,
    getY: (item: Item) => item.label,
    splitter: new IndexSplitter([20, 21]),
    itemTfms,
    batchTfms,
  }).dataloaders(items, { bs: 6, ...options });
}

async function take<X extends tf.Tensor, Y extends tf.Tensor>(
  loader: DataLoader<X, Y>,
): Promise<number[][][]> {
  const all: number[][][] = [];
  for await (const [x, y] of loader) {
    all.push([...(x.arraySync() as number[][]), y.arraySync() as number[]]);
    tf.dispose([x, y]);
  }
  return all;
}

test('training shuffles and drops the last batch; validation does neither', async () => {
  const dls = await loaders();
  expect([dls.train.length, dls.train.n, dls.valid.length, dls.valid.n]).toEqual([3, 20, 1, 2]);
  const first = await take(dls.train);
  const seen = first.flatMap((batch) => batch.slice(0, 6).map((row) => row[0]!));
  expect(first.map((batch) => batch.length)).toEqual([7, 7, 7]);
  expect(new Set(seen).size).toBe(18);
  expect(seen).not.toEqual([...seen].sort((a, b) => a - b));
  expect(await take(dls.train)).not.toEqual(first);
  expect(await take(dls.valid)).toEqual([
    [
      [20, 20.5],
      [21, 21.5],
      [2, 0],
    ],
  ]);
});

test('with() overrides the given options and keeps the others', async () => {
  const { train } = await loaders();
  const whole = train.with({ bs: 8, shuffle: false, dropLast: false });
  expect([whole.length, whole.split, whole.prefetch]).toEqual([3, 'train', 2]);
  const batches = await take(whole);
  expect(batches.flatMap((batch) => batch.slice(0, -1).map((row) => row[0]))).toEqual([...Array(20).keys()]);
});

test('the transforms of the blocks, or their replacements, are kept if others are given', async () => {
  class Add extends Transform {
    override kinds = ['row'];
    private first = Number.NaN;
    constructor(private readonly amount: number) {
      super();
    }
    override setups() {
      this.first = 0;
    }
    encodes(value: number[] | tf.Tensor) {
      const amount = this.first + this.amount;
      return Array.isArray(value) ? value.map((number) => number + amount) : tf.add(value, amount);
    }
  }
  class AddAlso extends Add {}
  const block = (itemTfms: Transform[]) =>
    new DataBlock({
      blocks: [
        new TransformBlock({
          kind: 'row',
          itemTfms: [new Add(1)],
          batchTfms: [new AddAlso(10)],
          collate: (rows: number[][]) => tf.tensor2d(rows),
        }),
        CategoryBlock(),
      ],
      getX: (item: Item) => item.row,
      getY: (item: Item) => item.label,
      splitter: new IndexSplitter([20, 21]),
      itemTfms,
      batchTfms: new Double(),
    });
  const firstOf = async (loader: { oneBatch(): Promise<[tf.Tensor, tf.Tensor]> }) => {
    const batch = await loader.oneBatch();
    const [first] = await batch[0].data();
    tf.dispose(batch);
    return first;
  };
  const { valid } = await block([]).dataloaders(items);
  const none = new Pipeline();
  expect(await firstOf(valid)).toBe((20 + 1 + 10) * 2);
  expect(await firstOf(valid.with({ afterItem: none }))).toBe((20 + 1 + 10) * 2);
  expect(await firstOf(valid.with({ afterBatch: none }))).toBe(20 + 1 + 10);
  const datasets = await block([]).datasets(items);
  expect(await firstOf((await datasets.dataloaders()).valid)).toBe(20 + 1 + 10);
  const replaced = (await block([new Add(3)]).dataloaders(items)).valid;
  expect(await firstOf(replaced)).toBe((20 + 3 + 10) * 2);
  expect(await firstOf(replaced.with({ afterItem: none }))).toBe((20 + 3 + 10) * 2);
});

test('setSeed makes batches repeatable bit by bit, in whatever order items finish loading', async () => {
  const run = async (turns: (row: number[]) => number, prefetch: number) => {
    setSeed(42);
    return take((await loaders([new SlowNoise(turns)], { prefetch })).train);
  };
  const inOrder = await run(() => 0, 0);
  expect(await run((row) => 30 - row[0]!, 2)).toEqual(inOrder);
  expect(await run((row) => (row[0]! * 7) % 11, 5)).toEqual(inOrder);
  expect(inOrder.flat(2).every(Number.isInteger)).toBe(false);
});

test('transforms of one split do not apply to the other, and split can be overridden', async () => {
  const { valid } = await loaders([new SlowNoise(() => 0)]);
  expect((await take(valid))[0]![0]).toEqual([20, 20.5]);
  expect((await take(valid.with({ split: 'train' })))[0]![0]).not.toEqual([20, 20.5]);
});

test('batch transforms are applied, and decoded for display', async () => {
  const { valid } = await loaders([], {}, [new Double()]);
  const batch = await valid.oneBatch();
  expect(batch[0].arraySync()).toEqual([
    [40, 41],
    [42, 43],
  ]);
  expect(await valid.decodeBatch(batch)).toEqual([
    [[20, 20.5], 'c'],
    [[21, 21.5], 'a'],
  ]);
  tf.dispose(batch);
});

test('type transforms of several blocks draw the same values, in whatever order blocks are read', async () => {
  const NoisyBlock = () =>
    new TransformBlock({
      kind: 'row',
      typeTfms: () => [new SlowNoise(() => 0)],
      collate: (rows: number[][]) => tf.tensor2d(rows),
    });
  const after = (turns: number) => async (row: number[]) => {
    for (let turn = turns; turn > 0; turn--) await new Promise(setImmediate);
    return row;
  };
  const read = async (inputTurns: number, targetTurns: number) => {
    setSeed(3);
    const dls = await new DataBlock({
      blocks: [NoisyBlock(), NoisyBlock()],
      getItems: () => [...Array(6).keys()].map((i) => [i]),
      getX: after(inputTurns),
      getY: after(targetTurns),
    }).dataloaders('rows', { bs: 2 });
    return take(dls.train);
  };
  expect(await read(0, 3)).toEqual(await read(3, 0));
});

test('showBatch shows the first items with their labels', async () => {
  const { valid } = await loaders();
  const svg = (await valid.showBatch()).svg();
  expect(svg.match(/<image/g)).toHaveLength(2);
  expect(svg).toMatch(/>c<.*>a</s);
});

test('showBatch arranges the items in as many rows as wanted', async () => {
  const { train } = await loaders();
  const svg = (await train.showBatch({ nrows: 1 })).svg();
  expect(new Set([...svg.matchAll(/<image[^>]* y="([\d.]+)"/g)].map(([, y]) => y)).size).toBe(1);
});

test('showBatch with unique shows random versions of one item', async () => {
  const seen: number[][] = [];
  class Watch extends Transform {
    override order = 1;
    override kinds = ['row'];
    encodes(row: number[]): number[] {
      seen.push(row);
      return row;
    }
  }
  const dls = await loaders([new SlowNoise(() => 0), new Watch()]);
  const svg = (await dls.showBatch({ unique: true, maxN: 4 })).svg();
  expect(svg.match(/<image/g)).toHaveLength(4);
  expect(seen.map(([first]) => Math.floor(first!))).toEqual([0, 0, 0, 0]);
  expect(new Set(seen.map(([first]) => first)).size).toBe(4);
});

test('showBatch shows the images of an item side by side', async () => {
  const dls = await new DataBlock({
    blocks: [RowBlock(), CategoryBlock(), RowBlock()],
    nInp: 1,
    getX: () => [1, 2],
    getY: [() => 'a', () => [3, 4, 5]],
  }).dataloaders([...Array(5).keys()], { bs: 4 });
  const svg = (await dls.showBatch()).svg();
  expect(svg.match(/<image/g)).toHaveLength(8);
  expect(svg.match(/>a</g)).toHaveLength(4);
  // Three items of two images each are six images.
  const places = [...svg.matchAll(/<image[^>]* x="([\d.]+)"/g)].map(([, x]) => Number(x));
  expect(new Set(places).size).toBe(6);
});

test('no tensor is leaked if batches are disposed of, even if the iteration stops early', async () => {
  const { train } = await loaders([new SlowNoise(() => 1)], {}, [new Double()]);
  await take(train);
  const before = tf.memory().numTensors;
  await take(train);
  for await (const batch of train) {
    tf.dispose(batch);
    break;
  }
  tf.dispose(await train.oneBatch());
  await train.showBatch();
  // By then, the items of the next batches, which each wait for one turn, have been loaded.
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(tf.memory().numTensors).toBe(before);
});

test('the items of the next batches start loading before a batch is returned, and no others', async () => {
  const started: number[] = [];
  const watch = new SlowNoise((row) => {
    started.push(row[0]!);
    return 0;
  });
  const { train } = await loaders([watch], { bs: 2, prefetch: 2 });
  const counts: number[] = [];
  for await (const batch of train) {
    counts.push(started.length);
    tf.dispose(batch);
  }
  expect(counts).toEqual([6, 8, 10, 12, 14, 16, 18, 20, 20, 20]);
});

describe('items that cannot be loaded', () => {
  const bad = (...numbers: number[]) => [new Unreadable(new Set(numbers))];
  const said: string[] = [];
  beforeAll(() => {
    setProgressSink(lineSink(said));
  });
  afterAll(() => {
    setProgressSink(null);
  });

  test('are skipped, and reported once with the reason', async () => {
    const { train } = await loaders(bad(3, 4));
    const loader = train.with({ shuffle: false, dropLast: false });
    const batches = await take(loader);
    expect(batches.map((batch) => batch.length - 1)).toEqual([6, 6, 6]);
    expect(loader.skipped).toHaveLength(2);
    expect(loader.skipped[0]).toEqual({
      index: 3,
      position: 3,
      path: expect.stringContaining('item 3'),
      reason: 'not an image',
    });
    expect(said.join('')).toMatch(/Skipped 2 of 20 items.*item 3.*not an image.*item 4/);
    said.splice(0);
    await take(loader);
    expect(said).toEqual([]);
    expect(loader.skipped).toHaveLength(2);
  });

  test.each([[[2, 3]], [[0, 1, 5, 9, 19]], [[15, 16, 17, 18, 19]]])(
    'leave the other items, their order and their random values as they are: %j',
    async (numbers) => {
      const values = async (tfms: Transform[]) => {
        const { train } = await loaders([...tfms, new SlowNoise(() => 0)], { dropLast: false });
        setSeed(4);
        const batches = await take(train);
        return {
          sizes: batches.map((batch) => batch.length - 1),
          rows: batches.flatMap((batch) => batch.slice(0, -1)),
        };
      };
      const whole = await values([]);
      const { sizes, rows } = await values(bad(...numbers));
      const isGood = (row: unknown) => !numbers.includes(Math.floor((row as number[])[0]!));
      expect(rows).toEqual(whole.rows.filter(isGood));
      const full = Math.floor(rows.length / 6);
      expect(sizes).toEqual([...Array(full).fill(6), ...(rows.length % 6 > 0 ? [rows.length % 6] : [])]);
    },
  );

  test('leave all batches full if the last one is dropped, unless it is the only one', async () => {
    const { train } = await loaders(bad(0, 7));
    const sizes = async (bs: number) => (await take(train.with({ bs }))).map((batch) => batch.length - 1);
    expect(await sizes(6)).toEqual([6, 6, 6]);
    expect(await sizes(10)).toEqual([10]);
    expect(await sizes(20)).toEqual([18]);
  });

  test.each(['dataloaders', 'weightedDataloaders'] as const)(
    'are left out by verify, and %s are then bit by bit those without them',
    async (make) => {
      const numbers = [2, 9, 10, 17];
      const good = items.filter((_, i) => !numbers.includes(i));
      const block = (tfms: Transform[]) =>
        new DataBlock({
          blocks: [RowBlock(), CategoryBlock()],
          getX: (item: Item) => item.row,
          getY: (item: Item) => item.label,
          itemTfms: [...tfms, new SlowNoise(() => 0)],
        });
      const passes = async (tfms: Transform[], from: Item[], options: { verify?: boolean }) => {
        setSeed(8);
        const dls =
          make === 'dataloaders'
            ? await block(tfms).dataloaders(from, { bs: 4, ...options })
            : await block(tfms).weightedDataloaders(
                from,
                from.map(({ row }) => row[0]!),
                { bs: 4, ...options },
              );
        return [await take(dls.train), await take(dls.train), await take(dls.valid)];
      };
      said.splice(0);
      const verified = await passes(bad(...numbers), [...items], { verify: true });
      expect(said.join('')).toMatch(
        /Skipped 4 of 22 items that cannot be loaded: item 2, .*: not an image; item 9/,
      );
      expect(verified).toEqual(await passes([], good, {}));
      await expect(block(bad(3)).dataloaders(items, { verify: true, strict: true })).rejects.toThrow(
        /item 3.*not an image/,
      );
      await expect(block(bad(...Array(14).keys())).dataloaders(items, { verify: true })).rejects.toThrow(
        'More than half of the 22 items',
      );
    },
  );

  test('are named in one line without control codes, whatever their paths are', async () => {
    const dls = await new DataBlock({
      blocks: [RowBlock(), CategoryBlock()],
      getX: (path: string) => {
        if (path.startsWith('bad')) throw new Error('two\nlines');
        return [1];
      },
      getY: () => 'a',
      splitter: new IndexSplitter([3]),
    }).dataloaders(['bad\n\u001b[2J.jpg', 'b', 'c', 'd'], { bs: 2, dropLast: false });
    said.splice(0);
    await take(dls.train);
    expect(said.join('').trim()).toBe('Skipped 1 of 3 items that cannot be loaded: bad??[2J.jpg: two?lines');
  });

  test('stop the run if strict', async () => {
    const { train } = await loaders(bad(5), { strict: true });
    await expect(take(train.with({ shuffle: false }))).rejects.toThrow(ItemError);
    await expect(take(train.with({ shuffle: false }))).rejects.toThrow(/item 5.*not an image/);
  });

  test('stop the run if a label is wrong, with an error that names the item', async () => {
    class Wrong extends Transform {
      encodes(): never {
        throw new LabelError('A label is wrong.');
      }
    }
    const { train } = await loaders([new Wrong()]);
    await expect(take(train)).rejects.toThrow(LabelError);
    await expect(take(train)).rejects.toThrow(/^item \d+.*: A label is wrong/);
  });

  test('are listed by the loader with their positions in the pass, also when a copy of it skips them', async () => {
    const { train } = await loaders(bad(3, 4));
    await take(train.with({ dropLast: false }));
    expect(train.skipped.map(({ index }) => index).sort()).toEqual([3, 4]);
    expect(train.skipped.map(({ position }) => position)).not.toEqual([3, 4]);
    tf.dispose(await train.with({ shuffle: false }).oneBatch());
    expect(train.skipped).toHaveLength(2);
  });

  test.each([
    ['a row without a prototype', (row: object) => Object.assign(Object.create(null), row)],
    ['a row with a column toString', (row: object) => ({ ...row, toString: 'b' })],
    ['a row that contains itself', (row: object) => Object.assign(row, { self: row })],
  ])('are reported also for %s, and if the thrown value is not an error', async (_, odd) => {
    const dls = await new DataBlock({
      blocks: [RowBlock(), CategoryBlock()],
      getItems: () => items.map((item) => odd({ ...item })),
      getX: ({ row }: Item) => {
        if (row[0] === 3) throw Object.create(null);
        return row;
      },
      getY: ({ label }: Item) => label,
      splitter: new IndexSplitter([20, 21]),
    }).dataloaders('.', { bs: 10, dropLast: false });
    expect(await take(dls.train)).toHaveLength(2);
    expect(dls.train.skipped).toEqual([
      expect.objectContaining({ path: expect.stringMatching(/^item 3, \{ row: \[3, 3.5\]/), reason: '{  }' }),
    ]);
  });

  test('may be up to the fraction maxSkipped', async () => {
    const { train } = await loaders(bad(3, 4), { shuffle: false, dropLast: false });
    expect(await take(train.with({ maxSkipped: 0.1 }))).toHaveLength(3);
    await expect(take(train.with({ maxSkipped: 0.05 }))).rejects.toThrow(
      /More than 5% of the 20 items.*item 3.*not an image/,
    );
    expect(() => train.with({ maxSkipped: 2 })).toThrow('maxSkipped must be a number from 0 to 1, got 2.');
  });

  test('are an error in a test set, whose rows would shift', async () => {
    const dls = await loaders(bad(3));
    const pass = async () => {
      for await (const [x] of dls.testDl(items.slice(2, 5))) x.dispose();
    };
    await expect(pass()).rejects.toThrow(/item 1.*not an image/);
    await take(dls.testDl(items.slice(2, 5), { withLabels: true }));
  });

  test('stop the run if they are more than half', async () => {
    const { train } = await loaders(bad(...Array(14).keys()));
    await expect(take(train)).rejects.toThrow(DataError);
    await expect(take(train)).rejects.toThrow(/More than half of the 20 items.*item \d+.*not an image/);
  });
});

test('a data set smaller than a batch is an error with a remedy', async () => {
  const { train } = await loaders([], { bs: 64 });
  await expect(train.oneBatch()).rejects.toThrow(
    /20 items, fewer than the batch size of 64.*dropLast: false/,
  );
  await expect(take(train)).rejects.toThrow(DataError);
});

test('bs must be an integer of at least 1', async () => {
  await expect(loaders([], { bs: 0 })).rejects.toThrow('bs must be an integer ≥ 1, got 0.');
});

test('testDl returns batches without labels unless withLabels is set', async () => {
  const dls = await loaders();
  const test = [{ row: [9, 9], label: 'b' }];
  const [x, none] = await dls.testDl(test).oneBatch();
  expect([x.arraySync(), none]).toEqual([[[9, 9]], undefined]);
  const [again, y]: Batch<tf.Tensor2D, tf.Tensor1D> = await dls.testDl(test, { withLabels: true }).oneBatch();
  expect(y.arraySync()).toEqual([1]);
  tf.dispose([x, again, y]);
});

test('testDl of something else than a list is an error with the remedy', async () => {
  const { valid } = await loaders();
  // @ts-expect-error: programs in JavaScript may pass a single item.
  expect(() => valid.dataset.testSet('a.jpg')).toThrow("items must be a list, got 'a.jpg': pass [item]");
});

test('testDl accepts inputs themselves if they are of another kind than the items', async () => {
  const dls = await loaders();
  const [x] = await dls.testDl([[7, 8]]).oneBatch();
  expect(x.arraySync()).toEqual([[7, 8]]);
  const pixels = { data: Uint8Array.of(7, 8), width: 2, height: 1 };
  const others = [Uint8Array.of(7, 8), x, 'row.png', pixels];
  for (const item of others) expect(await dls.valid.dataset.testSet([item]).get(0)).toEqual([item]);
  const mixed = dls.valid.dataset.testSet([...others, items[3]]);
  expect(await mixed.get(3)).toEqual([pixels]);
  expect(await mixed.get(4)).toEqual([items[3]!.row]);
  x.dispose();
  const two = await new DataBlock({
    blocks: [RowBlock(), RowBlock(), CategoryBlock()],
    getX: [(item: Item) => item.row, (item: Item) => item.row],
    getY: (item: Item) => item.label,
  }).dataloaders(items);
  const [[first, second]] = await two
    .testDl([
      [
        [1, 2],
        [3, 4],
      ],
    ])
    .oneBatch();
  expect([first.arraySync(), second.arraySync()]).toEqual([[[1, 2]], [[3, 4]]]);
  tf.dispose([first, second]);
  await expect(two.testDl(['row.png'], { strict: true }).oneBatch()).rejects.toThrow(
    /must be a list of its 2 inputs, got 'row.png'/,
  );
});

test('newEmpty keeps vocabulary, transforms and path, and loads test items', async () => {
  const dls = await loaders([], { path: 'here' }, [new Double()]);
  const empty = dls.newEmpty();
  expect([empty.train.n, empty.valid.n, empty.valid.length]).toEqual([0, 0, 0]);
  expect([empty.vocab, empty.c, empty.path]).toEqual([dls.vocab, 3, 'here']);
  expect(await take(empty.valid)).toEqual([]);
  expect([empty.train.split, empty.valid.split]).toEqual(['train', 'valid']);
  for (const item of [{ row: [9, 9], label: 'b' }, [9, 9]]) {
    const [x] = await empty.testDl([item]).oneBatch();
    expect(x.arraySync()).toEqual([[18, 18]]);
    x.dispose();
  }
});

test('items that together exceed the memory are an error before all are loaded', async () => {
  // One image of 100 MB, which all items share.
  const image = { data: new Uint8Array(1e8), width: 1e4, height: 1e4, channels: 1 as const };
  let loaded = 0;
  class Load extends Transform {
    override kinds = ['row'];
    async encodes() {
      await new Promise(setImmediate);
      loaded++;
      return image;
    }
  }
  const many = Array.from({ length: 20_000 }, (_, i) => ({ row: [i], label: 'a' }));
  const dls = await new DataBlock({
    blocks: [RowBlock(), CategoryBlock({ vocab: ['a'] })],
    getX: (item: Item) => item.row,
    getY: (item: Item) => item.label,
    splitter: new IndexSplitter([0]),
    itemTfms: [new Load()],
  }).dataloaders(many, { bs: 10_000, prefetch: 0 });
  const before = tf.memory().numTensors;
  await expect(take(dls.train)).rejects.toEqual(
    expect.objectContaining({
      name: 'OutOfMemoryError',
      message: expect.stringMatching(
        /^A batch of 10000 items .* take 1000 GB of the .* GB there are\. .* smaller bs/,
      ),
      bytes: 1e12,
    }),
  );
  expect(loaded).toBeLessThan(20_000);
  expect(tf.memory().numTensors).toBe(before);
});

test('a batch that the engine cannot allocate says so', async () => {
  class Enlarge extends Transform {
    override kinds = ['row'];
    encodes(batch: tf.Tensor2D) {
      return tf.tile(batch, [1, 2 ** 45]);
    }
  }
  const dls = await loaders([], {}, [new Enlarge()]);
  const before = tf.memory().numTensors;
  await expect(take(dls.train)).rejects.toEqual(
    expect.objectContaining({
      name: 'OutOfMemoryError',
      message: expect.stringContaining('A batch of 6 items'),
    }),
  );
  expect(tf.memory().numTensors).toBe(before);
});

test("a batch's items are known, also if they are shuffled or some are skipped", async () => {
  const dls = await loaders([new Unreadable(new Set([4, 11]))], { dropLast: false });
  let batches = 0;
  for await (const batch of dls.train) {
    batches++;
    const known = itemsOf(batch)!;
    const firsts = batch[0].arraySync() as number[][];
    expect(known.length).toBe(firsts.length);
    firsts.forEach(([first], row) => {
      expect(known.name(row)).toMatch(new RegExp(`^item ${first}, `));
    });
    // A batch that a program puts together anew is of the same items.
    expect(itemsOf([batch[0], undefined])).toBe(known);
    tf.dispose(batch);
  }
  // 18 of the 20 items, in batches of 6.
  expect(batches).toBe(3);
  expect(itemsOf([tf.scalar(0), tf.scalar(0)])).toBeUndefined();
});
