import { Pipeline, type Transform } from '@fastts/core';
import { mergeTransforms } from '../blocks/mergeTransforms.js';
import type { Datasets } from './datasets.js';

/** The transforms of a data set's blocks. */
export function ownTransforms({ blocks }: Datasets): { itemTfms: Transform[]; batchTfms: Transform[] } {
  return {
    itemTfms: blocks.flatMap((block) => block.itemTfms),
    batchTfms: blocks.flatMap((block) => block.batchTfms),
  };
}

/** The pipeline, with those of a data set's own transforms added whose class it lacks. */
export function withOwn(own: readonly Transform[], given = new Pipeline()): Pipeline {
  const present = new Set([...given].map((transform) => transform.constructor));
  const lacking = mergeTransforms(own).filter((transform) => !present.has(transform.constructor));
  return lacking.length > 0 ? new Pipeline([...lacking, ...given]) : given;
}

/** The transforms of a pipeline that are of the classes of a data set's own: these, or their replacements. */
export function ownIn(pipeline: Pipeline, own: readonly Transform[]): Transform[] {
  return [...pipeline].filter((transform) => own.some((each) => each.constructor === transform.constructor));
}
