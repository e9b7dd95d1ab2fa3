/** Compiled with the tests, not run: the types of folds, of what a cross-validation returns, and of ensembles. */
import { expectTypeOf } from 'expect-type';
import {
  CategoryBlock,
  ColReader,
  type CrossValidation,
  crossValidate,
  DataBlock,
  ensemble,
  GroupKFold,
  getImageFiles,
  ImageBlock,
  KFold,
  Learner,
  type Module,
  MultiCategoryBlock,
  parentLabel,
  type Row,
  type Splitter,
  StratifiedGroupKFold,
  StratifiedKFold,
  type tf,
} from 'fastts';

declare const model: Module;
declare const rows: Row[];
const getItems = getImageFiles;

/** Rows of a table, read by columns. */
export async function ofRows() {
  const folds = new StratifiedKFold(5, { y: ColReader('label'), randomState: 42 });
  const dataOf = (splitter: Splitter<Row>) =>
    new DataBlock({
      blocks: [ImageBlock(), CategoryBlock()],
      getX: ColReader('image_id'),
      getY: ColReader('label'),
      splitter,
    }).dataloaders(rows);
  const cv = await crossValidate(folds, {
    dir: 'folds',
    learner: async ({ splitter }) => new Learner(await dataOf(splitter), model),
    fit: (learn, { checkpoints }) => {
      expectTypeOf(learn.y).toEqualTypeOf<tf.Tensor1D>();
      return learn.fineTune(5, 3e-3, checkpoints());
    },
  });
  expectTypeOf(cv).toEqualTypeOf<CrossValidation<tf.Tensor1D, Row>>();
  expectTypeOf(cv.targs).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(cv.metric('accuracy').mean).toEqualTypeOf<number>();

  const models = await ensemble(cv.files, { tta: true });
  const { valid } = await dataOf(folds.fold(0));
  expectTypeOf(await models.predict(valid)).toEqualTypeOf<[preds: tf.Tensor, targs: tf.Tensor1D]>();
  expectTypeOf(await models.predict(rows)).toEqualTypeOf<[preds: tf.Tensor, targs: undefined]>();
}

/** Files labeled by their folder, with several labels per item, and other data later in the fit. */
export async function ofFiles() {
  const block = (splitter: Splitter<string>) =>
    new DataBlock({ blocks: [ImageBlock(), MultiCategoryBlock()], getItems, splitter });
  const cv = await crossValidate(new StratifiedGroupKFold(5, { y: parentLabel, groups: (file) => file[0] }), {
    dir: 'folds',
    learner: async ({ splitter }) => new Learner(await block(splitter).dataloaders('pictures'), model),
    fit: async (learn, { splitter, checkpoints }) => {
      await learn.fitOneCycle(1, 3e-3, checkpoints('small'));
      learn.dls = await block(splitter).dataloaders('pictures', { bs: 8 });
      await learn.fitOneCycle(1, 3e-3, { ...checkpoints('large'), wd: 0.1 });
    },
    tta: { n: 8 },
  });
  expectTypeOf(cv).toEqualTypeOf<CrossValidation<tf.Tensor2D, string>>();
  const unlabeled = (await block(new KFold().fold(0)).dataloaders('pictures')).testDl(['a.jpg']);
  const models = await ensemble(cv.files);
  expectTypeOf((await models.predict(unlabeled))[1]).toEqualTypeOf<undefined>();
}

export function refused() {
  // @ts-expect-error: a fold is chosen by its number
  new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems, splitter: new KFold(5) });
  const ofRows = new GroupKFold(5, { groups: (row: Row) => row.plant }).fold(0);
  // @ts-expect-error: rows are not files
  new DataBlock({ blocks: [ImageBlock()], getItems, splitter: ofRows });
  // @ts-expect-error: the classes are needed
  new StratifiedKFold(5, { randomState: 1 });
}
