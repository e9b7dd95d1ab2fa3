import {
  AccumMetric,
  ActivationStats,
  Adam,
  type AnyLearner,
  ArgumentError,
  AvgSmoothLoss,
  accuracyMulti,
  augTransforms,
  BatchNorm2d,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  BiTemperedLoss,
  Brightness,
  ByteCache,
  Contrast,
  Conv2d,
  ConvTranspose2d,
  CrossEntropyLossFlat,
  CutMixCB,
  DataLoader,
  DataLoaders,
  Datasets,
  DiceLoss,
  Dihedral,
  DihedralItem,
  Dropout,
  downloadImages,
  EarlyStoppingCallback,
  EndSplitter,
  ExpectedCalibrationError,
  FasttsError,
  FBeta,
  FBetaMulti,
  Flip,
  FlipItem,
  FocalLossFlat,
  GradientAccumulation,
  GradientClip,
  HammingLossMulti,
  Hue,
  InstanceNorm2d,
  LabelSmoothingCrossEntropyFlat,
  Lamb,
  Larc,
  Learner,
  Linear,
  Lookahead,
  LRFinder,
  MixUpCB,
  PixelShuffle,
  ProgressiveResize,
  parallel,
  QHAdam,
  RAdam,
  RandomErasing,
  RandomResizedCrop,
  RandomResizedCropGPU,
  RandomSplitter,
  RandomSubsetSplitter,
  RatioResize,
  ReduceLROnPlateau,
  Resize,
  RMSProp,
  RocAucBinary,
  Rotate,
  resizeImage,
  resnet18,
  Saturation,
  SaveModelCallback,
  SEModule,
  Sequential,
  SGD,
  ShortEpochCallback,
  SkipToEpoch,
  SymmetricCrossEntropy,
  schedExp,
  schedPoly,
  TrainTestSplitter,
  tf,
  topKAccuracy,
  Warp,
  xresnet18,
  Zoom,
} from 'fastts';

/** What is tried as each numeric setting. The text stands for what comes from JavaScript or JSON. */
const tried = [Number.NaN, -1, 0, 1e9, '0.5'];

/** A number of outputs that does not fill the memory. */
const small = (value: number) => (value === 1e9 ? 10 : value);

/** For each setting: how an object is made with it, and which of the numbers tried it accepts. */
const settings: [name: string, make: (value: never) => unknown, accepted: number[]][] = [
  // Callbacks
  ['EarlyStoppingCallback.patience', (patience) => new EarlyStoppingCallback({ patience }), [1e9]],
  ['ReduceLROnPlateau.patience', (patience) => new ReduceLROnPlateau({ patience }), [1e9]],
  ['ReduceLROnPlateau.factor', (factor) => new ReduceLROnPlateau({ factor }), [1e9]],
  ['ReduceLROnPlateau.minLr', (minLr) => new ReduceLROnPlateau({ minLr }), [0, 1e9]],
  ['SaveModelCallback.minDelta', (minDelta) => new SaveModelCallback({ minDelta }), [0, 1e9]],
  ['SaveModelCallback.everyEpoch', (everyEpoch) => new SaveModelCallback({ everyEpoch }), [0, 1e9]],
  ['GradientAccumulation.nAcc', (nAcc) => new GradientAccumulation(nAcc), [1e9]],
  ['GradientClip.maxNorm', (maxNorm) => new GradientClip({ maxNorm }), [1e9]],
  ['GradientClip.normType', (normType) => new GradientClip({ normType }), [1e9]],
  ['MixUpCB.alpha', (alpha) => new MixUpCB(alpha), [1e9]],
  ['CutMixCB.alpha', (alpha) => new CutMixCB(alpha), [1e9]],
  ['ProgressiveResize.initialScale', (initialScale) => new ProgressiveResize({ initialScale }), []],
  ['ProgressiveResize.start', (start) => new ProgressiveResize({ start }), [0]],
  ['ProgressiveResize.finish', (finish) => new ProgressiveResize({ finish, start: 0 }), [0]],
  ['ProgressiveResize.increaseBy', (increaseBy) => new ProgressiveResize({ increaseBy }), [1e9]],
  ['ShortEpochCallback.pct', (pct) => new ShortEpochCallback({ pct }), [0]],
  ['SkipToEpoch.epoch', (epoch) => new SkipToEpoch(epoch), [0, 1e9]],
  ['ActivationStats.every', (every) => new ActivationStats({ every }), [1e9]],
  ['LRFinder.startLr', (startLr) => new LRFinder({ startLr }), []],
  ['LRFinder.endLr', (endLr) => new LRFinder({ endLr }), [1e9]],
  ['LRFinder.numIt', (numIt) => new LRFinder({ numIt }), [0, 1e9]],
  // Losses
  ['CrossEntropyLossFlat.axis', (axis) => new CrossEntropyLossFlat({ axis }), [-1, 0, 1e9]],
  [
    'CrossEntropyLossFlat.ignoreIndex',
    (ignoreIndex) => new CrossEntropyLossFlat({ ignoreIndex }),
    [-1, 0, 1e9],
  ],
  ['CrossEntropyLossFlat.weight', (weight) => new CrossEntropyLossFlat({ weight: [1, weight] }), [0, 1e9]],
  ['LabelSmoothingCrossEntropyFlat.eps', (eps) => new LabelSmoothingCrossEntropyFlat({ eps }), [0]],
  ['FocalLossFlat.gamma', (gamma) => new FocalLossFlat({ gamma }), [0, 1e9]],
  ['BiTemperedLoss.t1', (t1) => new BiTemperedLoss({ t1 }), [0]],
  ['BiTemperedLoss.t2', (t2) => new BiTemperedLoss({ t2 }), [1e9]],
  ['BiTemperedLoss.labelSmoothing', (labelSmoothing) => new BiTemperedLoss({ labelSmoothing }), [0]],
  ['BiTemperedLoss.numIters', (numIters) => new BiTemperedLoss({ numIters }), []],
  ['SymmetricCrossEntropy.alpha', (alpha) => new SymmetricCrossEntropy({ alpha }), [0, 1e9]],
  ['SymmetricCrossEntropy.beta', (beta) => new SymmetricCrossEntropy({ beta }), [0, 1e9]],
  ['DiceLoss.smooth', (smooth) => new DiceLoss({ smooth }), [0, 1e9]],
  ['BCEWithLogitsLossFlat.thresh', (thresh) => new BCEWithLogitsLossFlat({ thresh }), [-1, 0, 1e9]],
  ['BCEWithLogitsLossFlat.posWeight', (posWeight) => new BCEWithLogitsLossFlat({ posWeight }), [0, 1e9]],
  ['BCELossFlat.weight', (weight) => new BCELossFlat({ weight }), [0, 1e9]],
  // Metrics
  ['ExpectedCalibrationError.nBins', (nBins) => new ExpectedCalibrationError({ nBins }), []],
  ['AvgSmoothLoss.beta', (beta) => new AvgSmoothLoss(beta), [0]],
  ['AccumMetric.thresh', (thresh) => new AccumMetric(() => 0, { thresh }), [-1, 0, 1e9]],
  ['AccumMetric.dimArgmax', (dimArgmax) => new AccumMetric(() => 0, { dimArgmax }), [-1, 0, 1e9]],
  ['HammingLossMulti.thresh', (thresh) => new HammingLossMulti({ thresh }), [-1, 0, 1e9]],
  ['FBeta.beta', (beta) => new FBeta(beta), [0, 1e9]],
  ['FBetaMulti.beta', (beta) => new FBetaMulti(beta), [0, 1e9]],
  ['RocAucBinary.maxFpr', (maxFpr) => new RocAucBinary({ maxFpr }), []],
  ['topKAccuracy.k', (k) => topKAccuracy(tf.zeros([2, 3]), tf.zeros([2]), { k }), []],
  [
    'accuracyMulti.thresh',
    (thresh) => accuracyMulti(tf.zeros([2, 3]), tf.zeros([2, 3]), { thresh }),
    [-1, 0, 1e9],
  ],
  // Optimizers and schedules
  ['Adam.lr', (lr) => Adam([], { lr }), [0, 1e9]],
  ['Adam.mom', (mom) => Adam([], { lr: 1, mom }), [0]],
  ['Adam.sqrMom', (sqrMom) => Adam([], { lr: 1, sqrMom }), [0]],
  ['Adam.eps', (eps) => Adam([], { lr: 1, eps }), [0, 1e9]],
  ['Adam.wd', (wd) => Adam([], { lr: 1, wd }), [0, 1e9]],
  ['Lamb.sqrMom', (sqrMom) => Lamb([], { lr: 1, sqrMom }), [0]],
  ['RAdam.beta', (beta) => RAdam([], { lr: 1, beta }), [0, 1e9]],
  ['QHAdam.nu1', (nu1) => QHAdam([], { lr: 1, nu1 }), [0]],
  ['QHAdam.nu2', (nu2) => QHAdam([], { lr: 1, nu2 }), [0]],
  ['SGD.mom', (mom) => SGD([], { lr: 1, mom }), [0]],
  ['RMSProp.sqrMom', (sqrMom) => RMSProp([], { lr: 1, sqrMom }), [0]],
  ['Larc.trustCoeff', (trustCoeff) => Larc([], { lr: 1, trustCoeff }), [1e9]],
  ['Lookahead.k', (k) => new Lookahead(SGD([], { lr: 1 }), { k }), [1e9]],
  ['Lookahead.alpha', (alpha) => new Lookahead(SGD([], { lr: 1 }), { alpha }), [0]],
  ['Optimizer.wd', (wd) => SGD([], { lr: 1 }).setHyper('wd', wd), [0, 1e9]],
  ['schedExp.start', (start) => schedExp(start, 1), [1e9]],
  ['schedExp.end', (end) => schedExp(1, end), [1e9]],
  ['schedPoly.power', (power) => schedPoly(0, 1, power), [0, 1e9]],
  // Data
  ['DataLoader.bs', (bs) => noItems().train.with({ bs }), [1e9]],
  ['DataLoader.prefetch', (prefetch) => noItems().train.with({ prefetch }), [0, 1e9]],
  ['DataLoader.maxSkipped', (maxSkipped) => noItems().train.with({ maxSkipped }), [0]],
  ['RandomSplitter.validPct', (validPct) => new RandomSplitter(validPct), [0]],
  ['RandomSplitter.seed', (seed) => new RandomSplitter(0.2, { seed }), [-1, 0, 1e9]],
  ['RandomSubsetSplitter.trainSz', (trainSz) => new RandomSubsetSplitter(trainSz, 0.2), []],
  ['RandomSubsetSplitter.validSz', (validSz) => new RandomSubsetSplitter(0.2, validSz), []],
  ['EndSplitter.validPct', (validPct) => new EndSplitter(validPct), []],
  ['TrainTestSplitter.testSize', (testSize) => new TrainTestSplitter({ testSize }), [1e9]],
  ['TrainTestSplitter.trainSize', (trainSize) => new TrainTestSplitter({ trainSize }), [1e9]],
  ['TrainTestSplitter.randomState', (randomState) => new TrainTestSplitter({ randomState }), [-1, 0, 1e9]],
  ['ByteCache.maxBytes', (maxBytes) => new ByteCache(maxBytes), [1e9]],
  // Layers and models
  ['Dropout.p', (p) => new Dropout(p), [0]],
  ['BatchNorm2d.numFeatures', (numFeatures) => new BatchNorm2d(numFeatures), [1e9]],
  ['BatchNorm2d.eps', (eps) => new BatchNorm2d(2, { eps }), [0, 1e9]],
  ['BatchNorm2d.momentum', (momentum) => new BatchNorm2d(2, { momentum }), [0]],
  ['InstanceNorm2d.eps', (eps) => new InstanceNorm2d(2, { eps }), [0, 1e9]],
  ['Linear.inFeatures', (inFeatures) => new Linear(inFeatures, 1), [1e9]],
  ['Linear.outFeatures', (outFeatures) => new Linear(1, outFeatures), [1e9]],
  ['Conv2d.inChannels', (inChannels) => new Conv2d(inChannels, 1, 1), [1e9]],
  ['Conv2d.outChannels', (outChannels) => new Conv2d(1, outChannels, 1), [1e9]],
  ['Conv2d.kernelSize', (kernelSize) => new Conv2d(1, 1, kernelSize), [1e9]],
  ['Conv2d.groups', (groups) => new Conv2d(2, 2, 1, { groups }), []],
  ['ConvTranspose2d.outChannels', (outChannels) => new ConvTranspose2d(1, outChannels, 1), [1e9]],
  ['PixelShuffle.scale', (scale) => new PixelShuffle(scale), [1e9]],
  ['SEModule.reduction', (reduction) => new SEModule(8, reduction), []],
  ['xresnet18.nOut', (nOut) => xresnet18({ nOut: small(nOut) }), [1e9]],
  ['resnet18.numClasses', (numClasses) => resnet18({ numClasses: small(numClasses) }), [1e9]],
  // Item transforms
  ['Resize.size', (size) => new Resize(size), [1e9]],
  ['RatioResize.maxSz', (maxSz) => new RatioResize(maxSz), [1e9]],
  ['RandomResizedCrop.minScale', (minScale) => new RandomResizedCrop(8, { minScale }), []],
  ['RandomResizedCrop.maxScale', (maxScale) => new RandomResizedCrop(8, { maxScale }), []],
  ['RandomResizedCrop.ratio', (ratio) => new RandomResizedCrop(8, { ratio: [ratio, 2e9] }), [1e9]],
  ['RandomResizedCrop.valXtra', (valXtra) => new RandomResizedCrop(8, { valXtra }), [0, 1e9]],
  ['FlipItem.p', (p) => new FlipItem({ p }), [0]],
  ['DihedralItem.p', (p) => new DihedralItem({ p }), [0]],
  // Batch transforms
  ['Flip.p', (p) => new Flip({ p }), [0]],
  ['Dihedral.p', (p) => new Dihedral({ p }), [0]],
  ['Rotate.p', (p) => new Rotate({ p }), [0]],
  ['Rotate.maxDeg', (maxDeg) => new Rotate({ maxDeg }), [0, 1e9]],
  ['Zoom.p', (p) => new Zoom({ p }), [0]],
  ['Zoom.minZoom', (minZoom) => new Zoom({ minZoom }), []],
  ['Zoom.maxZoom', (maxZoom) => new Zoom({ maxZoom }), [1e9]],
  ['Warp.p', (p) => new Warp({ p }), [0]],
  ['Warp.magnitude', (magnitude) => new Warp({ magnitude }), [0, 1e9]],
  ['Brightness.maxLighting', (maxLighting) => new Brightness({ maxLighting }), [0]],
  ['Brightness.p', (p) => new Brightness({ p }), [0]],
  ['Contrast.maxLighting', (maxLighting) => new Contrast({ maxLighting }), [0]],
  ['Contrast.p', (p) => new Contrast({ p }), [0]],
  ['Saturation.maxLighting', (maxLighting) => new Saturation({ maxLighting }), [0]],
  ['Saturation.p', (p) => new Saturation({ p }), [0]],
  ['Hue.maxHue', (maxHue) => new Hue({ maxHue }), [0]],
  ['Hue.p', (p) => new Hue({ p }), [0]],
  ['RandomErasing.p', (p) => new RandomErasing({ p }), [0]],
  ['RandomErasing.sl', (sl) => new RandomErasing({ sl }), [0]],
  ['RandomErasing.sh', (sh) => new RandomErasing({ sh }), [0]],
  ['RandomErasing.minAspect', (minAspect) => new RandomErasing({ minAspect }), []],
  ['RandomErasing.maxCount', (maxCount) => new RandomErasing({ maxCount }), [1e9]],
  ['RandomResizedCropGPU.minScale', (minScale) => new RandomResizedCropGPU(8, { minScale }), []],
  ['RandomResizedCropGPU.validScale', (validScale) => new RandomResizedCropGPU(8, { validScale }), []],
  ['augTransforms.mult', (mult) => augTransforms({ mult }), [0]],
  ['augTransforms.maxRotate', (maxRotate) => augTransforms({ maxRotate }), [0, 1e9]],
  ['augTransforms.maxLighting', (maxLighting) => augTransforms({ maxLighting }), [0]],
  ['augTransforms.maxWarp', (maxWarp) => augTransforms({ maxWarp }), [0, 1e9]],
  ['augTransforms.minZoom', (minZoom) => augTransforms({ minZoom }), []],
  ['augTransforms.maxZoom', (maxZoom) => augTransforms({ maxZoom }), [1e9]],
  ['augTransforms.pAffine', (pAffine) => augTransforms({ pAffine }), [0]],
  ['augTransforms.pLighting', (pLighting) => augTransforms({ pLighting }), [0]],
  ['augTransforms.minScale', (minScale) => augTransforms({ minScale, size: 8 }), []],
];

/** A learner's data without items. */
function noItems(): DataLoaders<unknown, unknown> {
  const empty = new DataLoader(Datasets.empty({ blocks: [], nInp: 1, getters: [], typeTfms: [] }));
  return new DataLoaders([empty, empty]);
}

/** Settings of functions that are asynchronous, called with a learner of no data. */
const asynchronous: [
  name: string,
  call: (learn: AnyLearner, value: never) => Promise<unknown>,
  accepted: number[],
][] = [
  ['fit.wd', (learn, wd) => learn.fit(0, 1, { wd }), [0, 1e9]],
  ['fitOneCycle.div', (learn, div) => learn.fitOneCycle(0, 1, { div }), [1e9]],
  ['fitOneCycle.divFinal', (learn, divFinal) => learn.fitOneCycle(0, 1, { divFinal }), [1e9]],
  ['fitOneCycle.pctStart', (learn, pctStart) => learn.fitOneCycle(0, 1, { pctStart }), [0]],
  ['fitOneCycle.moms', (learn, mom) => learn.fitOneCycle(0, 1, { moms: [0.9, mom, 0.9] }), [0]],
  ['fitFlatCos.divFinal', (learn, divFinal) => learn.fitFlatCos(0, 1, { divFinal }), [1e9]],
  ['fitFlatCos.pctStart', (learn, pctStart) => learn.fitFlatCos(0, 1, { pctStart }), [0]],
  ['fineTune.lrMult', (learn, lrMult) => learn.fineTune(0, 1, { freezeEpochs: 0, lrMult }), [1e9]],
  ['fineTune.pctStart', (learn, pctStart) => learn.fineTune(0, 1, { freezeEpochs: 0, pctStart }), [0]],
  ['tta.beta', (learn, beta) => learn.tta({ beta, n: 1 }), []],
  ['downloadImages.maxPics', (_, maxPics) => downloadImages('none', { maxPics }), []],
  ['downloadImages.nWorkers', (_, nWorkers) => downloadImages('none', { nWorkers }), []],
  ['downloadImages.timeout', (_, timeout) => downloadImages('none', { timeout }), []],
  ['resizeImage.maxSize', (_, maxSize) => resizeImage('none.png', 'none', { maxSize }), [1e9]],
  ['parallel.nWorkers', (_, nWorkers) => parallel(async () => {}, [], { nWorkers }), [0, 1e9]],
];

test.each(asynchronous)('%s is checked before anything is done', async (name, call, accepted) => {
  const setting = name.slice(name.indexOf('.') + 1);
  const learn = new Learner(noItems(), new Sequential(new Linear(1, 1)), {
    lossFunc: new CrossEntropyLossFlat(),
  });
  learn.logger = null;
  for (const value of tried) {
    if (accepted.includes(value as number)) {
      await call(learn, value as never);
      continue;
    }
    // What is in the range can fail for other reasons, such as that there are no data.
    if (accepted.length === 0 && Number(value) >= 0 && typeof value === 'number') continue;
    const error: unknown = await call(learn, value as never).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain(`${setting} must be`);
    expect(String(error)).toContain(String(value));
  }
});

test.each(settings)('%s is checked when it is set', (name, make, accepted) => {
  const setting = name.slice(name.indexOf('.') + 1);
  for (const value of tried) {
    const set = () => make(value as never);
    if (accepted.includes(value as number)) {
      expect(set).not.toThrow();
      continue;
    }
    expect(set).toThrow(FasttsError);
    expect(set).toThrow(setting);
    expect(set).toThrow(String(value));
  }
});

test('the error of a setting names it, its range and the value', () => {
  expect(() => new ReduceLROnPlateau({ factor: 0.1 })).toThrow(ArgumentError);
  expect(() => new ReduceLROnPlateau({ factor: 0.1 })).toThrow('factor must be a number > 1, got 0.1.');
  expect(() => new Flip({ p: 1.5 })).toThrow('p must be a number from 0 to 1, got 1.5.');
  expect(() => new Contrast({ maxLighting: 1 })).toThrow('maxLighting must be a number ≥ 0 and < 1, got 1.');
});
