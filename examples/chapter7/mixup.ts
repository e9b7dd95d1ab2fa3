import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  accuracy,
  CrossEntropyLossFlat,
  getImageFiles,
  imageFigure,
  LazyImage,
  Learner,
  MixUpCB,
} from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './index.js';
