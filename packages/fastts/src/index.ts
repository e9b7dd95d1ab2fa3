export * from '@fastts/core';

import '@fastts/native';

export * from '@fastts/data';
export * from '@fastts/learner';
export * from '@fastts/vision';
export { loadLearner } from './loadLearner.js';
