/**
 * Why the top picks are there, from what moved the ranker: contributions of what is known of the viewer, asked of the model
 * that ranked the page, in its worker thread. For the picks that are on screen first; those behind them keep what their
 * sources say. A model that does not answer in time leaves the page as it is.
 */
import type { PersonId, Reason } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import { groupContributions } from '@marquee/model-runtime/contributions';
import { type Deadline, deadlineAfter } from '@marquee/service-kit';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { NameCache } from '../home/name-cache.ts';
import type { Page } from '../page/build-page.ts';
import type { StoredRow } from '../slates/stored-slate.ts';
import { isSameVersion } from '../trials/same-version.ts';
import { favourite, type ReasonFacts, reasonOfTaste, strongestGroups } from './reason-of-taste.ts';
import { TASTE_COLUMNS } from './taste-groups.ts';

/** Picks on the first screen of any device. */
export const MAX_EXPLAINED = 12;
const TIMEOUT_MS = 30;
const NOBODY = new Float32Array(RANKING_COLUMNS.length);

export interface ExplainOptions {
  /** What ranks the viewer's pages. */
  readonly ranker: ModelRuntime;
  readonly names: NameCache;
  readonly deadline: Deadline;
}

/**
 * The page's rows, the first top picks with the reasons that the ranker gives; a pick it gives none has none. Where another version has come
 * since the page was ranked, rows are as they were: it would speak for itself.
 */
export async function explainPicks(
  { rows, placed }: Page,
  facts: ReasonFacts,
  { ranker, names, deadline }: ExplainOptions,
): Promise<readonly StoredRow[]> {
  const picks = rows.find(({ kind }) => kind === 'TOP_PICKS');
  const explained = (picks?.items ?? [])
    .slice(0, MAX_EXPLAINED)
    .map(({ titleId }) => placed.get(titleId)!)
    .filter(wasRanked);
  if (picks === undefined || explained.length === 0) return rows;
  if (!explained.every(({ rankedBy }) => isSameVersion(rankedBy, ranker.current))) return rows;
  const columns = RANKING_COLUMNS.length;
  const matrix = new Float32Array(explained.length * columns);
  for (const [i, { features, featuresAt }] of explained.entries()) {
    matrix.set(features!.subarray(featuresAt, featuresAt + columns), i * columns);
  }
  const contributions = await groupContributions(ranker, {
    ...{ matrix, rows: explained.length, columns, baseline: NOBODY, groups: TASTE_COLUMNS },
    deadline: deadlineAfter(Math.min(TIMEOUT_MS, deadline.remainingMs())),
  });
  const causes = explained.map((candidate, i) => ({ candidate, groups: strongestGroups(contributions[i]!) }));
  const people = new Set<PersonId>();
  for (const { candidate, groups } of causes) {
    const personId = groups.includes('people') ? favourite(candidate, facts) : undefined;
    if (personId !== undefined) people.add(personId);
  }
  const query = people.size === 0 ? facts.query : { ...facts.query, names: await names.book([...people]) };
  const reasons = new Map(
    causes.map(({ candidate, groups }) => [
      candidate.id,
      reasonOfTaste(groups, candidate, { ...facts, query }),
    ]),
  );
  return rows.map((row) => (row === picks ? withReasons(row, reasons) : row));
}

function wasRanked({ features, probability }: HomeCandidate): boolean {
  return features !== undefined && Number.isFinite(probability);
}

function withReasons(row: StoredRow, reasons: ReadonlyMap<string, Reason | undefined>): StoredRow {
  return {
    ...row,
    items: row.items.map((item) => {
      if (!reasons.has(item.titleId)) return item;
      const { reason: _, ...bare } = item;
      const reason = reasons.get(item.titleId);
      return reason === undefined ? bare : { ...bare, reason };
    }),
  };
}
