/** Registers all of this package that a file can name: what `loadLearner` must know in a bundle, too. */
import './blocks/categoryBlock.js';
import './blocks/multiCategoryBlock.js';
import './blocks/regressionBlock.js';
import './items/columns.js';
import './items/getters.js';
import './items/labellers.js';
import './targets/categorize.js';
import './targets/multiCategorize.js';
import './targets/regressionSetup.js';
