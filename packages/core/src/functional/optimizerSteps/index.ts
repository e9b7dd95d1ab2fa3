export { type AdamStepOptions, adamStep } from './adamStep.js';
export type { AdaptiveState, AdaptiveStepOptions } from './adaptiveStep.js';
export { lambStep } from './lambStep.js';
export { type LarcStepOptions, larcStep } from './larcStep.js';
export type { MomentumState } from './momentumState.js';
export { type QhadamStepOptions, qhadamStep } from './qhadamStep.js';
export { type RadamStepOptions, radamStep } from './radamStep.js';
export { type RmsPropState, type RmsPropStepOptions, rmsPropStep } from './rmsPropStep.js';
export { type SgdStepOptions, sgdStep } from './sgdStep.js';
