/** `ImageClassifierCleaner` takes learners of one class per picture, whatever their items, without a cast. */
import { expectTypeOf } from 'expect-type';
import {
  CategoryBlock,
  type CleanerPicture,
  ColReader,
  DataBlock,
  type Figure,
  ImageBlock,
  ImageClassifierCleaner,
  ImageDataLoaders,
  Learner,
  loadLearner,
  readCsv,
  resnet18,
  tf,
  visionLearner,
  xresnet18,
} from 'fastts';

export async function cleans(): Promise<void> {
  const dls = await ImageDataLoaders.fromFolder('pets');
  const cleaner = await ImageClassifierCleaner.fromLearner(new Learner(dls, xresnet18({ nOut: dls.c })));
  expectTypeOf(cleaner.pictures({ label: 'cat', split: 'train' })).toEqualTypeOf<CleanerPicture[]>();
  expectTypeOf(await cleaner.show({ maxN: 9 })).toEqualTypeOf<Figure>();
  expectTypeOf(await cleaner.undo()).toEqualTypeOf<CleanerPicture | null>();
  await cleaner.delete([1, 2]);
  await cleaner.change(3, 'dog');

  const rows = await readCsv('train.csv');
  const table = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getX: ColReader('image_id'),
    getY: ColReader('label'),
  }).dataloaders(rows);
  await ImageClassifierCleaner.fromLearner(await visionLearner(table, resnet18), { labels: 'train.csv' });

  const loaded = await loadLearner('a.safetensors', { target: CategoryBlock() });
  const items = [{ path: 'a.jpg', label: 0, split: 'valid' as const }];
  await ImageClassifierCleaner.fromLearner(loaded, { items });
  await ImageClassifierCleaner.fromPreds(items, tf.zeros([1, 2]), { vocab: [0, 1], path: 'pets' });
  await ImageClassifierCleaner.fromPreds(items, [new Float32Array(2)], { vocab: ['a', 'b'] });
  // @ts-expect-error: the classes are not known from predictions
  await ImageClassifierCleaner.fromPreds(items, [[0, 1]], {});
  // @ts-expect-error: pictures are named by their numbers
  await cleaner.delete('a.jpg');
}
