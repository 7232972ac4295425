export { createEventLake, type EventLake, type EventLakeOptions } from './event-lake.ts';
export {
  type LakeDamage,
  type LakeReader,
  type LakeReaderOptions,
  openLake,
  requireWhole,
  STORED,
} from './lake-reader.ts';
export { createPlaces, type LakeReplayOptions, PLACES, replayLake } from './lake-replay.ts';
export { LAKE_LIMITS, type LakeLimits } from './partition-parts.ts';
export { type RepairedFile, type RepairOptions, repairLake } from './repair-lake.ts';
export { slatesInPieces } from './slates-in-pieces.ts';
export { type LakeStorage, localStorage } from './storage.ts';
export type { UnrepairedDamage } from './unreadable-files.ts';
