/** Registers everything in this package that a file can name, so that `loadLearner` finds it, in a bundle too. */
import './blocks/categoryBlock.js';
import './blocks/multiCategoryBlock.js';
import './blocks/regressionBlock.js';
import './items/columns.js';
import './items/getters.js';
import './items/labellers.js';
import './targets/categorize.js';
import './targets/multiCategorize.js';
import './targets/regressionSetup.js';
