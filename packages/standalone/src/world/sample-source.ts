/** The sample world: real film titles, a simulated audience. */

import type { MarqueeEvent, TitleId } from '@marquee/domain';
import { buildSampleCatalogue, createAudience, PERSONAS } from '@marquee/sample-world';
import { SAMPLE_WORLD } from './world-name.ts';
import type { WorldSource } from './world-source.ts';

export const SAMPLE_SEED = 20_260;
export const SAMPLE_HISTORY_DAYS = 60;
/** Measured mean of the simulator's defaults; only the progress bar depends on it. */
const EVENTS_PER_PROFILE_AND_DAY = 3.5;

/** @param options.historyDays default 60 @param options.without titles that are not there yet, and that nobody has seen */
export function sampleSource(options: {
  readonly profiles: number;
  readonly seed?: number;
  readonly historyDays?: number;
  readonly without?: ReadonlySet<TitleId>;
}): WorldSource {
  const { historyDays = SAMPLE_HISTORY_DAYS, without } = options;
  return {
    name: SAMPLE_WORLD,
    description: 'real film titles with a simulated audience',
    async load({ now }) {
      const whole = buildSampleCatalogue({ now });
      const audience = createAudience({
        seed: options.seed ?? SAMPLE_SEED,
        titles: whole.titles,
        profiles: options.profiles,
        now,
      });
      return {
        catalogue:
          without === undefined
            ? whole
            : { ...whole, titles: whole.titles.filter(({ id }) => !without.has(id)) },
        events: whatHappened(audience.history({ days: historyDays }), without),
        expectedEvents: Math.ceil(options.profiles * historyDays * EVENTS_PER_PROFILE_AND_DAY),
        personas: PERSONAS,
        groundTruth: {
          expectedWatchSeconds: (profileId, titleId, at) =>
            audience.expectedWatchSeconds(profileId, titleId, evening(at)),
          oracle: (profileId, at, k, exclude) =>
            audience.oracleRanking(profileId, evening(at), k, { exclude }).map((title) => title.titleId),
        },
        rejected: () => 0,
      };
    },
  };
}

function* whatHappened(
  batches: Iterable<readonly MarqueeEvent[]>,
  without: ReadonlySet<TitleId> | undefined,
): Iterable<readonly MarqueeEvent[]> {
  for (const batch of batches) {
    yield without === undefined
      ? batch
      : batch.filter(({ payload }) => !('titleId' in payload && without.has(payload.titleId)));
  }
}

/** One context for all comparisons: what is best differs by hour and device. */
function evening(now: number) {
  return { now, hour: 20, device: 'TV' as const };
}
