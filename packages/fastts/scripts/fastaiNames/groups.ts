/** Names of `fastai.vision.all` that are not about training vision models, and why they are not here. */
export interface Group {
  title: string;
  reason: string;
  /** Modules, with those below them, all of whose names belong to the group. */
  modules: readonly string[];
  /** Names from other modules. */
  names: readonly string[];
}

export const groups: readonly Group[] = [
  {
    title: "fastcore's tools for Python",
    reason:
      'Shorter ways to write Python: lists, dictionaries, partial application, type dispatch, tests, scripts, web requests, HTML. ' +
      'TypeScript and npm packages have their own.',
    modules: ['fastcore', 'fastai.imports', 'plum', 'fasttransform.cast'],
    names: words(`
      Func Sig compose_tfms gather_attr_names gather_attrs get_func mk_transform
      voids spark_chars strtyps string_classes type_map url_default_headers ExceptionsHTTP
      inum_methods num_methods rnum_methods defaults empty
      IN_COLAB IN_IPYTHON IN_JUPYTER IN_NOTEBOOK TextWrapper set_trace`),
  },
  {
    title: 'HTML elements',
    reason:
      'One function per HTML element, such as `Div` and `Table`, made by fastcore with `functools.partial`.',
    modules: ['functools'],
    // Something else has these names here.
    names: ['Figure', 'Label'],
  },
  {
    title: 'Names of Python and of other libraries',
    reason: 'Modules such as `np`, `nn` and `plt`, and names from modules, that fastai imports.',
    modules: [
      ...words('typing types itertools operator collections contextlib copy datetime enum numbers pathlib'),
      ...words('textwrap pdb inspect multiprocessing concurrent builtins _functools _warnings'),
      ...words('numpy pandas PIL torch'),
      'a module',
    ],
    names: [],
  },
  {
    title: 'Other networks of torchvision',
    reason: 'fastai re-exports all of them. Here the ResNets are built in, with their weights.',
    modules: ['torchvision.models'],
    names: [],
  },
  {
    title: 'Text, tables and sequences',
    reason: 'For models of text, tables or sequences.',
    modules: ['fastai.callback.rnn'],
    names: words(`
      CorpusBLEUMetric get_text_files TimeDistributed Embedding AdaptiveConcatPool1d BatchNorm1dFlat
      display_df get_empty_df`),
  },
  {
    title: 'PyTorch and Python specifics',
    reason:
      'Devices, tensor subclasses, TorchScript, processes, half precision, pickle, decorators and data frames. Here the engine ' +
      'chooses device and precision, tensors have no subclasses, and options are typed objects.',
    modules: ['fastai.callback.fp16', 'fastai.callback.channelslast'],
    names: words(`
      ArrayBase ArrayImage ArrayImageBW ArrayImageBase ArrayMask TensorBase TensorFlowField TensorTypes
      TensorImage TensorImageBW TensorImageBase TensorMask TensorCategory TensorMultiCategory TensorBBox
      TensorPoint TensorPointCreate Category MultiCategory LabeledBBox PILBase to_image image2tensor
      TitledFloat TitledInt TitledStr TitledTensorScalar TitledTuple ShowTitle show_title Chunks
      apply apply_leaf base_doc doc batch_to_samples concat distrib_barrier num_distrib rank_distrib
      find_bs find_device default_device setup_cuda get_first get_model grad_module ismin_torch item_find
      maybe_gather nested_reorder notmax_torch np_func script_bwd script_fwd script_save_ctx script_use_ctx
      tensor to_concat to_cpu to_detach to_device to_float to_half to_np unsqueeze unsqueeze_ subplots
      make_cross_image flatten_check one_param one_hot_decode logit broadcast_vec fa_convert decodes encodes
      annealer detuplify_pg set_item_pg OptimWrapper pytorch_hp_map CastToTensor replacing_yield skm_to_fastai
      ToTensorBase MishJitAutoFn ParameterModule PartialLambda NoneReduce Debugger children_and_parameters
      has_children module sigmoid_ get_show_batch_func FilteredBase DisplayedTransform InplaceTransform
      bn_types norm_types inplace_relu dummy_eval`),
  },
  {
    title: 'Internals of fastai',
    reason: 'Data for its tests, its documentation and its configuration.',
    modules: [],
    names: words(`
      g0 g1 g2 g3 se_kwargs1 se_kwargs2 se_kwargs3 TEST_IMAGE TEST_IMAGE_BW nb_urls prefetch_data
      fastai_cfg fastai_path transform`),
  },
];

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
