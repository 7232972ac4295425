export { type Arrival, ArrivalModel } from './arrival-model.ts';
export {
  createPrewarmer,
  type MakeAhead,
  PREWARMER,
  type Prewarmer,
  type PrewarmerDeps,
  type PrewarmerOptions,
  type Round,
} from './prewarmer.worker.ts';
