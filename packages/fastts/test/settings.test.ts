import {
  AccumMetric,
  ActivationStats,
  ArgumentError,
  AvgSmoothLoss,
  accuracyMulti,
  augTransforms,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  Brightness,
  Contrast,
  CrossEntropyLossFlat,
  CutMixCB,
  DiceLoss,
  Dihedral,
  DihedralItem,
  EarlyStoppingCallback,
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
  LabelSmoothingCrossEntropyFlat,
  LRFinder,
  MixUpCB,
  ProgressiveResize,
  RandomErasing,
  RandomResizedCrop,
  RandomResizedCropGPU,
  RatioResize,
  ReduceLROnPlateau,
  Resize,
  RocAucBinary,
  Rotate,
  Saturation,
  SaveModelCallback,
  ShortEpochCallback,
  SkipToEpoch,
  tf,
  topKAccuracy,
  Warp,
  Zoom,
} from 'fastts';

/** What is tried as each numeric setting. The text stands for what comes from JavaScript or JSON. */
const tried = [Number.NaN, -1, 0, 1e9, '0.5'];

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
  ['DiceLoss.smooth', (smooth) => new DiceLoss({ smooth }), [0, 1e9]],
  ['BCEWithLogitsLossFlat.thresh', (thresh) => new BCEWithLogitsLossFlat({ thresh }), [-1, 0, 1e9]],
  ['BCEWithLogitsLossFlat.posWeight', (posWeight) => new BCEWithLogitsLossFlat({ posWeight }), [0, 1e9]],
  ['BCELossFlat.weight', (weight) => new BCELossFlat({ weight }), [0, 1e9]],
  // Metrics
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
