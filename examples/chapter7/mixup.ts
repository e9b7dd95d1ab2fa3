import {
  accuracy,
  CrossEntropyLossFlat,
  type DataLoaders,
  imageGrid,
  type Label,
  LazyImage,
  Learner,
  log,
  MixUpCB,
  type Pixels,
  parentLabel,
  tf,
} from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './sections.js';

/** Two pictures and two of their mixes; and the loss of a mix, in both of its forms. */
export async function showMixup({ getDls, bs, size, save }: Chapter): Promise<void> {
  const dls = await getDls(bs, size);
  const labels = pick(dls);
  const [first, second] = await Promise.all(labels.map((label) => firstPicture(dls, label)));
  const names = labels.map((label) => imagenette.get(label) ?? String(label));
  const cells = [
    { image: first!, title: names[0]! },
    { image: second!, title: names[1]! },
    { image: mix(first!, second!, 0.3), title: `0.3 ${names[0]},\n0.7 ${names[1]}` },
    { image: mix(first!, second!, 0.5), title: `0.5 ${names[0]},\n0.5 ${names[1]}` },
  ];
  await save(await imageGrid(cells, { columns: 4 }), 'mixup.png');
  await compareLosses(dls.c);
}

const imagenette = new Map<Label, string>([
  ['n03028079', 'church'],
  ['n03425413', 'gas station'],
]);

/** The chapter's church and gas station; for other data, the first two classes. */
function pick({ vocab }: DataLoaders): Label[] {
  const own = vocab.filter((label) => imagenette.has(label));
  const labels = own.length === 2 ? own : vocab.slice(0, 2);
  if (labels.length < 2) throw new Error('Showing mixup needs pictures of at least two classes.');
  return labels;
}

function firstPicture(dls: DataLoaders, label: Label): Promise<Pixels> {
  const items = dls.train.dataset.items.map(String).sort();
  const file = items.find((item) => parentLabel(item) === label)!;
  return new LazyImage(file).resize(256).compute();
}

/** `share` of one picture and the rest of another. */
function mix(a: Pixels, b: Pixels, share: number): Pixels {
  return { ...a, data: a.data.map((value, i) => Math.round(share * value + (1 - share) * b.data[i]!)) };
}

/**
 * The target of 0.3 church and 0.7 gas station is 0.3 for one class and 0.7 for the other. Since cross entropy is linear in the target,
 * its loss is the mean of two losses against one class each, with the same weights: nobody needs to make the mixed targets.
 */
async function compareLosses(classes: number) {
  const [two, one] = tf.tidy(() => {
    const pred = tf.randomNormal([1, classes], 0, 2);
    const lossFunc = new CrossEntropyLossFlat();
    const of = (number: number) => lossFunc.forward(pred, tf.tensor1d([number], 'int32'));
    const target = tf.tensor1d([0.3, 0.7, ...Array<number>(classes - 2).fill(0)]);
    return [
      tf.add(tf.mul(0.3, of(0)), tf.mul(0.7, of(1))),
      tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(pred)))),
    ] as const;
  });
  const show = async (loss: tf.Tensor) => (await loss.data())[0]!.toFixed(6);
  log(`0.3 × cross entropy with class 0 + 0.7 × cross entropy with class 1: ${await show(two)}`);
  log(`cross entropy with the target [0.3, 0.7${', 0'.repeat(classes - 2)}]: ${await show(one)}`);
  tf.dispose([two, one]);
}

/** Training on pictures mixed in pairs, with targets mixed in the same proportion. */
export async function mixup({ getDls, arch, bs, size, epochs, fitOptions }: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    cbs: new MixUpCB(),
  });
  await learn.fitOneCycle(epochs, 3e-3, fitOptions());
  return { learn, epochs };
}
