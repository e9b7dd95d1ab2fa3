/** A name here, as an export or as `Class.member`, and how it is used where that does not say it. */
export type Place = string | readonly [name: string, how: string];

/**
 * What fastai's names are called here, where that is neither the same name nor the same in camelCase.
 */
export const renamed: Readonly<Record<string, Place>> = {
  // Callbacks
  CutMix: 'CutMixCB',
  MixUp: 'MixUpCB',
  SchedCos: 'schedCos',
  SchedExp: 'schedExp',
  SchedLin: 'schedLin',
  SchedNo: 'schedNo',
  SchedPoly: 'schedPoly',
  layer_info: ['Learner.summary', 'a row a layer'],
  module_summary: 'Learner.summary',
  before_batch_cb: ['Callback.beforeBatch', 'an anonymous class with `beforeBatch`'],
  master_bar: 'progressBar',

  // Layers and models
  cnn_learner: 'visionLearner',
  create_cnn_model: 'createVisionModel',
  vleaky_relu: ['LeakyReLU', '`new LeakyReLU(0.3)`'],

  // Data
  TfmdDL: 'DataLoader',
  TfmdLists: 'Datasets',
  decode_at: 'Datasets.decode',
  show_at: ['DataLoader.showBatch', '`maxN: 1`'],
  show_batch: 'DataLoader.showBatch',
  show_results: 'Learner.showResults',
  test_set: 'Datasets.testSet',
  SkipItemException: ['DataLoader.skipped', 'items that throw are skipped'],
  collate_error: 'CollateError',
  fa_collate: ['TransformBlock.collate', "each block's own"],
  get_c: 'DataLoaders.c',
  IntToFloatTensor: ['imagesFromBytes', "in `ImageBlock`'s batches"],
  ToTensor: ['imagesFromBytes', "in `ImageBlock`'s batches"],
  OpenMask: 'OpenMask',
  ItemTransform: ['Transform', '`beforeCall` sees all values of an item'],

  // Layers and parameters
  AdaptiveAvgPool: 'AdaptiveAvgPool2d',
  InstanceNorm: 'InstanceNorm2d',
  MishJit: 'Mish',
  Swish: 'SiLU',
  SwishJit: 'SiLU',
  swish: ['SiLU', 'or `tf` operations'],
  sigmoid: ['sigmoidRange', '`tf.sigmoid` for 0 to 1'],
  in_channels: ['Conv2d.inChannels', 'of the first convolution'],
  trunc_normal_: 'normal_',
  apply_init: 'Module.apply',
  cond_init: 'Module.apply',
  init_default: 'Module.apply',
  norm_bias_params: 'normAndBiasParameters',
  params: 'Module.parameters',
  has_params: 'Module.parameters',
  total_params: 'Module.parameters',
  requires_grad: ['Parameter.requiresGrad', '`module.requiresGrad_()` for all'],
  get_random_states: 'withSeed',
  set_random_states: 'withSeed',
  no_random: 'withSeed',

  // Learner, losses, metrics, optimisers
  load_model: 'Learner.load',
  save_model: 'Learner.save',
  mk_metric: ['AvgMetric', 'functions in `metrics` become one'],
  BaseLoss: ['CrossEntropyLossFlat', 'any `Loss`: `forward`, `activation`, `decodes`, `reduction`'],
  CancelBackwardException: 'CancelBackward',
  CancelBatchException: 'CancelBatch',
  CancelEpochException: 'CancelEpoch',
  CancelFitException: 'CancelFit',
  CancelStepException: 'CancelStep',
  CancelTrainException: 'CancelTrain',
  CancelValidException: 'CancelValid',
  SuggestionMethod: 'SuggestionMethod',

  // Pictures
  PILImage: 'LazyImage',
  PILImageBW: ['LazyImage', "`mode: 'grey'`"],
  PILMask: ['LazyImage', "`mode: 'mask'`"],
  load_image: 'LazyImage',
  AddMaskCodes: ['MaskBlock', '`codes`'],
  PadMode: ['Resize', "`padMode: 'zeros' | 'border' | 'reflection'`"],
  ResizeMethod: ['Resize', "`method: 'crop' | 'pad' | 'squish'`"],
  RandTransform: ['Transform', '`beforeCall` draws'],
  SpaceTfm: 'AffineCoordTfm',
  show_image: 'imageGrid',
  show_image_batch: 'imageGrid',
  show_images: 'imageGrid',
  show_titled_image: ['imageGrid', '`title` of a cell'],
};
