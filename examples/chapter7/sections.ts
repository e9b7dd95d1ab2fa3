import type { Learner } from 'fastts';
import { baseline, showBaseline } from './baseline.js';
import type { Chapter } from './chapter.js';
import { labelSmoothing, showLabelSmoothing } from './labelSmoothing.js';
import { mixup, showMixup } from './mixup.js';
import { normalization, showNormalization } from './normalization.js';
import { progressiveResizeCallback, progressiveResizing, showAnySize } from './progressiveResizing.js';
import { showTta } from './testTimeAugmentation.js';

/** What a section has trained. */
export interface Trained {
  learn: Learner;
  epochs: number;
}

/** A section of the chapter. */
export interface Section {
  /** Its name for `--only`. */
  name: string;
  /** Its name in the table. */
  technique: string;
  /** Shows how the technique works, before it is used. */
  show?(chapter: Chapter): Promise<void>;
  /** Trains a model with it. */
  train(chapter: Chapter): Promise<Trained>;
  /** Shows something with the trained model. */
  after?(learn: Learner, chapter: Chapter): Promise<void>;
}

/** The sections, in the chapter's order. */
export const sections: readonly Section[] = [
  { name: 'baseline', technique: 'baseline', show: showBaseline, train: baseline },
  { name: 'normalization', technique: '+ normalization', show: showNormalization, train: normalization },
  {
    name: 'progressiveResizing',
    technique: '+ progressive resizing',
    show: showAnySize,
    train: progressiveResizing,
    after: showTta,
  },
  {
    name: 'progressiveResizeCallback',
    technique: '+ ProgressiveResize',
    train: progressiveResizeCallback,
  },
  { name: 'mixup', technique: '+ mixup', show: showMixup, train: mixup },
  { name: 'labelSmoothing', technique: '+ label smoothing', show: showLabelSmoothing, train: labelSmoothing },
];
