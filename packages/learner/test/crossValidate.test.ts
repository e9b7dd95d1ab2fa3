import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  BatchNorm1d,
  type EncodeContext,
  Linear,
  named,
  ReLU,
  registered,
  Sequential,
  type Split,
  setSeed,
  Transform,
  tensorsIn,
} from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  type Folds,
  KFold,
  StratifiedKFold,
  TransformBlock,
} from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  Callback,
  CheckpointCallback,
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type Fold,
  LabelSmoothingCrossEntropy,
  Learner,
  LearnerError,
  loadLearner,
  RocAucBinary,
  type TtaSettings,
} from '../src/index.js';
import { logged } from './rowLearner.js';

/** Moves a row in training at random. */
@registered('FoldNoise')
class Noise extends Transform<number> {
  override split: Split | null = 'train';
  override kinds = ['row'];
  override draw({ rng }: { rng: { normal(): number } }) {
    return rng.normal();
  }
  encodes(row: readonly number[], { draw }: EncodeContext<number>) {
    return row.map((value) => value + 0.2 * draw);
  }
}

const RowBlock = registered('FoldRowBlock')(
  () =>
    new TransformBlock({
      kind: 'row',
      collate: (rows: number[][]) => tf.tensor2d(rows, [rows.length, 3]),
      itemTfms: [new Noise()],
    }),
);

const network = registered('foldNetwork')(
  (width = 6) =>
    new Sequential(new Linear(3, width), new BatchNorm1d(width), new ReLU(), new Linear(width, 2)),
);

const unreadable = new Set<string>();
const items = Array.from({ length: 41 }, (_, i) => `pictures/${i}`);
const numberOf = (item: string) => Number(item.split('/').at(-1));
const features = named('foldFeatures')((item: string) => {
  if (unreadable.has(item)) throw new Error('not a picture');
  const i = numberOf(item);
  return [Math.sin(i), Math.cos(i * 2), (i % 3) - 1];
});
const label = named('foldLabel')((item: string) => (numberOf(item) % 3 === 0 ? 'yes' : 'no'));
const folds = new StratifiedKFold(3, { y: label });

/** The data of a fold. */
function dataOf(
  splitter: Fold<string>['splitter'],
  files = items,
): Promise<DataLoaders<tf.Tensor2D, tf.Tensor1D, string, string>> {
  return new DataBlock({
    blocks: [RowBlock(), CategoryBlock()],
    getX: features,
    getY: label,
    splitter,
  }).dataloaders(files, { bs: 8 });
}

type RowLearner = Learner<tf.Tensor2D, tf.Tensor1D, DataLoaders<tf.Tensor2D, tf.Tensor1D, string, string>>;

/** What a run may do differently. */
interface Changed
  extends Partial<Pick<CrossValidateOptions<string, tf.Tensor2D, tf.Tensor1D, RowLearner['dls']>, 'fit'>> {
  folds?: Folds<string>;
  files?: readonly string[];
  width?: number;
  tta?: boolean | TtaSettings;
  onLearner?: (fold: Fold<string>) => void;
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fastts-folds-'));
  unreadable.clear();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const fit = (learn: RowLearner, { checkpoints }: Fold<string>) => learn.fitOneCycle(2, 1e-2, checkpoints());

function run(changed: Changed = {}): Promise<CrossValidation<tf.Tensor1D, string>> {
  const { onLearner, width = 6, files, tta } = changed;
  setSeed(5);
  return crossValidate(changed.folds ?? folds, {
    dir,
    learner: async (fold) => {
      onLearner?.(fold);
      const dls = await dataOf(fold.splitter, files ? [...files] : items);
      const learn = new Learner(dls, network(width), {
        lossFunc: new LabelSmoothingCrossEntropy(),
        metrics: [accuracy, new RocAucBinary()],
      });
      learn.showBar = false;
      learn.logger = null;
      return learn;
    },
    fit: changed.fit ?? fit,
    tta,
  });
}

const read = async (cv: CrossValidation<tf.Tensor1D, string>) => ({
  preds: await cv.preds.array(),
  targs: await cv.targs.array(),
  metrics: cv.metrics,
});

/** Stops the run in the second epoch of a fold, as if it were killed, once a batch's state is saved. */
function killedIn(index: number): NonNullable<Changed['fit']> {
  class Kill extends Callback {
    constructor(private readonly folder: string) {
      super();
    }
    override async afterBatch() {
      if (!this.learn.training || this.learn.epoch === 0) return;
      while (!readdirSync(this.folder).some((name) => /_00000[2-9]\.safetensors$/.test(name)))
        await setImmediate();
      throw new Error('killed');
    }
  }
  return (learn, fold) => {
    const { resume } = fold.checkpoints();
    const cbs = [new CheckpointCallback(resume, { everyBatches: 1 })];
    return learn.fitOneCycle(2, 1e-2, {
      resume,
      cbs: fold.index === index ? [...cbs, new Kill(resume)] : cbs,
    });
  };
}

eachEngine(() => {
  test("each item is predicted by the learner of its fold, in the order of the items, and metrics are a validation's", async () => {
    const before = tf.memory().numTensors;
    const cv = await run();
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(cv.items).toEqual(items);
    expect(cv.foldOf).toEqual(folds.foldOf(items));
    expect(await cv.targs.array()).toEqual(items.map((item) => (label(item) === 'yes' ? 1 : 0)));
    expect(cv.preds.shape).toEqual([items.length, 2]);
    for (const [k, file] of cv.files.entries()) {
      using learn = await loadLearner(file, { metrics: [accuracy, new RocAucBinary()] });
      const own = items.filter((_, i) => cv.foldOf[i] === k);
      const dl = learn.dls.testDl(own, { withLabels: true, bs: 8 });
      const [preds, targs] = await learn.noBar(() => learn.getPreds({ dl }));
      const rows = tf.tidy(() =>
        tf.gather(
          cv.preds,
          [...items.keys()].filter((i) => cv.foldOf[i] === k),
        ),
      );
      expectAllClose(rows, await preds.array());
      const values = await learn.noBar(() => learn.validate({ dl }));
      expect(cv.metrics.map(({ values: each }) => each[k])).toEqual(values);
      tf.dispose([preds, rows, ...tensorsIn(targs)]);
    }
    cv.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('metrics have the mean and the deviation over folds, and the value over all predictions', async () => {
    using cv = await run();
    expect(cv.metrics.map(({ name }) => name)).toEqual(['valid_loss', 'accuracy', 'rocAucScore']);
    const { values, mean, std, outOfFold } = cv.metric('accuracy');
    expect(values).toHaveLength(3);
    const total = values.reduce((sum, value) => sum + value, 0);
    expect(mean).toBeCloseTo(total / 3, 10);
    expect(std).toBeCloseTo(
      Math.sqrt(values.reduce((sum, value) => sum + (value - total / 3) ** 2, 0) / 3),
      10,
    );
    const [again] = await accuracy(cv.preds, cv.targs).data();
    expect(outOfFold).toBeCloseTo(again!, 6);
    expect(() => cv.metric('f1')).toThrow("There is no metric 'f1' among valid_loss, accuracy, rocAucScore");
  });

  test('memory is flat over folds', async () => {
    const used: { numTensors: number; numBytes: number }[] = [];
    const onLearner = () => {
      const { numTensors, numBytes } = tf.memory();
      used.push({ numTensors, numBytes });
    };
    using _ = await run({ folds: new KFold(5), onLearner });
    expect(used).toHaveLength(5);
    for (const each of used) expect(each).toEqual(used[0]);
  });

  test('a run that stops within a fold continues there, and ends as if it had not stopped', async () => {
    using whole = await run();
    const expected = await read(whole);
    rmSync(dir, { recursive: true });
    const before = tf.memory().numTensors;
    await expect(run({ fit: killedIn(1) })).rejects.toThrow('killed');
    expect(tf.memory().numTensors).toBe(before);
    const batches = [0, 0, 0];
    class Count extends Callback {
      constructor(private readonly fold: number) {
        super();
      }
      override afterBatch() {
        if (this.learn.training) batches[this.fold]!++;
      }
    }
    using cv = await run({
      fit: (learn, fold) => {
        const { cbs, resume } = fold.checkpoints();
        return learn.fitOneCycle(2, 1e-2, { resume, cbs: [cbs, new Count(fold.index)] });
      },
    });
    // The first fold was done, the second begun; two epochs have six batches.
    expect([batches[0], batches[2]]).toEqual([0, 6]);
    expect(batches[1]).toBeLessThan(6);
    expect(await read(cv)).toEqual(expected);
    expect(readdirSync(dir).sort()).toEqual(
      [0, 1, 2].flatMap((k) => [`fold${k}.predictions.safetensors`, `fold${k}.safetensors`]),
    );
    using again = await run({ fit: () => Promise.reject(new Error('trained again')) });
    expect(await read(again)).toEqual(expected);
  });

  test('items that cannot be loaded have rows of NaN, are listed, and no metric counts them', async () => {
    unreadable.add(items[4]!).add(items[30]!);
    using cv = await run();
    expect(cv.skipped.map(({ index, path: name }) => [index, name])).toEqual([
      [4, items[4]],
      [30, items[30]],
    ]);
    const [sums, targs] = await Promise.all([tf.tidy(() => tf.sum(cv.preds, 1)).data(), cv.targs.data()]);
    for (const i of items.keys()) {
      expect(Number.isNaN(sums[i]!)).toBe(i === 4 || i === 30);
      expect(targs[i] === -1).toBe(i === 4 || i === 30);
    }
    for (const { values, outOfFold } of cv.metrics) {
      for (const value of [...values, outOfFold]) expect(Number.isFinite(value)).toBe(true);
    }
  });

  test('preds can be those of test-time augmentation; metrics are without', async () => {
    using plain = await run();
    rmSync(dir, { recursive: true });
    using cv = await run({ tta: { n: 2, beta: 0 } });
    expect(cv.metrics).toEqual(plain.metrics);
    expect(await cv.preds.array()).not.toEqual(await plain.preds.array());
    await expect(run()).rejects.toThrow('is of a run with other tta');
  });
});

test('progress names the fold, and the end is a table', async () => {
  const lines = await logged(async () => (await run()).dispose());
  expect(lines[0]).toBe('Fold 1 of 3: 27 items for training, 14 for validation.');
  expect(lines).toContainEqual(
    expect.stringMatching(/^Fold 3 of 3: valid_loss \d\.\d{6}, accuracy .*, in 00:0\d\.$/),
  );
  expect(lines.at(-4)).toBe('metric       mean        std         out of fold');
  expect(lines.at(-2)).toMatch(/^accuracy {5}(0\.\d{6} {4}){2}0\.\d{6}$/);
  const again = await logged(async () => (await run()).dispose());
  expect(again[0]).toBe(`3 of 3 folds were trained before: their results are those in ${dir}.`);
});

test("a learner whose data ignores the fold's splitter is refused before it is trained", async () => {
  const before = tf.memory().numTensors;
  const ignoring = crossValidate(folds, {
    dir,
    learner: async () => new Learner(await dataOf(folds.fold(1)), network()),
    fit: () => Promise.reject(new Error('trained')),
  });
  await expect(ignoring).rejects.toThrow(
    "The learner's validation set is not that of Fold 1 of 3: pass the fold's splitter to its DataBlock.",
  );
  expect(tf.memory().numTensors).toBe(before);
});

describe('a folder is refused for', () => {
  beforeEach(async () => (await run()).dispose());

  test.each<[string, Changed, string]>([
    ['other items', { files: items.map((item) => item.replace('pictures/1', 'pictures/3')) }, 'other items'],
    ['another model', { width: 7 }, 'other model'],
    ['other folds', { folds: new StratifiedKFold(3, { y: label, randomState: 1 }) }, 'other folds'],
  ])('%s', async (_, changed, message) => {
    const before = tf.memory().numTensors;
    const error: unknown = await run(changed).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LearnerError);
    expect(String(error)).toContain(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('not for another folder of the items', async () => {
    using cv = await run({
      files: items.map((item) => `/elsewhere/${item}`),
      fit: () => Promise.reject('trained'),
    });
    expect(cv.items[0]).toBe('/elsewhere/pictures/0');
  });
});
