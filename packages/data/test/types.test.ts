import {
  CategoryBlock,
  DataBlock,
  type DataLoader,
  type DataLoaders,
  MultiCategoryBlock,
  RegressionBlock,
  TransformBlock,
} from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>) => {};

declare const collate: (values: unknown[]) => tf.Tensor4D;
const PictureBlock = () => new TransformBlock({ kind: 'image', collate: (values) => collate(values) });
type Loaders<B extends { dataloaders(source: never): unknown }> = Awaited<ReturnType<B['dataloaders']>>;

test('the types of a batch follow the blocks', () => {
  const block = new DataBlock({ blocks: [PictureBlock(), CategoryBlock()] });
  same<Loaders<typeof block>, DataLoaders<tf.Tensor4D, tf.Tensor1D, string>>(true);

  const two = new DataBlock({ blocks: [PictureBlock(), PictureBlock(), CategoryBlock()] });
  same<Loaders<typeof two>, DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D, string>>(true);

  const targets = new DataBlock({ blocks: [PictureBlock(), CategoryBlock(), CategoryBlock()], nInp: 1 });
  same<Loaders<typeof targets>, DataLoaders<tf.Tensor4D, [tf.Tensor1D, tf.Tensor1D], [string, string]>>(true);

  const alone = new DataBlock({ blocks: [PictureBlock()] });
  same<Loaders<typeof alone>, DataLoaders<tf.Tensor4D, undefined, undefined>>(true);

  const kinds = new DataBlock({
    blocks: [PictureBlock(), MultiCategoryBlock(), RegressionBlock(), RegressionBlock({ nOut: 2 })],
    nInp: 1,
  });
  same<
    Loaders<typeof kinds>,
    DataLoaders<tf.Tensor4D, [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D], [string[], number, number[]]>
  >(true);

  const anyNumber = new DataBlock({ blocks: [PictureBlock()] as TransformBlock[] });
  same<Loaders<typeof anyNumber>, DataLoaders<tf.Tensor, tf.Tensor>>(true);
});

test('targets that are encoded already need their vocabulary', () => {
  // @ts-expect-error: where would the names of the classes come from?
  expect(() => MultiCategoryBlock({ encoded: true }).typeTfms()).toThrow();
});

test('a loader is iterated as [x, y], and a test loader has no y', () => {
  const use = async (loader: DataLoader, loaders: DataLoaders) => {
    for await (const [x, y] of loader) {
      same<typeof x, tf.Tensor4D>(true);
      same<typeof y, tf.Tensor1D>(true);
    }
    const unlabelled = loaders.testDl([]);
    same<typeof unlabelled, DataLoader<tf.Tensor4D, undefined>>(true);
    const labelled = loaders.testDl([], { withLabels: true });
    same<typeof labelled, DataLoader<tf.Tensor4D, tf.Tensor1D>>(true);
  };
  expect(use).toBeDefined();
});
