/** A version of the towers from the log's watches, as folders that are either complete or not there. */
import type { TitleTable } from '@marquee/features';
import { tooFewWatches, watchInteractions } from '../../collaborative/factorise-watches.ts';
import type { WatchLog } from '../../watch-log.ts';
import type { TrainingOptions } from '../retrieval-model.ts';
import { chooseTowers, type TowerComparison } from './choose-towers.ts';
import { writeTowers } from './export-towers.ts';
import { contentOf } from './title-content.ts';
import type { TwoTowerOptions } from './two-tower-options.ts';

export interface ReleaseTowersOptions extends TrainingOptions {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  readonly titles: Pick<TitleTable, 'get'>;
  /** Without `blocks` both user towers are trained, and the better one is released (`choose-towers.ts`). */
  readonly towers?: TwoTowerOptions;
  /** Version it follows. */
  readonly parent?: string | null;
}

export interface TowerReleases {
  /** Trained interactions and users, of the log's. */
  readonly watches: number;
  readonly profiles: number;
  /**
   * Writes the version, as often as it is wanted.
   * @param metrics of the manifest, beside what training says of itself
   * @returns the user tower's folder, which the version goes by; its title tower lies beside it
   */
  write(folder: string, metrics?: Readonly<Record<string, number>>): Promise<string>;
}

/**
 * @returns undefined for a log that is too small.
 * @throws MarqueeError BAD_USER_INPUT for options out of range; the signal's reason
 */
export async function releaseTowers(
  log: WatchLog,
  options: ReleaseTowersOptions,
): Promise<TowerReleases | undefined> {
  if (tooFewWatches(log) !== undefined) return undefined;
  const { now, titles, seed } = options;
  const interactions = watchInteractions(log, seed);
  const content = interactions.items.map((id) => {
    const facts = titles.get(id);
    return facts === undefined ? [] : contentOf(facts);
  });
  const chosen = await chooseTowers(interactions, content, options.towers ?? {}, options);
  const { towers: trained, comparison } = chosen;
  if (trained.epochs === 0) return undefined;
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  const { at } = interactions;
  return {
    watches: at.length,
    profiles: interactions.users.length,
    async write(folder, metrics = {}) {
      const { user } = await writeTowers(folder, trained, {
        version: instant(now).replace(/[-:]/g, '').replace(/\..*$/, 'Z'),
        createdAt: instant(now),
        trainingWindow: {
          from: instant(at.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
          to: instant(at.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
          examples: at.length,
        },
        ...{
          seed,
          metrics: { ...comparisonMetrics(comparison), ...metrics },
          titleIds: interactions.items,
          parent: options.parent ?? null,
        },
      });
      return user;
    },
  };
}

/** As a manifest has them: what both user towers found of what was kept back. */
function comparisonMetrics(comparison: TowerComparison | undefined): Record<string, number> {
  if (comparison === undefined) return {};
  const { means, sequence, gain } = comparison;
  return {
    validationNdcgOfMeans: means,
    validationNdcgOfSequence: sequence,
    sequenceGainLower: gain.lower,
    sequenceGainUpper: gain.upper,
  };
}
