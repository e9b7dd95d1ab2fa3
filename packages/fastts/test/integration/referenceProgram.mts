/** The reference program, as a user writes it; `packages.test.ts` compiles it with the tarballs. */
import {
  accuracy,
  augTransforms,
  CategoryBlock,
  CrossEntropyLossFlat,
  DataBlock,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  LabelSmoothingCrossEntropy,
  Learner,
  MixUpCB,
  Normalize,
  parentLabel,
  Resize,
  URLs,
  untarData,
  xresnet50,
} from 'fastts';

const path = await untarData(URLs.IMAGENETTE);
const getDls = (bs: number, size: number) =>
  new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    itemTfms: new Resize(460),
    batchTfms: [...augTransforms({ size, minScale: 0.75 }), Normalize.fromStats(imagenetStats)],
  }).dataloaders(path, { bs });

const dls = await getDls(128, 128);
const learn = new Learner(dls, xresnet50({ nOut: dls.c }), {
  lossFunc: new CrossEntropyLossFlat(),
  metrics: accuracy,
});
await learn.fitOneCycle(4, 3e-3);
learn.dls = await getDls(64, 224);
await learn.fineTune(5, 1e-3);
const [preds, targs] = await learn.tta();
console.log(preds.shape, targs.shape);

const [x, y] = await dls.oneBatch();
const pictures: [number, number, number, number] = x.shape;
const labels: [number] = y.shape;
console.log(pictures, labels);

const mixed = new Learner(dls, xresnet50({ nOut: dls.c }), {
  lossFunc: new LabelSmoothingCrossEntropy(),
  metrics: accuracy,
  cbs: new MixUpCB(),
});
await mixed.fitOneCycle(5, 3e-3);
