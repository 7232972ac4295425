/** The model registry: versions, stages, gates, and the record of every move. */
export * from './drift-report.ts';
export * from './gates/examine.ts';
export {
  type Contender,
  DEFAULT_LIMITS,
  type Findings,
  type GateLimits,
  type GateResult,
  type Latency,
} from './gates/gate.ts';
export { type GateReport, judge } from './gates/judge.ts';
export { holdoutNames, type NamedHoldout, readHoldout, writeHoldout } from './holdout/holdout-folder.ts';
export { type HoldoutSet, requireHoldout } from './holdout/holdout-set.ts';
export { inForceSince } from './in-force-since.ts';
export { type MeasureCandidate, measureCandidate } from './measure-candidate.ts';
export {
  ModelRegistry,
  type ModelRegistryOptions,
  type Reason,
  type RecordedMove,
  type RegistryRevision,
  type VersionManifest,
} from './model-registry.ts';
export {
  createProductionWatch,
  type ProductionWatch,
  type ProductionWatchOptions,
} from './production-watch.ts';
export { publishProduction } from './publish-production.ts';
export { publishTrials } from './publish-trials.ts';
export { collaborativeExaminer } from './retrieval/collaborative-examiner.ts';
export { drawRetrievalHoldout, type ExaminedTitles } from './retrieval/draw-retrieval-holdout.ts';
export type { RecallAt, RetrievalExamination, RetrievalExaminer } from './retrieval/examine-retrieval.ts';
export { type JudgeRetrieval, judgeRetrieval } from './retrieval/judge-retrieval.ts';
export {
  COLLABORATIVE_LINE,
  collaborativeRegistry,
  RETRIEVAL_LINES,
  type RetrievalLine,
  type RetrievalRegistry,
  rankerRegistry,
  retrievalRegistry,
  TWO_TOWER_LINE,
  towerRegistry,
} from './retrieval/lines.ts';
export {
  type NamedRetrievalHoldout,
  type RetrievalHoldout,
  readRetrievalHoldout,
  writeRetrievalHoldout,
} from './retrieval/retrieval-holdout.ts';
export { towerExaminer } from './retrieval/tower-examiner.ts';
export { DEFAULT_CANARY_SHARE } from './stages/moves.ts';
export {
  latestIn,
  type Move,
  productionOf,
  type RegistryState,
  STAGES,
  type Stage,
} from './stages/registry-state.ts';
export * from './trials/index.ts';
export { trialsOf } from './trials/trials.ts';
