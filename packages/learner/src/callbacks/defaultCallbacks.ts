import type { Callback } from '../callback.js';
import { OutputCheck } from './outputCheck.js';
import { ProgressCallback } from './progress.js';
import { Recorder } from './recorder.js';
import { TargetCheck } from './targetCheck.js';
import { TrainEvalCallback } from './trainEval.js';

/** The callbacks that each learner begins with. */
export function defaultCallbacks(): Callback[] {
  return [
    new TrainEvalCallback(),
    new OutputCheck(),
    new TargetCheck(),
    new Recorder(),
    new ProgressCallback(),
  ];
}
