import '@fastts/vision/registered';

export { loadLearner } from '@fastts/learner';
