/** Registers everything in this package that a file can name, so that `loadLearner` finds it, in a bundle too. */
import './losses/binaryCrossEntropy.js';
import './losses/biTempered.js';
import './losses/crossEntropy.js';
import './losses/dice.js';
import './losses/focal.js';
import './losses/labelSmoothing.js';
import './losses/regression.js';
import './losses/symmetricCrossEntropy.js';
import './optimizers/parameterGroups.js';
