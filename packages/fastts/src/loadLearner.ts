import '@fastts/vision/registered';
import { loadLearner as load } from '@fastts/learner';

// Not a re-export: Turbopack would follow it past this file, and leave out what is registered above.
export const loadLearner = load;
