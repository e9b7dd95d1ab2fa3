/** Registers everything in this package that a file can name, so that `loadLearner` finds it, in a bundle too. */
import './layers/activations.js';
import './layers/batchNorm.js';
import './layers/conv1d.js';
import './layers/conv2d.js';
import './layers/convTranspose2d.js';
import './layers/dropout.js';
import './layers/identity.js';
import './layers/instanceNorm2d.js';
import './layers/linear.js';
import './layers/pooling.js';
import './layers/reshape.js';
import './layers/sequentialEx.js';
import './layers/spectralNorm.js';
import './layers/upsampling.js';
import './layers/weightNorm.js';
import './modules/sequential.js';
