/** Compiled with the tests, not run: custom blocks, transforms, losses, models and data, and functions of any task's learners. */
import { expectTypeOf } from 'expect-type';
import {
  type AnyLearner,
  type Batch,
  DataBlock,
  type DataLoader,
  type DataLoaders,
  Datasets,
  type DrawContext,
  type EncodeContext,
  getImageFiles,
  ImageBlock,
  IndexSplitter,
  Learner,
  Linear,
  type Loss,
  MCDropoutCallback,
  Module,
  Parameter,
  type Prediction,
  parentLabel,
  type Reduction,
  RegressionBlock,
  reduceLoss,
  Transform,
  TransformBlock,
  tf,
} from 'fastts';
import * as tasks from './tasks.js';

interface Age {
  years: number;
  months: number;
}

const AgeBlock = () =>
  new TransformBlock<tf.Tensor1D, Age>({
    kind: 'age',
    itemShape: [],
    typeTfms: () => [new ToMonths()],
    collate: (months: number[]) => tf.tensor1d(months),
    show: ({ years, months }) => ({ title: `${years} years, ${months} months` }),
  });

class ToMonths extends Transform {
  override kinds = ['age'];

  encodes({ years, months }: Age): number {
    return 12 * years + months;
  }

  override decodes(months: number): Age {
    return { years: Math.floor(months / 12), months: months % 12 };
  }
}

/** A random batch transform. */
class Noise extends Transform<number> {
  override kinds = ['image'];
  override split = 'train' as const;

  override draw({ rng }: DrawContext): number {
    return rng.uniform(0, 0.1);
  }

  encodes(images: tf.Tensor4D, { draw }: EncodeContext<number>): tf.Tensor4D {
    return tf.add(images, tf.randomNormal(images.shape, 0, draw));
  }
}

/** A loss that callbacks such as MixUp can reduce otherwise. */
class Hinge implements Loss {
  reduction: Reduction = 'mean';

  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => reduceLoss(tf.relu(tf.sub(1, tf.mul(pred, target))), this.reduction));
  }

  decodes(pred: tf.Tensor): tf.Tensor {
    return tf.sign(pred);
  }
}

export async function ownBlock() {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), AgeBlock()],
    getItems: getImageFiles,
    getY: (file): Age => ({ years: file.length, months: 1 }),
    splitter: new IndexSplitter([0, 1]),
    batchTfms: new Noise(),
  }).dataloaders('faces');
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<tf.Tensor4D, tf.Tensor1D, Age, string>>();
  const learn = new Learner(dls, tasks.model, { lossFunc: new Hinge() });
  const [{ years, months }] = await learn.predict('face.jpg');
  expectTypeOf(years + months).toEqualTypeOf<number>();
}

interface House {
  photo: string;
  rooms: number;
  area: number;
  price: number;
}

/** A photo and two numbers. */
class HouseModel extends Module {
  readonly weight = new Parameter(tf.ones([1]));
  readonly head = new Linear(3, 1);

  override forward(photo: tf.Tensor, numbers: tf.Tensor): tf.Tensor {
    const brightness = tf.mul(tf.mean(photo, [1, 2]), this.weight.value);
    return tf.squeeze(this.head.forward(tf.concat([brightness, numbers], 1)), [1]);
  }
}

export async function severalInputs(houses: House[]) {
  const dls = await new DataBlock({
    blocks: [ImageBlock({ mode: 'gray' }), RegressionBlock({ nOut: 2 }), RegressionBlock()],
    getX: [(house: House) => house.photo, (house: House) => [house.rooms, house.area]],
    getY: (house: House) => house.price,
  }).dataloaders(houses);
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<[tf.Tensor4D, tf.Tensor2D], tf.Tensor1D, number, House>>();
  const learn = new Learner(dls, new HouseModel(), {
    lossFunc: (pred, price) => tf.losses.huberLoss(price, pred),
    splitter: (model) => [model.parameters().slice(0, 1), model.parameters().slice(1)],
  });
  const [ofRow] = await learn.predict(houses[0]);
  const [ofParts] = await learn.predict(['house.jpg', [3, 120]]);
  expectTypeOf([ofRow, ofParts]).toEqualTypeOf<number[]>();
}

export async function dataOfAnySource(train: DataLoader, batches: Batch<tf.Tensor2D, tf.Tensor1D>[]) {
  class OwnLoaders {
    readonly valid = train;
    constructor(
      readonly train: DataLoader,
      readonly kept: string[],
    ) {}
  }
  const own = new Learner(new OwnLoaders(train, []), tasks.model);
  expectTypeOf(own.dls.kept).toEqualTypeOf<string[]>();

  const source = { length: 1, [Symbol.iterator]: () => batches.values() };
  const plain = new Learner({ train: source, valid: batches }, new Linear(3, 1), {
    lossFunc: (pred, y) => tf.losses.meanSquaredError(y, tf.squeeze(pred)),
  });
  expectTypeOf(plain.x).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf((await plain.getPreds())[1]).toEqualTypeOf<tf.Tensor1D>();

  const datasets = await Datasets.build(tasks.files, {
    blocks: [ImageBlock(), AgeBlock()],
    getters: [(file) => file, parentLabel],
  });
  expectTypeOf((await (await datasets.dataloaders()).oneBatch())[0]).toEqualTypeOf<tf.Tensor4D>();
}

/** Labels by the mean of several learners' predictions. */
async function ensemble<X, Y, V, Item>(
  learners: readonly Learner<X, Y, DataLoaders<X, Y, V, Item>>[],
  items: readonly Item[],
): Promise<V[]> {
  const all = await Promise.all(
    learners.map(async (learn) => (await learn.getPreds({ dl: learn.dls.testDl(items) }))[0]),
  );
  const { dls } = learners[0]!;
  const numbers = tf.tidy(() => tf.argMax(tf.mean(tf.stack(all), 0), -1));
  const [x] = await dls.testDl(items, { bs: items.length }).oneBatch();
  return (await dls.decodeBatch([x, numbers], { maxN: items.length })).map(([, value]) => value);
}

export async function functionsOfLearners(any: AnyLearner) {
  const learn = new Learner(tasks.oneLabel, tasks.model);
  expectTypeOf(await ensemble([learn, learn], tasks.files)).toEqualTypeOf<string[]>();
  const ofBoxes = await tasks.boxes.decodeBatch(await tasks.boxes.oneBatch());
  for (const [, [rectangles, names]] of ofBoxes) {
    for (const [i, [left, top]] of rectangles.entries()) {
      expectTypeOf([left, top]).toEqualTypeOf<number[]>();
      expectTypeOf(names[i]).toEqualTypeOf<string>();
    }
  }

  const results = new Map<string, Prediction<string, number>>();
  for (const file of tasks.files) results.set(file, await learn.predict(file));
  const passes: Float32Array[] = [];
  for (let i = 0; i < 10; i++) {
    const [preds] = await any.getPreds({ cbs: new MCDropoutCallback() });
    passes.push(Float32Array.from(await preds.data()));
  }
}

export function dataThatReplacesOther(
  learn: Learner<tf.Tensor4D, tf.Tensor1D, DataLoaders<tf.Tensor4D, tf.Tensor1D, string>>,
  ofHouses: DataLoaders<tf.Tensor4D, tf.Tensor1D, string, House>,
) {
  learn.dls = tasks.oneLabel;
  learn.dls = ofHouses;
  // @ts-expect-error: the targets are numbers, not labels
  learn.dls = tasks.number;
  // @ts-expect-error: the targets are masks
  learn.dls = tasks.masks;
}
