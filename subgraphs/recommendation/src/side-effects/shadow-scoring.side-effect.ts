/**
 * Offers a share of the pages to the model in shadow, after they were served: the same candidates and the same features that the ranker in
 * production saw. Which pages is drawn from their seeds, so that a page made again is decided the same way.
 */
import { hash32 } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import type { SideEffect } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { isSameVersion } from '../trials/same-version.ts';
import type { ServedPage, ShadowScorer } from '../trials/shadow-scorer.ts';

const MOST_CANDIDATES = 300;
const HASHES = 2 ** 32;

export interface ShadowScoringOptions {
  /** What is in production. */
  readonly modelRuntime: Pick<ModelRuntime, 'current'>;
  /** Of the pages. */
  readonly share: number;
}

export function shadowScoringSideEffect(
  scorer: Pick<ShadowScorer, 'model' | 'offer'>,
  { modelRuntime, share }: ShadowScoringOptions,
): SideEffect<HomeQuery, HomeCandidate> {
  return {
    kind: 'side-effect',
    name: 'shadow-scoring',
    timeoutMs: 1_000,
    async run({ query, selected, nonSelected, trace }) {
      if (scorer.model === undefined || hash32(`shadow:${trace.seed}`) >= share * HASHES) return;
      if ((await query.slate) === undefined) return;
      const milliseconds = trace.components.find(({ name }) => name === 'ranking-model')?.milliseconds ?? 0;
      // A page of a canary, or of the version before, says nothing about how production orders.
      const ranked = [...selected, ...nonSelected].filter(({ rankedBy }) =>
        isSameVersion(rankedBy, modelRuntime.current),
      );
      const page = pageOf(ranked, milliseconds);
      if (page !== undefined) scorer.offer(page);
    },
  };
}

/** Undefined for a page that no model has scored. */
function pageOf(
  candidates: readonly Readonly<HomeCandidate>[],
  milliseconds: number,
): ServedPage | undefined {
  const scored = candidates
    .filter(({ probability, features }) => Number.isFinite(probability) && features !== undefined)
    .slice(0, MOST_CANDIDATES);
  if (scored.length < 2) return undefined;
  const columns = RANKING_COLUMNS.length;
  const matrix = new Float32Array(scored.length * columns);
  for (const [i, { features, featuresAt }] of scored.entries()) {
    matrix.set(features!.subarray(featuresAt, featuresAt + columns), i * columns);
  }
  return {
    ...{ matrix, rows: scored.length, columns, milliseconds },
    order: Float32Array.from(scored, ({ worth, probability }) =>
      Number.isFinite(worth) ? worth : probability,
    ),
    probability: Float32Array.from(scored, ({ probability }) => probability),
  };
}
