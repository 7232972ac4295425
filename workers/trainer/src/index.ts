export { type LaunchOptions, launchTraining } from './child/launch-training.ts';
export { trainOnRequest } from './child/training-process.ts';
export { rankerRegistry, setsFolder, type TrainingProgress, type TrainingWorld } from './run-training.ts';
export { RunLog, TRAINING_FOLDER } from './runs/run-log.ts';
export { type ReadUpTo, readUpTo, trainedBefore } from './runs/trained-before.ts';
export { lockTraining } from './runs/training-lock.ts';
export {
  TRAINED_MODELS,
  TRAINING_PRIORITIES,
  type TrainedModel,
  type TrainingRequest,
  type TrainingResult,
  type TrainingRun,
  trainingRequestSchema,
} from './runs/training-run.ts';
export type { Schedule } from './schedule.ts';
export {
  type Asked,
  createTrainer,
  TRAINER,
  type Trainer,
  type TrainerDeps,
  type TrainerOptions,
} from './trainer.worker.ts';
export { TRAINING_VARIABLES, type TrainingPlan, type TrainingSettings, toTrainingPlan } from './variables.ts';
