import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchNorm1d,
  type DrawContext,
  Dropout,
  type EncodeContext,
  Linear,
  ReLU,
  rng,
  Sequential,
  setQuiet,
  setSeed,
  Transform,
} from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter, TransformBlock } from '@fastts/data';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import {
  ActivationStats,
  accuracy,
  Callback,
  CheckpointCallback,
  CrossEntropyLossFlat,
  CSVLogger,
  EarlyStoppingCallback,
  type FitOptions,
  GradientAccumulation,
  GradientClip,
  Learner,
  type LearnerOptions,
  MixUpCB,
  Recorder,
  ReduceLROnPlateau,
  RocAuc,
  ranger,
  SaveModelCallback,
  SGD,
  ShowGraphCallback,
} from '../src/index.js';
import { smallLearner } from './smallNetwork.js';

const CLASSES = ['a', 'b', 'c'];

/** Adds noise to training rows. */
class Noise extends Transform<number> {
  override split = 'train' as const;
  override kinds = ['row'];
  override draw({ rng: random }: DrawContext): number {
    return random.normal();
  }
  encodes(row: number[], { draw }: EncodeContext<number>): number[] {
    if (row[0] === 7) throw new Error('not a row');
    return row.map((value) => value + 0.1 * draw);
  }
}

const RowBlock = () =>
  new TransformBlock({
    kind: 'row',
    collate: (rows: number[][]) => tf.tensor2d(rows),
    itemTfms: [new Noise()],
  });

let folder: string;
let dir: string;

beforeEach(async () => {
  setQuiet(true);
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
  dir = join(folder, 'checkpoints');
});

afterEach(async () => {
  setQuiet(false);
  await rm(folder, { recursive: true, force: true });
});

type Rows = Learner<tf.Tensor2D, tf.Tensor1D>;

/** A learner of shuffled noisy rows, of which one cannot be loaded, with dropout and batch norm. */
async function learner(options: LearnerOptions = {}, bs = 5): Promise<Rows> {
  setSeed(3);
  const items = Array.from({ length: 34 }, (_, i) => i);
  const block = new DataBlock({
    blocks: [RowBlock(), CategoryBlock({ vocab: CLASSES })],
    getX: (i: number) => [i % 3, (i * 7) % 5, i, 1].map((value) => (i === 7 ? 7 : value / 4)),
    getY: (i: number) => CLASSES[i % 3]!,
    splitter: new IndexSplitter([26, 27, 28, 29, 30, 31, 32, 33]),
  });
  const dls = await block.dataloaders(items, { bs });
  const model = new Sequential(
    new Linear(4, 8),
    new BatchNorm1d(8),
    new ReLU(),
    new Dropout(0.3),
    new Linear(8, 3),
  );
  const learn = new Learner(dls, model, {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: [accuracy],
    path: folder,
    splitter: (m) => [
      m.children()[0]![1].parameters(),
      m
        .children()
        .slice(1)
        .flatMap(([, c]) => c.parameters()),
    ],
    ...options,
  });
  learn.showBar = false;
  learn.logger = null;
  return learn;
}

/** Everything that must be equal after a fit. */
async function resultOf(learn: Rows): Promise<unknown> {
  const state = learn.model.stateDict();
  const weights = Object.fromEntries([...state].map(([name, tensor]) => [name, [...tensor.dataSync()]]));
  tf.dispose([...state.values()]);
  const { hypers, parameters } = learn.opt.stateDict();
  const moments = parameters.map(({ step, tensors }) => [
    step,
    Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]),
  ]);
  const { values, iters, lrs, hps, losses, log } = learn.recorder;
  const next = rng().next();
  return {
    weights,
    hypers,
    moments,
    values,
    iters,
    lrs,
    hps,
    losses: [...losses],
    log: log.slice(0, -1),
    next,
  };
}

/** Fails after a batch, in training or validation, as if the process ended there. */
class Crash extends Callback {
  override order = 2000;
  private count = 0;

  constructor(private readonly at: number) {
    super();
  }

  override afterBatch(): void {
    if (++this.count === this.at) throw new Error('crash');
  }
}

type Fit = (learn: Rows, options: FitOptions<tf.Tensor2D, tf.Tensor1D>) => Promise<void>;

interface Case {
  name: string;
  options?: () => LearnerOptions<tf.Tensor2D, tf.Tensor1D>;
  fit?: Fit;
  /** Number of batches between the places at which it fails. */
  step?: number;
}

const oneCycle: Fit = (learn, options) => learn.fitOneCycle(2, 3e-2, options);

const CASES: Case[] = [
  { name: 'one cycle with Adam', step: 1 },
  {
    name: 'SGD at a constant rate',
    options: () => ({ optFunc: SGD }),
    fit: (learn, o) => learn.fit(2, 0.1, o),
  },
  {
    name: 'ranger along a flat cosine',
    options: () => ({ optFunc: ranger }),
    fit: (learn, o) => learn.fitFlatCos(2, 0.1, o),
  },
  { name: 'warm restarts', fit: (learn, o) => learn.fitSgdr(2, 1, 0.1, { ...o, cycleMult: 1 }) },
  { name: 'fine-tuning', fit: (learn, o) => learn.fineTune(1, 3e-2, o) },
  { name: 'mixup', options: () => ({ cbs: new MixUpCB() }) },
  {
    name: 'accumulated and clipped gradients',
    options: () => ({ cbs: [new GradientAccumulation(12), new GradientClip({ maxNorm: 0.1 })] }),
  },
  {
    name: 'metrics of the training set',
    options: () => ({ metrics: [accuracy, new RocAuc()] }),
    fit: async (learn, o) => {
      learn.removeCbs(Recorder).addCbs(new Recorder({ trainMetrics: true }));
      await learn.fit(2, 0.1, o);
    },
  },
  {
    name: 'trackers',
    options: () => ({
      cbs: [
        new SaveModelCallback(),
        new ReduceLROnPlateau({ minDelta: 10 }),
        new EarlyStoppingCallback({ minDelta: 10, patience: 2 }),
      ],
    }),
    fit: (learn, o) => learn.fit(4, 0.1, o),
  },
];

describe.each(CASES)('$name', ({ options = () => ({}), fit = oneCycle, step = 3 }) => {
  test('a fit that fails anywhere goes on to the same weights and values', async () => {
    const whole = await learner(options());
    await fit(whole, {});
    const expected = await resultOf(whole);

    const counter = new Counter();
    await fit(await learner(options()), { cbs: counter });
    for (let at = 1; at <= counter.count; at += step) {
      const failing = await learner(options());
      // By turns every second batch, and each batch and epoch.
      const every = at % 2 ? { everyBatches: 2 } : { everySeconds: 1e-9 };
      const checkpoints = () => new CheckpointCallback(dir, every);
      await expect(fit(failing, { cbs: [checkpoints(), new Crash(at)], resume: dir })).rejects.toThrow(
        'crash',
      );
      failing.opt.clearState();
      const resumed = await learner(options());
      setSeed(100 + at);
      await fit(resumed, { cbs: checkpoints(), resume: dir });
      expect(await resultOf(resumed)).toEqual(expected);
      await rm(dir, { recursive: true });
    }
  });
});

/** Counts batches. */
class Counter extends Callback {
  count = 0;
  override afterBatch(): void {
    this.count++;
  }
}

/** Fits until a batch fails, and then again in a new learner. */
async function interrupted(
  at: number,
  make: () => Promise<Rows>,
  callbacks: () => Callback[],
): Promise<Rows> {
  const options = () => [new CheckpointCallback(dir, { everyBatches: 1 }), ...callbacks()];
  const failing = make().then((learn) =>
    learn.fitOneCycle(2, 3e-2, { cbs: [...options(), new Crash(at)], resume: dir }),
  );
  await expect(failing).rejects.toThrow('crash');
  const learn = await make();
  await learn.fitOneCycle(2, 3e-2, { cbs: options(), resume: dir });
  return learn;
}

/** A file's lines without their last column, the time. */
const csv = async (name: string) =>
  (await readFile(join(folder, name), 'utf8'))
    .split('\n')
    .map((line) => line.slice(0, line.lastIndexOf(',')));

test("the callbacks' records are those of a fit that was not stopped", async () => {
  await writeFile(join(folder, 'b.csv'), 'epoch,earlier,time\n0,1,00:00\n');
  await writeFile(join(folder, 'd.csv'), 'epoch,earlier,time\n0,1,00:00\n');
  const whole = await learner();
  const shown = () => new ShowGraphCallback({ show: () => {} });
  const expected = { stats: new ActivationStats(), graph: shown() };
  await whole.fitOneCycle(2, 3e-2, {
    cbs: [
      expected.stats,
      expected.graph,
      new CSVLogger({ fname: 'a.csv' }),
      new CSVLogger({ fname: 'b.csv', append: true }),
    ],
  });
  for (const at of [3, 8, 10]) {
    await rm(dir, { recursive: true, force: true });
    await rm(join(folder, 'c.csv'), { force: true });
    await writeFile(join(folder, 'd.csv'), 'epoch,earlier,time\n0,1,00:00\n');
    const all: { stats: ActivationStats; graph: ShowGraphCallback }[] = [];
    await interrupted(at, learner, () => {
      const made = { stats: new ActivationStats(), graph: shown() };
      all.push(made);
      return [
        made.stats,
        made.graph,
        new CSVLogger({ fname: 'c.csv' }),
        new CSVLogger({ fname: 'd.csv', append: true }),
      ];
    });
    const { stats, graph } = all.at(-1)!;
    expect(stats.stats).toEqual(expected.stats.stats);
    expect(graph.figure!.svg).toBe(expected.graph.figure!.svg);
    expect(await csv('c.csv')).toEqual(await csv('a.csv'));
    expect(await csv('d.csv')).toEqual(await csv('b.csv'));
  }
});

test('the table of a resumed fit has all rows', async () => {
  const rows = async (fit: (learn: Rows) => Promise<unknown>) => {
    const learn = await learner();
    const table: unknown[] = [];
    learn.logger = (row) => table.push(row.slice(0, -1));
    await fit(learn);
    return table;
  };
  const expected = await rows((learn) => learn.fitOneCycle(2, 3e-2));
  let table: unknown[] = [];
  await interrupted(
    9,
    async () => {
      const learn = await learner();
      table = [];
      learn.logger = (row) => table.push(row.slice(0, -1));
      return learn;
    },
    () => [],
  );
  expect(table).toEqual(expected);
  expect(await rows((learn) => learn.fitOneCycle(2, 3e-2, { resume: dir }))).toEqual(expected);
});

test("a callback's own state is kept, with its tensors and special numbers", async () => {
  class Own extends Callback {
    override order = 20;
    state = {
      seen: 0,
      least: Number.POSITIVE_INFINITY,
      zero: -0,
      none: Number.NaN,
      sum: tf.zeros([]),
      list: [['a', null, true]],
    };
    override stateDict() {
      return this.state;
    }
    override loadStateDict(state: Own['state']) {
      this.state.sum.dispose();
      this.state = state;
    }
    override afterBatch() {
      if (!this.learn.training) return;
      this.state.seen++;
      const sum = tf.tidy(() => tf.add(this.state.sum, tf.sum(this.learn.pred)));
      this.state.sum.dispose();
      this.state.sum = sum;
    }
  }
  const own = new Own();
  await (await learner()).fitOneCycle(2, 3e-2, { cbs: own });
  const made: Own[] = [];
  await interrupted(4, learner, () => [made[made.push(new Own()) - 1]!]);
  const { sum, ...rest } = made.at(-1)!.state;
  const { sum: expected, ...others } = own.state;
  expect(rest).toStrictEqual(others);
  expect(sum.dataSync()).toEqual(expected.dataSync());
});

test('batches that are no data loader are repeated up to where the fit stopped', async () => {
  const fit = async (options: FitOptions<tf.Tensor4D, tf.Tensor1D>) => {
    setSeed(1);
    const learn = smallLearner({ cbs: new MixUpCB() });
    await learn.fit(2, 0.1, options);
    const state = learn.model.stateDict();
    return Object.fromEntries([...state].map(([name, tensor]) => [name, [...tensor.dataSync()]]));
  };
  const expected = await fit({});
  for (const at of [1, 2, 4]) {
    const cbs = () => new CheckpointCallback(dir, { everyBatches: 1 });
    await expect(fit({ cbs: [cbs(), new Crash(at)] })).rejects.toThrow('crash');
    const before = tf.memory().numTensors;
    expect(await fit({ cbs: cbs(), resume: dir })).toEqual(expected);
    expect(tf.memory().numTensors - before).toBeLessThan(100);
    await rm(dir, { recursive: true });
  }
});

describe('the folder', () => {
  const checkpoints = async () => (await readdir(dir)).filter((name) => name.endsWith('.safetensors')).sort();

  test('keeps the newest checkpoints only', async () => {
    const learn = await learner();
    await learn.fit(1, 0.1, { cbs: new CheckpointCallback(dir, { everyBatches: 1, keep: 3 }) });
    expect((await checkpoints()).length).toBe(3);
    await expect(learn.fit(1, 0.1, { cbs: new CheckpointCallback(dir) })).rejects.toThrow(
      /has checkpoints of an earlier fit: continue it with the option resume/,
    );
    expect((await checkpoints()).length).toBe(3);
  });

  test('has the last checkpoint as soon as a fit has failed', async () => {
    const cbs = [new CheckpointCallback(dir, { everyBatches: 1 }), new Crash(1)];
    await expect((await learner()).fit(1, 0.1, { cbs })).rejects.toThrow('crash');
    expect((await checkpoints()).length).toBe(2); // the fit's begin and the batch
  });

  test('may be missing or empty: then the fit starts anew', async () => {
    for (const prepare of [() => {}, () => mkdir(dir)]) {
      await prepare();
      const learn = await learner();
      await learn.fit(1, 0.1, { resume: dir });
      expect(learn.recorder.values.length).toBe(1);
    }
  });

  test('may have damaged checkpoints: then the newest whole one is used', async () => {
    const whole = await learner();
    await whole.fitOneCycle(2, 3e-2);
    const expected = await resultOf(whole);
    const failing = await learner();
    const cbs = [new CheckpointCallback(dir, { everyBatches: 1, keep: 3 }), new Crash(7)];
    await expect(failing.fitOneCycle(2, 3e-2, { cbs })).rejects.toThrow('crash');
    const names = await checkpoints();
    await truncate(join(dir, names.at(-1)!), 1000);
    const resumed = await learner();
    setQuiet(false);
    const lines = await linesDuring(() => resumed.fitOneCycle(2, 3e-2, { resume: dir }));
    setQuiet(true);
    expect(lines.join()).toMatch(/is damaged, so the one before is used/);
    expect(await resultOf(resumed)).toEqual(expected);
    for (const name of await checkpoints()) await writeFile(join(dir, name), 'nothing');
    await expect((await learner()).fitOneCycle(2, 3e-2, { resume: dir })).rejects.toThrow(
      /No checkpoint in .* can be read: remove the folder to start over/,
    );
  });

  test('cannot be made: an error before training', async () => {
    await writeFile(join(folder, 'file'), '');
    const counter = new Counter();
    const cbs = [new CheckpointCallback(join(folder, 'file', 'sub')), counter];
    await expect((await learner()).fit(1, 0.1, { cbs })).rejects.toThrow(/file/);
    expect(counter.count).toBe(0);
  });
});

test('a checkpoint that cannot be written does not stop the fit', async () => {
  class RemoveFolder extends Callback {
    override async afterBatch() {
      if (this.learn.trainIter !== 2) return;
      await rm(dir, { recursive: true });
      await writeFile(dir, 'in the way');
    }
  }
  const learn = await learner();
  setQuiet(false);
  const lines = await linesDuring(() =>
    learn.fit(1, 0.1, { cbs: [new CheckpointCallback(dir), new RemoveFolder()] }),
  );
  expect(lines.filter((line) => line.startsWith('No checkpoint was written: ')).length).toBeGreaterThan(0);
  expect(learn.recorder.values.length).toBe(1);
});

test('the checkpoints of fineTune are not taken for those of another fit', async () => {
  await (await learner()).fineTune(2, 0.1, { cbs: new CheckpointCallback(dir) });
  await expect((await learner()).fit(2, 0.1, { resume: dir })).rejects.toThrow(
    /of another fit: the number of fits of its method is 2, here 1/,
  );
});

test('checkpoints stay in their folder when the working directory changes', async () => {
  class Move extends Callback {
    override afterBatch() {
      process.chdir(tmpdir());
    }
  }
  const before = process.cwd();
  process.chdir(folder);
  try {
    const cbs = [new CheckpointCallback('checkpoints', { everyBatches: 1 }), new Move()];
    await (await learner()).fit(1, 0.1, { cbs });
  } finally {
    process.chdir(before);
  }
  const learn = await learner();
  const counter = new Counter();
  await learn.fit(1, 0.1, { cbs: counter, resume: dir });
  expect(counter.count).toBe(0);
});

test("a callback's state that is not an object is refused when the fit begins", async () => {
  class Listing extends Callback {
    override stateDict() {
      return [1, 2];
    }
  }
  const cbs = [new CheckpointCallback(dir), new Listing()];
  await expect((await learner()).fit(1, 0.1, { cbs })).rejects.toThrow(
    /stateDict of Listing must return an object with named values, got a list/,
  );
});

test('tensors of a state with dots in its names stay apart, and are freed where the callback is gone', async () => {
  class Dotted extends Callback {
    state = { a: { b: tf.scalar(1) }, 'a.b': tf.scalar(2) };
    override stateDict() {
      return this.state;
    }
    override loadStateDict(state: Dotted['state']) {
      tf.dispose(this.state);
      this.state = state;
    }
  }
  await (await learner()).fit(1, 0.1, { cbs: [new CheckpointCallback(dir), new Dotted()] });
  const read = new Dotted();
  await (await learner()).fit(1, 0.1, { cbs: read, resume: dir });
  expect([read.state.a.b, read.state['a.b']].map((tensor) => tensor.dataSync()[0])).toEqual([1, 2]);
  const before = tf.memory().numTensors;
  const learn = await learner();
  await learn.fit(1, 0.1, { resume: dir });
  learn.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a checkpoint of another fit is refused with what differs', async () => {
  const first = await learner();
  await first.fit(2, 0.1, { cbs: new CheckpointCallback(dir) });
  const other = async (change: (learn: Rows) => Promise<unknown>) => change(await learner());
  const another = await learner();
  void another.opt;
  const before = tf.memory().numTensors;
  await expect(another.fit(3, 0.1, { resume: dir })).rejects.toThrow(
    /of another fit: its number of epochs is 2, here 3/,
  );
  expect(tf.memory().numTensors).toBe(before);
  await expect(
    other((learn) => {
      learn.freeze();
      return learn.fit(2, 0.1, { resume: dir });
    }),
  ).rejects.toThrow(/number of frozen parameter groups is 0, here 1/);
  await expect(learner({}, 4).then((learn) => learn.fit(2, 0.1, { resume: dir }))).rejects.toThrow(
    /its training data are 26 items in 5 batches of 5, .*, here 26 items in 6 batches of 4/,
  );
  await expect(other((learn) => learn.fineTune(2, 0.1, { resume: dir }))).rejects.toThrow(/of another fit/);
});
