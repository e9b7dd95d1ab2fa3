/** Compiled with the tests, not run: a program that imports TensorFlow.js itself, in addition to fastts. */
import * as tfjs from '@tensorflow/tfjs';
import { expectTypeOf } from 'expect-type';
import {
  AccumMetric,
  AvgMetric,
  accuracy,
  Callback,
  CategoryBlock,
  CrossEntropyLossFlat,
  DataBlock,
  getImageFiles,
  ImageBlock,
  Learner,
  loadLearner,
  Module,
  Parameter,
  parentLabel,
  Transform,
  type tf,
} from 'fastts';

class Scale extends Module {
  readonly factor = new Parameter(tfjs.ones([1]));

  override forward(x: tfjs.Tensor): tfjs.Tensor {
    return tfjs.mul(x, this.factor.value).relu();
  }
}

class Invert extends Transform {
  override kinds = ['image'];

  encodes(x: tfjs.Tensor4D): tfjs.Tensor4D {
    return tfjs.sub(1, x);
  }
}

class Watch extends Callback {
  override afterPred(): void {
    expectTypeOf(this.learn.pred).toEqualTypeOf<tfjs.Tensor>();
    this.learn.pred = tfjs.clone(this.learn.pred);
  }
}

export async function trained(x: tfjs.Tensor4D) {
  expectTypeOf<tf.Tensor>().toEqualTypeOf<tfjs.Tensor>();
  expectTypeOf<tf.Variable>().toEqualTypeOf<tfjs.Variable>();
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    batchTfms: new Invert(),
  }).dataloaders('pictures');
  const meanPred = (pred: tfjs.Tensor) => tfjs.mean(pred);
  const learn = new Learner(dls, new Scale(), {
    lossFunc: (pred: tfjs.Tensor, y: tfjs.Tensor) => tfjs.losses.meanSquaredError(y, pred),
    metrics: [
      accuracy,
      meanPred,
      new AvgMetric(meanPred),
      new AccumMetric((preds: tfjs.TensorBuffer<tfjs.Rank>) => preds.size),
    ],
    cbs: new Watch(),
  });
  expectTypeOf(learn.x).toEqualTypeOf<tfjs.Tensor4D>();
  const [preds, targs]: [tfjs.Tensor, tfjs.Tensor1D] = await learn.getPreds();
  const score: tfjs.Scalar = accuracy(preds, targs);
  const loss: tfjs.Tensor = new CrossEntropyLossFlat().forward(preds, targs);
  const output: tfjs.Tensor = learn.model.forward(x);
  return [score, loss, output];
}

export async function predicted(picture: tfjs.Tensor3D) {
  const learn = await loadLearner('pets.safetensors', { target: CategoryBlock() });
  return learn.predict(picture);
}
