/** Why names that are about training vision models are not here. */
export const notHere: Readonly<Record<string, string>> = {
  LossMetrics:
    'makes metrics of the attributes that a loss in Python keeps; `LossMetric` takes one of a loss here',
  TimmBody: 'needs `timm`, a Python package',
  create_timm_model: 'needs `timm`, a Python package',
  norm_apply_denorm: 'for a tutorial: shows what a transform does to normalised pictures',
  search_images_bing: 'its service has been shut down',
  search_images_serpapi: "needs a paid service's key",
};
