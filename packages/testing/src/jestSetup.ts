import { repeatable } from './repeatable.js';

// Jest's `setupFiles`: seeds what tests draw without a seed, through tfjs or fastts, so that runs are repeatable.
// FASTTS_TEST_SEED=2, for example, selects another seed.
Math.random = repeatable(Number(process.env.FASTTS_TEST_SEED ?? 1));
