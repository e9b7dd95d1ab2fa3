import {
  accuracy,
  CrossEntropyLossFlat,
  type DataLoaders,
  type Figure,
  imageGrid,
  type Label,
  LazyImage,
  Learner,
  MixUpCB,
  parentLabel,
} from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './index.js';

const side = 256;

/** The chapter's church and gas station; for other data, the first picture of each of the first two classes. */
function pick(dls: DataLoaders): [string, string] {
  const items = dls.train.dataset.items.map(String).sort();
  const first = (label: Label) => items.find((item) => parentLabel(item) === label);
  const [a, b] = [first('n03028079') ?? first(dls.vocab[0]!), first('n03425413') ?? first(dls.vocab[1]!)];
  if (!a || !b) throw new Error('Showing mixup needs pictures of at least two classes.');
  return [a, b];
}

/** Two pictures, and their mix: 0.3 of the first and 0.7 of the second. */
async function mixedPicture(dls: DataLoaders): Promise<Figure> {
  const files = pick(dls);
  const read = (file: string) => new LazyImage(file).resize(side).compute();
  const [first, second] = await Promise.all([read(files[0]), read(files[1])]);
  const data = first.data.map((value, i) => Math.round(0.3 * value + 0.7 * second.data[i]!));
  const titles = [...files.map(parentLabel), '0.3 and 0.7 mixed'];
  const cells = [first, second, { ...first, data }].map((image, i) => ({ image, title: titles[i] }));
  return imageGrid(cells, { columns: 3 });
}

/** Training on pictures mixed in pairs, with targets mixed in the same proportion. */
export async function mixup({
  getDls,
  arch,
  bs,
  size,
  epochs,
  checkpoints,
  save,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  await save(await mixedPicture(dls), 'mixup.png');

  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    cbs: new MixUpCB(),
  });
  await learn.fitOneCycle(epochs, 3e-3, checkpoints('mixup'));
  return { learn, epochs };
}
