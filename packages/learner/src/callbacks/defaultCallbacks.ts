import type { Callback } from '../loop/callback.js';
import { OutputCheck } from './checks/outputCheck.js';
import { TargetCheck } from './checks/targetCheck.js';
import { InterruptCallback } from './interrupt/interruptCallback.js';
import { ProgressCallback } from './loggers/progress.js';
import { Recorder } from './loggers/recorder.js';
import { TerminateOnNaNCallback } from './trackers/terminateOnNaN.js';
import { TrainEvalCallback } from './training/trainEval.js';

/** The callbacks that every learner starts with. */
export function defaultCallbacks(): Callback[] {
  return [
    new TrainEvalCallback(),
    new OutputCheck(),
    new TargetCheck(),
    new TerminateOnNaNCallback(),
    new Recorder(),
    new ProgressCallback(),
    new InterruptCallback(),
  ];
}
