export * from './callbacks/checks/outputCheck.js';
export * from './callbacks/checks/targetCheck.js';
export * from './callbacks/hooks/activationStats.js';
export * from './callbacks/hooks/hookCallback.js';
export type { InterruptSignal } from './callbacks/interrupt/endBySignal.js';
export * from './callbacks/interrupt/interruptCallback.js';
export * from './callbacks/interrupt/interruptedError.js';
export * from './callbacks/loggers/csvLogger.js';
export type { Cell } from './callbacks/loggers/epochTable.js';
export * from './callbacks/loggers/experimentLogger.js';
export * from './callbacks/loggers/progress.js';
export * from './callbacks/loggers/recorder.js';
export * from './callbacks/loggers/showGraph.js';
export * from './callbacks/loggers/tensorBoard.js';
export type { ProjectorItems } from './callbacks/loggers/tensorboard/projectorItems.js';
export * from './callbacks/loggers/tensorboard/summaryWriter.js';
export type { WandbArtifactOptions } from './callbacks/loggers/wandb/artifact.js';
export type { WandbCell, WandbTable } from './callbacks/loggers/wandb/table.js';
export * from './callbacks/loggers/wandb/wandbRun.js';
export * from './callbacks/loggers/wandb.js';
export * from './callbacks/mixing/cutMix.js';
/** fastai's name of `CutMixCB`. */
export { CutMixCB as CutMix } from './callbacks/mixing/cutMix.js';
export * from './callbacks/mixing/mixUp.js';
/** fastai's name of `MixUpCB`. */
export { MixUpCB as MixUp } from './callbacks/mixing/mixUp.js';
export * from './callbacks/predictions/collectData.js';
export * from './callbacks/predictions/fetchPreds.js';
export * from './callbacks/predictions/gatherPreds.js';
export * from './callbacks/predictions/mcDropout.js';
export * from './callbacks/trackers/earlyStopping.js';
export * from './callbacks/trackers/reduceLROnPlateau.js';
export * from './callbacks/trackers/saveModel.js';
export * from './callbacks/trackers/terminateOnNaN.js';
export * from './callbacks/trackers/tracker.js';
export * from './callbacks/training/bnFreeze.js';
export * from './callbacks/training/gradientAccumulation.js';
export * from './callbacks/training/gradientClip.js';
export * from './callbacks/training/progressiveResize.js';
export * from './callbacks/training/shortEpoch.js';
export * from './callbacks/training/skipToEpoch.js';
export * from './callbacks/training/trainEval.js';
export * from './checkpoints/checkpointCallback.js';
export * from './errors.js';
export type { ExportConfig } from './files/export.js';
export * from './files/loadLearner.js';
export type { LoadOptions, SaveOptions } from './files/savedModel.js';
export { type CrossValidateOptions, crossValidate } from './folds/crossValidate.js';
export type { CrossValidation, FoldMetric } from './folds/crossValidation.js';
export type { Fold } from './folds/fold.js';
export type { UnreadableItem } from './folds/foldPredictions.js';
export * from './interpretation/classification.js';
export type { ClassActivation, GradCamOptions } from './interpretation/gradCam/classActivation.js';
export * from './interpretation/gradCam/gradCam.js';
export * from './interpretation/interpretation.js';
export type { InterpretationOptions } from './interpretation/outcomes.js';
export {
  type PlotReliabilityDiagramOptions,
  plotReliabilityDiagram,
  type ReliabilityDiagramOptions,
} from './interpretation/reliabilityDiagram.js';
export type { ResultGridOptions } from './interpretation/resultGrid.js';
export * from './interpretation/segmentation.js';
export type { ShowResultsOptions } from './interpretation/showResults.js';
export * from './learner.js';
export * from './learnerOptions.js';
export type { BatchSource, LearnerData, TargetTensors } from './loop/batch.js';
export * from './loop/callback.js';
export * from './loop/cancel.js';
export * from './loop/events.js';
export type { DisposeOptions } from './loop/trainingLoop.js';
export * from './losses/binaryCrossEntropy.js';
export * from './losses/biTempered.js';
export { ClassLoss, type ClassLossOptions } from './losses/classLoss.js';
export * from './losses/crossEntropy.js';
export * from './losses/dice.js';
export { ElementwiseLoss } from './losses/elementwiseLoss.js';
export * from './losses/focal.js';
export * from './losses/labelSmoothing.js';
export { type Loss, type LossFunction, type Reduction, reduceLoss } from './losses/loss.js';
export * from './losses/regression.js';
export * from './losses/symmetricCrossEntropy.js';
export type { LrFindOptions, SuggestFuncs } from './lrFind/lrFind.js';
export * from './lrFind/lrFinder.js';
export * from './lrFind/lrSuggestions.js';
export * from './metrics/accumMetric.js';
export {
  AvgLoss,
  AvgMetric,
  type AvgMetricOptions,
  type MetricFunction,
  type MetricLike,
  type MetricSource,
  type PassFunction,
} from './metrics/avgMetric.js';
export * from './metrics/avgSmoothLoss.js';
export * from './metrics/calibration/calibrationMetric.js';
export type { CalibrationOptions } from './metrics/calibration/certainty.js';
export * from './metrics/classification/accuracy.js';
export * from './metrics/classification/agreement.js';
export * from './metrics/classification/averagePrecision.js';
export * from './metrics/classification/brierScore.js';
export * from './metrics/classification/confusionMatrix.js';
export * from './metrics/classification/hammingLoss.js';
export * from './metrics/classification/jaccard.js';
export * from './metrics/classification/labelMetric.js';
export type { Average, LabelCounts } from './metrics/classification/labelScore.js';
export * from './metrics/classification/perplexity.js';
export * from './metrics/classification/precisionRecall.js';
export * from './metrics/classification/rocAuc.js';
export * from './metrics/correlation.js';
export * from './metrics/dice.js';
export * from './metrics/lossMetric.js';
export * from './metrics/metric.js';
export * from './metrics/optimMetric.js';
export * from './metrics/regression.js';
export * from './optimizers/adam.js';
export * from './optimizers/lookahead.js';
export * from './optimizers/optimizer.js';
export * from './optimizers/parameterGroups.js';
export * from './optimizers/sgd.js';
export {
  type Ensemble,
  type EnsembleOptions,
  type EnsemblePredictOptions,
  ensemble,
} from './predictions/ensemble.js';
export type { GetPredsOptions, Preds } from './predictions/getPreds.js';
export type { Predicted, Prediction, PredictionOf, PredictOptions } from './predictions/predict.js';
export { PredictionQueue } from './predictions/predictionQueue.js';
export type { TtaOptions, TtaSettings } from './predictions/tta.js';
export type { ValidateOptions } from './predictions/validation.js';
export type { FineTuneOptions } from './schedules/fineTune.js';
export type { FitFlatCosOptions } from './schedules/fitFlatCos.js';
export type { FitOneCycleOptions } from './schedules/fitOneCycle.js';
export type { FitSgdrOptions } from './schedules/fitSgdr.js';
export { type LearningRate, RateSlice, slice } from './schedules/learningRate.js';
export * from './schedules/paramScheduler.js';
export * from './schedules/schedules.js';
export * from './summary/layerInfo.js';
