/**
 * iALS on who watched what. Bounded: of a profile the latest watches, and of a log with too many, profiles drawn by the
 * seed; those left out lose nothing, since every profile is folded in when it is asked about.
 */
import { createRandom } from '@marquee/domain';
import { MAX_HISTORY } from '@marquee/features';
import { activeUsers, createInteractionBuilder, type Interactions } from '../interactions/index.ts';
import { factorise } from '../models/ials/factorise.ts';
import { ialsSettings } from '../models/ials/ials-options.ts';
import type { WatchLog } from '../watch-log.ts';
import type { CollaborativeFactors } from './collaborative-model.ts';

export interface FactoriseWatchesOptions {
  readonly seed: number;
  /** Default 10 million: about 400 MB while training, and some minutes on two threads. */
  readonly maxWatches?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Rounds done of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface FactorisedWatches {
  readonly factors: CollaborativeFactors;
  readonly profiles: number;
  readonly watches: number;
  /** Instants of the first and the last watch. */
  readonly from: number;
  readonly to: number;
}

/** With less than this there is nothing that profiles have in common to be found. */
export const LEAST_PROFILES = 50;
export const LEAST_TITLES = 50;
export const LEAST_WATCHES = 1_000;

const MAX_WATCHES = 10_000_000;

/** What makes a log too small, for people; undefined where it is not. */
export function tooFewWatches(log: WatchLog): string | undefined {
  const titles = new Set<string>();
  let watches = 0;
  for (const own of log.values()) {
    watches += own.length;
    for (const { titleId } of own) if (titles.size < LEAST_TITLES) titles.add(titleId);
  }
  if (log.size >= LEAST_PROFILES && titles.size >= LEAST_TITLES && watches >= LEAST_WATCHES) return undefined;
  return `${watches} watches of ${titles.size < LEAST_TITLES ? titles.size : `${LEAST_TITLES} or more`} titles by ${log.size} profiles; it takes ${LEAST_WATCHES}, ${LEAST_TITLES} and ${LEAST_PROFILES}`;
}

/**
 * @returns undefined for a log that is too small.
 * @throws MarqueeError BAD_USER_INPUT when it needs more memory than there is; the signal's reason
 */
export async function factoriseWatches(
  log: WatchLog,
  options: FactoriseWatchesOptions,
): Promise<FactorisedWatches | undefined> {
  if (tooFewWatches(log) !== undefined) return undefined;
  const interactions = watchInteractions(log, options.seed, options.maxWatches);
  const { items: titleIds, at } = interactions;
  const profiles = activeUsers(interactions);
  const settings = ialsSettings({}, { users: profiles, items: titleIds.length });
  const { items, itemGram, knownItems } = await factorise(interactions, settings, options);
  const { dimensions, lambda, unobservedWeight, nu } = settings;
  return {
    factors: {
      titleIds,
      items,
      itemGram,
      knownItems,
      settings: { dimensions, lambda, unobservedWeight, nu },
    },
    profiles,
    watches: at.length,
    from: at.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    to: at.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

/** Of a profile the latest watches; of a log with more than `most` of them, profiles drawn by the seed. */
export function watchInteractions(log: WatchLog, seed: number, most = MAX_WATCHES): Interactions {
  const builder = createInteractionBuilder();
  const random = createRandom(seed);
  let total = 0;
  for (const own of log.values()) total += Math.min(own.length, MAX_HISTORY);
  const share = Math.min(1, most / total);
  for (const [profileId, own] of log) {
    if (share < 1 && random.next() >= share) continue;
    for (const { titleId, at } of own.slice(-MAX_HISTORY)) builder.add(profileId, titleId, Number.NaN, at);
  }
  return builder.build().interactions;
}
