import '@fastts/vision/registered';
import { loadLearner as load } from '@fastts/learner';

/**
 * Loads a learner written by `learn.export`, ready to predict. A file contains no code: names are looked up in the local
 * registry, which here includes everything that `fastts` itself registers.
 *
 * @example
 * const learn = await loadLearner('models/pets.safetensors', { target: CategoryBlock() });
 * const [label, number, probabilities] = await learn.predict('cat.jpg');
 */
// Not a re-export: Turbopack would follow it past this file, and leave out what is registered above.
export const loadLearner = load;
