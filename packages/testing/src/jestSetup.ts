import { repeatable } from './repeatable.js';

// Jest's `setupFiles`: what a test draws without a seed of its own, by tfjs or by fastts, repeats from run to run.
// FASTTS_TEST_SEED=2 draws other numbers.
Math.random = repeatable(Number(process.env.FASTTS_TEST_SEED ?? 1));
