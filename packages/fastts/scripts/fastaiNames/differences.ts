/**
 * What corresponds to a fastai name here, as an export or as `Class.member`, with a note if the name is not
 * self-explanatory.
 */
export type Place = string | readonly [name: string, note: string];

/** Names that are neither the same here nor the same in camelCase. */
export const renamed: Readonly<Record<string, Place>> = {
  // Callbacks
  SchedCos: 'schedCos',
  SchedExp: 'schedExp',
  SchedLin: 'schedLin',
  SchedNo: 'schedNo',
  SchedPoly: 'schedPoly',
  layer_info: ['Learner.summary', 'one row per layer'],
  module_summary: 'Learner.summary',
  before_batch_cb: ['Callback.beforeBatch', 'a class with `beforeBatch`'],
  master_bar: 'progressBar',
  plot_top_losses: 'Interpretation.plotTopLosses',

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
  SkipItemException: ['DataLoader.skipped', 'counts the items that threw an error and were skipped'],
  collate_error: 'CollateError',
  fa_collate: ['TransformBlock.collate', 'each block has its own'],
  get_c: 'DataLoaders.c',
  bb_pad: ['BBoxBlock', 'pads the boxes when it collates a batch'],
  clip_remove_empty: ['BBoxBlock', 'clips and removes boxes after the item transforms'],
  BBoxLabeler: 'BBoxLblBlock',
  IntToFloatTensor: ['imagesFromBytes', '`ImageBlock` applies it to a batch'],
  ToTensor: ['imagesFromBytes', '`ImageBlock` applies it to a batch'],
  OpenMask: 'MaskBlock',
  ItemTransform: ['Transform', '`encodes` also receives all `values` of the item'],

  // Layers and parameters
  AdaptiveAvgPool: 'AdaptiveAvgPool2d',
  InstanceNorm: 'InstanceNorm2d',
  MishJit: 'Mish',
  Swish: 'SiLU',
  SwishJit: 'SiLU',
  swish: ['SiLU', 'or its formula in `tf` ops'],
  sigmoid: ['sigmoidRange', 'or `tf.sigmoid`'],
  one_hot: ['OneHotEncode', 'or `tf.oneHot` for class indices'],
  in_channels: ['Conv2d.inChannels', 'that of the first convolution'],
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

  // Learner, losses, metrics, optimizers
  LossMetrics: 'lossMetrics',
  load_model: 'Learner.load',
  save_model: 'Learner.save',
  ValueMetric: ['Metric', 'a subclass with `value()`'],
  mk_metric: ['AvgMetric', 'functions in `metrics` are wrapped in it'],
  BaseLoss: [
    'CrossEntropyLossFlat',
    'any object of the type `Loss`: `forward`, `activation`, `decodes`, `reduction`',
  ],
  CancelBackwardException: 'CancelBackward',
  CancelBatchException: 'CancelBatch',
  CancelEpochException: 'CancelEpoch',
  CancelFitException: 'CancelFit',
  CancelStepException: 'CancelStep',
  CancelTrainException: 'CancelTrain',
  CancelValidException: 'CancelValid',
  average_grad: ['UpdateRule', 'the state tensors that a rule `remembers`'],
  average_sqr_grad: ['UpdateRule', 'the state tensors that a rule `remembers`'],
  step_stat: ['UpdateRule', 'the state tensors that a rule `remembers`'],
  debias: ['adamStep', '`step`'],
  momentum_step: ['sgdStep', '`mom`'],
  l2_reg: ['sgdStep', '`decoupled: false`'],
  weight_decay: ['sgdStep', '`decoupled: true`'],
  larc_layer_lr: ['larcStep', '`trustCoeff`'],

  // Pictures
  PILImage: 'LazyImage',
  PILImageBW: ['LazyImage', "`mode: 'gray'`"],
  PILMask: ['LazyImage', "`mode: 'mask'`"],
  load_image: 'LazyImage',
  AddMaskCodes: ['MaskBlock', '`codes`'],
  PadMode: ['Resize', "`padMode: 'zeros' | 'border' | 'reflection'`"],
  ResizeMethod: ['Resize', "`method: 'crop' | 'pad' | 'squish'`"],
  RandTransform: ['Transform', '`draw` returns what `encodes` receives'],
  SpaceTfm: 'AffineCoordTfm',
  DeterministicDraw: ['DrawOptions', 'pass `draw` as a function'],
  mask_tensor: ['DrawOptions', '`p`'],
  affine_grid: 'projectiveSample',
  apply_perspective: ['Warp', '`drawX`, `drawY`'],
  resize_to: 'resizeImage',
  get_grid: 'imageGrid',
  show_image: 'imageGrid',
  show_image_batch: 'imageGrid',
  show_images: 'imageGrid',
  show_titled_image: ['imageGrid', 'the `title` of a cell'],
};

const steps = 'takes the tensors of one parameter and returns new ones; weight decay is part of it';

/** Names that are the same here, or the same in camelCase, but are used differently. */
export const usedDifferently: Readonly<Record<string, string>> = {
  // Callbacks and hooks
  FetchPredsCallback: 'no `reorder`: predictions are in the order of the items',
  GatherPredsCallback:
    'keeps everything in memory: no `save_preds`, `save_targs`, `with_preds`, `with_targs`, `concat_dim`',
  sched_cos: '`schedCos(start, end)(position)`',
  sched_exp: '`schedExp(start, end)(position)`',
  sched_lin: '`schedLin(start, end)(position)`',
  sched_no: '`schedNo(start)(position)`',
  minimum: '`minimum(lrs, losses)`: no `num_it`',
  slide: '`slide(lrs, losses)`: no `num_it`',
  steep: '`steep(lrs, losses)`: no `num_it`',
  valley: '`valley(lrs, losses)`: no `num_it`',

  // Data
  untar_data: '`dest` for `base` and `data`, `force` for `force_download`',
  AttrGetter: '`AttrGetter(name, otherwise)`: `otherwise` for `default`',
  GrandparentSplitter: '`train` for `train_name`, `valid` for `valid_name`',
  get_files: 'always follows links: no `followlinks`',
  ImageBlock: "`mode: 'rgb' | 'gray'` for an image class",

  // Layers
  icnr_init: 'sets the values of a `Parameter` in place',
  init_linear: '`act` for `act_func`',

  // Learner, losses, metrics, optimizers
  load_learner: 'reads `export.safetensors`, from a path, a URL or bytes',
  AccumMetric: 'no `to_np`, `invert_arg`: the function gets predictions and targets as typed arrays',
  LossMetric: '`name` for `nm`',
  Optimizer: '`new Optimizer(groups, rule, defaults)`: one `UpdateRule` for the list `cbs`',
  adam_step: steps,
  lamb_step: steps,
  larc_step: steps,
  qhadam_step: steps,
  radam_step: steps,
  rms_prop_step: steps,
  sgd_step: steps,
  set_seed: 'always repeatable: no `reproducible`',

  // Vision
  AffineCoordTfm: '`{ affine, coord, crop }` for `aff_fs`, `coord_fs`',
  HSVTfm: '`changes` for `fs`',
  LightingTfm: '`changes` for `fs`',
  dihedral_mat: 'the matrix of one given symmetry; `Dihedral` draws',
  flip_mat: 'the matrix of one given flip; `Flip` draws',
  rotate_mat: 'the matrix of one given angle; `Rotate` draws',
  zoom_mat: 'the matrix of one given zoom; `Zoom` draws',
  cutout_gaussian: 'takes the random number generator that draws',
  unet_learner: 'options of `DynamicUnet` for `config`; no `img_size`',
};

/** Why names that are about training vision models are not here. */
export const notHere: Readonly<Record<string, string>> = {
  TimmBody: 'needs `timm`, a Python package',
  create_timm_model: 'needs `timm`, a Python package',
  norm_apply_denorm: 'shows the effect of a transform in a tutorial',
  search_images_bing: 'the service has been shut down',
  search_images_serpapi: 'needs the key of a paid service',
};
