/** The candidate of the home pipeline: a title on its way to a place on the page. */
import type { ModelVersion } from '@marquee/domain';
import { type RetrievalSignals, type TitleFacts, titlePopularityView } from '@marquee/features';
import type { Candidate, Provenance } from '@marquee/pipeline';

export interface HomeCandidate extends Candidate {
  // ---- initial
  /** From the in-process title table; `MISSING_TITLE` for an id it does not know. */
  readonly facts: TitleFacts;
  /** The collaborative model's score; 0 without a model, or where it does not know the title. */
  readonly collaborative: number;

  // ---- feature hydrators
  /** All rows of `title_popularity` of the request; this candidate's begins at `popularityAt`. */
  readonly popularity: Float32Array;
  readonly popularityAt: number;
  /** Likewise of `title_in_segment`, for titles of the exploration pool; a row of zeros for the others. */
  readonly inSegment: Float32Array;
  readonly inSegmentAt: number;
  readonly signals: RetrievalSignals;
  readonly vector: Float32Array | undefined;

  // ---- scorers
  /** Rank-normalised scores of the sources, blended for the viewer's rung, in [0, 1]. */
  readonly blend: number;
  /** The model's probability of a qualified watch; NaN where no model was asked. */
  readonly probability: number;
  /** What the model says the title is worth to the viewer; NaN where it says nothing of the kind. */
  readonly worth: number;
  /** The version that said both; undefined where no model was asked. */
  readonly rankedBy: ModelVersion | undefined;
  /** What the model saw or would have seen: the request's matrix; this candidate's row begins at `featuresAt`. */
  readonly features: Float32Array | undefined;
  readonly featuresAt: number;
  /** What the list is ordered by. */
  readonly score: number;

  // ---- rerankers
  /** Probability that the policy put this title here, in (0, 1]. */
  readonly propensity: number;
  /** Whether the title stands where its value puts it, was drawn for an exploration slot, or may be drawn for one. */
  readonly slot: 'ranked' | 'explored' | 'reserve';
}

/** Stands in for an id that left the catalogue; the first filter removes it. */
export const MISSING_TITLE: TitleFacts = {
  id: '',
  name: '',
  kind: 'MOVIE',
  genreIds: [],
  personIds: [],
  directorIds: [],
  addedAt: 0,
  maturityRating: 'NOT_RATED',
  availability: [],
};

/**
 * A candidate as the merge makes it. All fields are there from the start, so that candidates have one shape
 * whatever stages run.
 */
export function newCandidate(
  merged: Candidate,
  facts: TitleFacts | undefined,
  collaborative = 0,
): HomeCandidate {
  return {
    id: merged.id,
    provenance: merged.provenance,
    facts: facts ?? MISSING_TITLE,
    collaborative,
    popularity: NO_POPULARITY,
    popularityAt: 0,
    inSegment: NO_POPULARITY,
    inSegmentAt: 0,
    signals: NO_SIGNALS,
    vector: undefined,
    blend: 0,
    probability: Number.NaN,
    worth: Number.NaN,
    rankedBy: undefined,
    features: undefined,
    featuresAt: 0,
    score: 0,
    propensity: 1,
    slot: 'ranked',
  };
}

export const NO_POPULARITY = new Float32Array(titlePopularityView.fields.length);
const NO_SIGNALS: RetrievalSignals = { contentSimilarity: 0, coWatch: 0, collaborative: 0 };

export function provenanceFrom(candidate: Candidate, source: string): Provenance | undefined {
  for (const entry of candidate.provenance) if (entry.source === source) return entry;
  return undefined;
}

export function isFrom(candidate: Candidate, source: string): boolean {
  return provenanceFrom(candidate, source) !== undefined;
}
