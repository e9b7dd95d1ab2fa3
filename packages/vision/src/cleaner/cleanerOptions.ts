import type { Split } from '@fastts/core';
import type { Label } from '@fastts/data';
import type { CleanerItem } from './cleanerItems.js';

/** Where the labels of an {@link ImageClassifierCleaner} are stored. */
export interface CleanerOptions {
  /**
   * The folder of the pictures (default: the deepest folder that contains all class folders; with `labels`, all pictures). Its
   * log is beside it: `<path>-changes.csv`.
   */
  path?: string;
  /** The folder to which deleted pictures are moved (default `<path>-removed`, beside it). */
  removed?: string;
  /**
   * A CSV file with the labels, such as Kaggle's `train.csv` (default: labels are the names of the pictures' folders). Then no
   * picture is moved: `train-changes.csv` is the log, and `train-cleaned.csv` the table with the changes.
   */
  labels?: string;
  /** The column of the images' names, relative to `path`, or its index (default 0). */
  fnCol?: string | number;
  /** The column of the labels, or its index (default 1). */
  labelCol?: string | number;
  /** What follows a name in the table, such as `'.jpg'` (default nothing). */
  suff?: string;
}

/** Options of {@link ImageClassifierCleaner.fromLearner}. */
export interface CleanLearnerOptions extends CleanerOptions {
  /** The pictures (default: the learner's training and validation set). A learner from `loadLearner` has none. */
  items?: readonly CleanerItem[];
}

/** Which pictures {@link ImageClassifierCleaner.pictures} lists. */
export interface CleanerFilter {
  /** Their label when the cleaner was created (default: any). */
  label?: Label;
  /** Their set (default: both). */
  split?: Split;
}

/** Options of {@link ImageClassifierCleaner.show}. */
export interface ShowCleanerOptions extends CleanerFilter {
  /** Maximum number of pictures (default 30). */
  maxN?: number;
  /** Number of columns (default: such that the figure is roughly square). */
  columns?: number;
}
