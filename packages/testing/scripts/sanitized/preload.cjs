/** Makes Node load the addon that was built with a sanitizer instead of the package's own, in worker threads too. */
const path = require('node:path');

const { FASTTS_SANITIZED_ADDON: addon } = process.env;
const dlopen = process.dlopen;
process.dlopen = (module, file, ...flags) =>
  dlopen(module, path.basename(file) === path.basename(addon) ? addon : file, ...flags);
