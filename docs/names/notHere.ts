/** Why names that are about training vision models are not here. */
export const notHere: Readonly<Record<string, string>> = {
  ImageGetter: 'a getter of a path: `getX: (row) => …`',
  download_images: 'fetches pictures that a search found; `fetch` and a loop do',
  search_images_bing: 'its service has been shut down',
  search_images_serpapi: "needs a paid service's key",
  create_timm_model: 'needs `timm`, a Python package',
  TimmBody: 'needs `timm`, a Python package',
  LossMetrics: 'makes metrics of the parts that PyTorch losses keep',
  SkipToEpoch: '`fit(n, lr, { startEpoch })` goes on at an epoch',
};
