/** Compiled with the tests, not run: learners from files. */
import { expectTypeOf } from 'expect-type';
import {
  accuracy,
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  getImageFiles,
  ImageBlock,
  type Label,
  type Learner,
  loadLearner,
  MaskBlock,
  MultiCategoryBlock,
  PointBlock,
  parentLabel,
  RegressionBlock,
  type tf,
} from 'fastts';

export async function ofAnyTarget(bytes: Uint8Array) {
  const learn = await loadLearner(bytes);
  expectTypeOf(learn).toEqualTypeOf<Learner<unknown, unknown>>();
  const [what, inNumbers, probabilities] = await learn.predict('cat.jpg');
  expectTypeOf(what).toEqualTypeOf<unknown>();
  expectTypeOf(inNumbers).toEqualTypeOf<unknown>();
  expectTypeOf(probabilities).toEqualTypeOf<number[]>();
}

export async function ofOneLabel(input: HTMLInputElement, picture: tf.Tensor3D) {
  const learn = await loadLearner('pets.safetensors', { target: CategoryBlock(), metrics: accuracy });
  expectTypeOf(learn.dls).toEqualTypeOf<DataLoaders<unknown, tf.Tensor1D, Label>>();
  const [label, number, probabilities] = await learn.predict('cat.jpg');
  expectTypeOf(label).toEqualTypeOf<Label>();
  expectTypeOf(number).toEqualTypeOf<number>();
  expectTypeOf(probabilities[number]).toEqualTypeOf<number>();

  learn.dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab: learn.dls.vocab })],
    getItems: getImageFiles,
    getY: parentLabel,
  }).dataloaders('more-pets');
  // @ts-expect-error: it was trained with one label per item
  learn.dls = await new DataBlock({ blocks: [ImageBlock(), MultiCategoryBlock()] }).dataloaders([]);

  // In a page.
  const url = new URL('pets.safetensors', location.href);
  const response = await fetch(url);
  for (const source of [url, input.files![0]!, await response.blob(), await response.arrayBuffer()]) {
    const [seen] = await (await loadLearner(source, { target: CategoryBlock() })).predict(picture);
    expectTypeOf(seen).toEqualTypeOf<Label>();
  }
}

export async function ofOtherTargets(file: string) {
  const labels = await (await loadLearner(file, { target: MultiCategoryBlock() })).predict('a.jpg');
  expectTypeOf(labels[0]).toEqualTypeOf<Label[]>();
  const number = await (await loadLearner(file, { target: RegressionBlock() })).predict('a.jpg');
  expectTypeOf(number[0]).toEqualTypeOf<number>();
  const numbers = await (await loadLearner(file, { target: RegressionBlock({ nOut: 3 }) })).predict('a.jpg');
  expectTypeOf(numbers[0]).toEqualTypeOf<number[]>();
  const points = await (await loadLearner(file, { target: PointBlock() })).predict('a.jpg');
  expectTypeOf(points[1]).toEqualTypeOf<number[][]>();
  const mask = await (await loadLearner(file, { target: MaskBlock() })).predict('a.jpg');
  expectTypeOf(mask[1]).toEqualTypeOf<number[][]>();
  // @ts-expect-error: a block must be called
  await loadLearner(file, { target: CategoryBlock });
}
