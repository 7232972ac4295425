/** The event that reports a slate: every place that could be seen without long paging, with its propensity. */
import {
  EVENT_SCHEMA_VERSION,
  type EventOf,
  encodeFeatureMatrix,
  type ProfileId,
  type TitleId,
} from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { RowOrder } from '../page/row-orderer.ts';
import type { StoredSlate } from './stored-slate.ts';

/** Places beyond are hardly ever on screen and would make up half of the log. */
const LOGGED_PER_ROW = 20;

export function slateServedEvent(
  slate: StoredSlate,
  profileId: ProfileId,
  features: ReadonlyMap<TitleId, Float32Array>,
  probabilities: ReadonlyMap<TitleId, number> = new Map(),
  rowOrder?: RowOrder,
): EventOf<'SLATE_SERVED'> {
  const featureNames = features.size === 0 ? [] : [...RANKING_COLUMNS];
  const items = slate.rows.flatMap((row, rowIndex) =>
    row.items.slice(0, LOGGED_PER_ROW).map((item, position) => ({
      titleId: item.titleId,
      rowKind: row.kind,
      row: rowIndex,
      position,
      score: item.score ?? null,
      propensity: item.propensity,
      probability: probabilities.get(item.titleId) ?? null,
      sources: [...item.sources],
      ...(item.artwork !== undefined && {
        artwork: { variant: item.artwork.variant, probabilities: [...item.artwork.probabilities] },
      }),
    })),
  );
  const model = slate.modelVersions[0]?.version;
  return {
    eventId: `slate:${slate.id}`,
    type: 'SLATE_SERVED',
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt: slate.generatedAt,
    receivedAt: slate.generatedAt,
    profileId,
    slateId: slate.id,
    ...(model === undefined ? {} : { modelVersion: model }),
    assignments: { ...slate.assignments },
    payload: {
      surface: slate.surface,
      seed: slate.seed,
      degradations: slate.degradations.map(({ code }) => code),
      featureNames,
      featureMatrix: encodeFeatureMatrix(
        items.map(({ titleId }) => features.get(titleId)),
        featureNames.length,
      ),
      items,
      ...(rowOrder !== undefined && { rowOrder }),
    },
  };
}
