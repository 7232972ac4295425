/**
 * The stage types of a candidate pipeline. Q is the query (one per request, grown by query hydrators), C the
 * candidate (one per item, grown by feature hydrators and scorers). The engine knows neither: it only enforces
 * what each kind of stage may and may not do.
 *
 * Components say what they read and write as typed keys of Q and C (`requires`, `produces`); the engine checks
 * at start-up that everything required is produced earlier.
 */

/** What to do when a source, hydrator or scorer fails or runs out of time. */
export type OnFailure =
  /**
   * Go on without it, and say so in the trace. The fields it would have set keep what the caller's query or
   * `createCandidate` put there.
   */
  | 'omit'
  /** Use the component's own default, and say so in the trace. */
  | 'default'
  /** The run fails. */
  | 'fail';

/**
 * A failure of the world (time-out, dependency away) follows `onFailure`. A programmer error (TypeError,
 * ReferenceError, RangeError, a broken law) never fails open: it fails the run, whatever `onFailure` says.
 */
interface Named {
  /** Unique in its pipeline, kebab-case; appears in traces, provenance and degradations. */
  readonly name: string;
}

interface Fallible extends Named {
  readonly onFailure: OnFailure;
  /** The component's own bound, within the request's deadline. */
  readonly timeoutMs: number;
}

export interface StageContext {
  /** Milliseconds left for the component: of its own time or, where that is less, of the whole request's. */
  remainingMs(): number;
  /** Aborted when the component's time is up. */
  readonly signal: AbortSignal;
  /** Seeded per run and component: drawing more in one stage does not change another. Uniform in [0, 1). */
  random(): number;
}

/** Adds fields to the query. May not read a sibling's output of the same phase. */
export interface QueryHydrator<Q, P extends keyof Q = keyof Q> extends Fallible {
  readonly kind: 'query-hydrator';
  /** Hydrators of phase 1 run together, then those of phase 2. */
  readonly phase: 1 | 2;
  readonly requires: readonly (keyof Q)[];
  readonly produces: readonly P[];
  /** Not called for a run where it returns false. */
  applies?(query: Readonly<Q>): boolean;
  hydrate(query: Readonly<Q>, context: StageContext): Promise<Pick<Q, P>>;
  /** Required with `onFailure: 'default'`. */
  defaults?(query: Readonly<Q>): Pick<Q, P>;
}

/** One proposal of one source. */
export interface Proposal {
  readonly id: string;
  /** Comparable within this source only. */
  readonly score: number;
  /** Why, for reasons shown to people: e.g. the seed titles. Ids only. */
  readonly because?: readonly string[];
  /** What the source has looked up of the item, so that nobody does it again; `createCandidate` is given the first one's. */
  readonly item?: object | undefined;
}

/** All proposals of one item, on their way to become a candidate. */
export interface MergedProposal extends Candidate {
  readonly item: object | undefined;
}

/** Proposes candidates. May not score across sources. */
export interface CandidateSource<Q> extends Fallible {
  readonly kind: 'candidate-source';
  readonly requires: readonly (keyof Q)[];
  /**
   * Proposals beyond the quota are cut: the best by score stay, in the source's order. The trace counts what
   * was proposed (`input`) and what stayed (`output`).
   */
  readonly quota: number;
  applies?(query: Readonly<Q>): boolean;
  propose(query: Readonly<Q>, context: StageContext): Promise<readonly Proposal[]>;
  /** Required with `onFailure: 'default'`. */
  defaults?(query: Readonly<Q>): readonly Proposal[];
}

export interface Provenance {
  readonly source: string;
  readonly score: number;
  /** Place in the source's own order, from 0. */
  readonly rank: number;
  readonly because: readonly string[];
}

/**
 * What the merge makes: one per id, with every proposal of every source. Candidates stand in the order in which
 * the listed sources first propose them, whichever source answers first.
 */
export interface Candidate {
  readonly id: string;
  readonly provenance: readonly Provenance[];
}

/**
 * Adds fields to every candidate, one patch per candidate in the same order. May not drop or reorder. Neighbours
 * in the list that need nothing of each other run in parallel. Not called without candidates.
 */
export interface FeatureHydrator<Q, C extends Candidate, P extends keyof C = keyof C> extends Fallible {
  readonly kind: 'feature-hydrator';
  readonly requires: readonly (keyof Q)[];
  readonly requiresOfCandidate: readonly (keyof C)[];
  readonly produces: readonly P[];
  hydrate(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
    context: StageContext,
  ): Promise<readonly Pick<C, P>[]>;
  defaults?(query: Readonly<Q>, candidates: readonly Readonly<C>[]): readonly Pick<C, P>[];
}

export interface FilterResult<C> {
  readonly kept: readonly C[];
  readonly removed: readonly { readonly candidate: C; readonly reason: string }[];
}

/**
 * Pure and synchronous: may not fetch, mutate or reorder; both lists hold the candidates it was given. Each
 * runs as early as the fields it requires allow; those that could run at the same point, in the listed order
 * (list the cheapest first).
 */
export interface Filter<Q, C extends Candidate> extends Named {
  readonly kind: 'filter';
  readonly requires: readonly (keyof Q)[];
  readonly requiresOfCandidate: readonly (keyof C)[];
  applies?(query: Readonly<Q>): boolean;
  filter(query: Readonly<Q>, candidates: readonly Readonly<C>[]): FilterResult<Readonly<C>>;
}

/** Gives every candidate score fields, one patch per candidate in the same order. May not drop or reorder. */
export interface Scorer<Q, C extends Candidate, P extends keyof C = keyof C> extends Fallible {
  readonly kind: 'scorer';
  readonly requires: readonly (keyof Q)[];
  readonly requiresOfCandidate: readonly (keyof C)[];
  readonly produces: readonly P[];
  score(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
    context: StageContext,
  ): Promise<readonly Pick<C, P>[]>;
  defaults?(query: Readonly<Q>, candidates: readonly Readonly<C>[]): readonly Pick<C, P>[];
}

/**
 * A permutation, pure and seeded; may not lose or invent. To set a field that it `produces` (a propensity, a
 * reason), it returns a changed copy in the candidate's place; the other fields stay as they were.
 */
export interface Reranker<Q, C extends Candidate> extends Named {
  readonly kind: 'reranker';
  readonly requires: readonly (keyof Q)[];
  readonly requiresOfCandidate: readonly (keyof C)[];
  readonly produces: readonly (keyof C)[];
  applies?(query: Readonly<Q>): boolean;
  rerank(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
    context: Pick<StageContext, 'random'>,
  ): readonly C[];
}

/** Splits; may not lose one. Pure; both lists hold the candidates it was given. */
export interface Selector<Q, C extends Candidate> extends Named {
  readonly kind: 'selector';
  select(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
  ): { readonly selected: readonly Readonly<C>[]; readonly nonSelected: readonly Readonly<C>[] };
}

/**
 * Runs after the answer; cannot delay or change it. Refused while too many are running (`PipelineOptions`), cut
 * off after `timeoutMs`, drained on shutdown; whatever does not finish well is counted.
 */
export interface SideEffect<Q, C extends Candidate> extends Named {
  readonly kind: 'side-effect';
  readonly timeoutMs: number;
  run(result: PipelineResult<Q, C>): Promise<void>;
}

/** A query hydrator in a list of hydrators that own different keys. Every `QueryHydrator<Q, P>` is one. */
export interface ListedQueryHydrator<Q> extends Omit<QueryHydrator<Q>, 'hydrate' | 'defaults'> {
  hydrate(query: Readonly<Q>, context: StageContext): Promise<Partial<Q>>;
  defaults?(query: Readonly<Q>): Partial<Q>;
}

/** Likewise: every `FeatureHydrator<Q, C, P>` is one. */
export interface ListedFeatureHydrator<Q, C extends Candidate>
  extends Omit<FeatureHydrator<Q, C>, 'hydrate' | 'defaults'> {
  hydrate(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
    context: StageContext,
  ): Promise<readonly Partial<C>[]>;
  defaults?(query: Readonly<Q>, candidates: readonly Readonly<C>[]): readonly Partial<C>[];
}

/** Likewise: every `Scorer<Q, C, P>` is one. */
export interface ListedScorer<Q, C extends Candidate> extends Omit<Scorer<Q, C>, 'score' | 'defaults'> {
  score(
    query: Readonly<Q>,
    candidates: readonly Readonly<C>[],
    context: StageContext,
  ): Promise<readonly Partial<C>[]>;
  defaults?(query: Readonly<Q>, candidates: readonly Readonly<C>[]): readonly Partial<C>[];
}

export interface PipelineDefinition<Q, C extends Candidate> {
  readonly name: string;
  /** Keys of Q that the caller's query already has. No hydrator may produce one of them. */
  readonly given: readonly (keyof Q)[];
  /** Fields that a merged proposal starts with, besides id and provenance. Only rerankers may change them. */
  readonly initial: readonly (keyof C)[];
  /** A new object per call, with the id and provenance given. The engine adds fields to it as stages run. */
  createCandidate(merged: MergedProposal, query: Readonly<Q>): C;
  /** Sorted by after the scorers, highest first: non-finite sinks to the end, ties break by id. */
  scoreOf(candidate: Readonly<C>): number;
  readonly queryHydrators: readonly ListedQueryHydrator<Q>[];
  readonly candidateSources: readonly CandidateSource<Q>[];
  /** Filters that need no features run before these, the rest as soon as what they need is there. */
  readonly featureHydrators: readonly ListedFeatureHydrator<Q, C>[];
  readonly filters: readonly Filter<Q, C>[];
  readonly scorers: readonly ListedScorer<Q, C>[];
  readonly rerankers: readonly Reranker<Q, C>[];
  readonly selector: Selector<Q, C>;
  readonly sideEffects: readonly SideEffect<Q, C>[];
}

/** `failed` is the last entry of a failed run's trace. */
export type ComponentOutcome = 'ok' | 'skipped' | 'omitted' | 'defaulted' | 'failed';

export interface ComponentTrace {
  readonly name: string;
  readonly kind: string;
  readonly outcome: ComponentOutcome;
  readonly milliseconds: number;
  /** Candidates in and out, where that means something; for sources, proposals made and kept. */
  readonly input?: number;
  readonly output?: number;
  /** Filters only: removals by reason. */
  readonly removed?: Readonly<Record<string, number>>;
  /** Why it was omitted or defaulted, or failed. */
  readonly error?: string;
}

export interface PipelineTrace {
  readonly pipeline: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly components: readonly ComponentTrace[];
  /** Components that were omitted or defaulted. */
  readonly degraded: readonly { readonly component: string; readonly kind: string; readonly error: string }[];
}

export interface PipelineResult<Q, C extends Candidate> {
  readonly query: Readonly<Q>;
  readonly selected: readonly Readonly<C>[];
  readonly nonSelected: readonly Readonly<C>[];
  readonly removed: readonly {
    readonly candidate: Readonly<C>;
    readonly reason: string;
    readonly filter: string;
  }[];
  readonly trace: PipelineTrace;
}

export interface PipelineOptions {
  /** Side effects that may run at one time; more are refused and counted. Default 256. */
  readonly maxRunningSideEffects?: number;
  /** Told of every side effect that failed, was cut off or was refused: nobody else sees its error. */
  onSideEffectFailure?(failure: { readonly sideEffect: string; readonly error: unknown }): void;
}

export interface Pipeline<Q, C extends Candidate> {
  readonly definition: PipelineDefinition<Q, C>;
  /**
   * @throws PipelineFailure when a component with `onFailure: 'fail'` fails, on any programmer error, and on a
   *   broken law; the trace so far is on the error.
   */
  run(query: Q, options: { seed: number; deadlineMs: number }): Promise<PipelineResult<Q, C>>;
  /**
   * Resolves when no side effect is running; refuses new side effects from the call on. Those that are not done
   * after `timeoutMs` (default 10,000) are cut off and counted.
   */
  drain(timeoutMs?: number): Promise<void>;
  /** Side effects that failed, were cut off or were refused because too many ran, since the start. */
  readonly sideEffectFailures: number;
}
